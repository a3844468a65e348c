//! Attacks on signed responses, made here: nothing that is not signed is believed.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Covered, Pinned, Rejection, VerifiedAssertion, verify};
use claimbridge_practice::{SigningKey, sign};
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("honest", 365).unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("stranger", 365).unwrap());

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

fn assertion(id: &str, name: &str) -> String {
    format!(
        "<saml:Assertion xmlns:saml=\"{SAML}\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\"><saml:Issuer>https://idp.example</saml:Issuer><saml:Subject><saml:NameID>{name}</saml:NameID></saml:Subject><saml:AttributeStatement><saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email\"><saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"
    )
}

fn response(inside: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\"><saml:Issuer xmlns:saml=\"{SAML}\">https://idp.example</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{inside}</samlp:Response>"
    )
}

fn honest() -> String {
    sign(&response(&assertion("_a", "alice@contoso.example")), "_a", &KEY).unwrap()
}

fn judge(xml: &str) -> Result<VerifiedAssertion, Rejection> {
    let certificate = Certificate::from_der(KEY.certificate().to_vec()).unwrap();
    let pinned = Pinned::new([&certificate]).unwrap();
    match Response::decode(STANDARD.encode(xml).as_bytes()) {
        Ok(response) => verify(&response, &pinned),
        Err(error) => Err(Rejection::NotAResponse(error.to_string())),
    }
}

fn name(verified: &VerifiedAssertion) -> &str {
    &verified.assertion().name_id.as_ref().unwrap().value
}

#[test]
fn what_was_signed_is_believed() {
    let plain = response(&assertion("_a", "alice@contoso.example"));
    for (ids, covers) in [
        (vec!["_a"], vec![Covered::Assertion]),
        (vec!["_r"], vec![Covered::Response]),
        (vec!["_a", "_r"], vec![Covered::Assertion, Covered::Response]),
    ] {
        let signed = ids
            .iter()
            .fold(plain.clone(), |xml, id| sign(&xml, id, &KEY).unwrap());
        let verified = judge(&signed).unwrap();
        assert_eq!(verified.covers().collect::<Vec<_>>(), covers);
        assert_eq!(name(&verified), "alice@contoso.example");
    }
}

#[test]
fn nothing_else_is() {
    let good = honest();
    let start = good.find("<saml:Assertion").unwrap();
    let end = good.find("</saml:Assertion>").unwrap() + "</saml:Assertion>".len();
    let signed = &good[start..end];
    let evil = assertion("_evil", "mallory@evil.example");
    let (s0, s1) = (
        signed.find("<ds:Signature").unwrap(),
        signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len(),
    );
    let signature = &signed[s0..s1];
    let bare = signed.replace(signature, "");
    let evil_with = |inside: &str| evil.replace("<saml:Subject>", &format!("{inside}<saml:Subject>"));
    let info = {
        let (a, b) = (
            good.find("<ds:SignedInfo>").unwrap(),
            good.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len(),
        );
        good[a..b].to_owned()
    };
    let wrapped = |inside: String| good.replace(signed, &inside);
    let attacks: Vec<(&str, String)> = vec![
        ("changed content", good.replace("alice@contoso", "admin@contoso")),
        ("unsigned", response(&assertion("_a", "alice@contoso.example"))),
        ("signed by a stranger", sign(&response(&assertion("_a", "x")), "_a", &STRANGER).unwrap()),
        ("stranger inside, honest outside", {
            let inner = sign(&response(&assertion("_a", "x")), "_a", &STRANGER).unwrap();
            let outer = sign(&inner, "_r", &KEY).unwrap();
            outer.replace("<saml:NameID>x", "<saml:NameID>y")
        }),
        ("XSW1 response wrapped", good.replace("</samlp:Response>", &format!("{good}</samlp:Response>"))),
        ("XSW2 evil first", wrapped(format!("{evil}{signed}"))),
        ("XSW3 evil last", wrapped(format!("{signed}{evil}"))),
        ("XSW4 signed inside evil", wrapped(evil_with(signed))),
        ("XSW5 signature moved to evil", wrapped(format!("{}{bare}", evil_with(signature)))),
        ("XSW6 original inside the signature", wrapped(evil_with(&signature.replace("</ds:Signature>", &format!("{bare}</ds:Signature>"))))),
        ("XSW7 extensions", good.replace("<samlp:Status>", &format!("<samlp:Extensions>{signed}</samlp:Extensions><samlp:Status>")).replace(&format!("</samlp:Status>{signed}"), &format!("</samlp:Status>{evil}"))),
        ("XSW8 object", wrapped(evil_with(&signature.replace("</ds:Signature>", &format!("<ds:Object>{bare}</ds:Object></ds:Signature>"))))),
        ("same id twice", wrapped(format!("{}{signed}", evil.replace("_evil", "_a")))),
        ("two SignedInfo", good.replace(&info, &format!("{info}{}", info.replace("#_a", "#_r")))),
        ("comment in the name", good.replace("alice@contoso.example</saml:NameID>", "alice@contoso.example<!-- -->.evil.example</saml:NameID>")),
        ("DTD", format!("<!DOCTYPE x [<!ENTITY e \"u\">]>{good}")),
        ("external entity", format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}", good.replace("alice@contoso.example</saml:NameID>", "&e;</saml:NameID>"))),
        ("HMAC with the public key", good.replace("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")),
        ("XSLT", good.replace("<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>", "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms>")),
        ("XPath", good.replace("<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>", "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>self::x</ds:XPath></ds:Transform></ds:Transforms>")),
        ("reference to a file", good.replace("URI=\"#_a\"", "URI=\"Cargo.toml\"")),
        ("reference to nothing", good.replace("URI=\"#_a\"", "URI=\"\"")),
        ("xpointer", good.replace("URI=\"#_a\"", "URI=\"#xpointer(/)\"")),
        ("no signature value", {
            let (a, b) = (good.find("<ds:SignatureValue>").unwrap(), good.find("</ds:SignatureValue>").unwrap());
            format!("{}{}", &good[..a + "<ds:SignatureValue>".len()], &good[b..])
        }),
        ("assertion alone", signed.to_owned()),
        ("foreign id first", good.replace("<samlp:Status>", "<samlp:Status xmlns:f=\"f\" f:ID=\"_a\">")),
        ("signed one hidden by references, false prefix on the evil one", {
            let hidden = signed
                .replace(SAML, &SAML.replace("assertion", "assertio&#110;"))
                .replace("xmldsig#\"", "xmldsig&#35;\"");
            let false_signature = "<ds:Signature xmlns:ds=\"urn:x\" xmlnsds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>";
            good.replace("<samlp:Status>", &format!("<samlp:Extensions>{hidden}</samlp:Extensions><samlp:Status>"))
                .replace(&format!("</samlp:Status>{signed}"), &format!("</samlp:Status>{}", evil_with(false_signature)))
        }),
        ("deep", good.replace("<samlp:Status>", &format!("{}{}<samlp:Status>", "<x>".repeat(10_000), "</x>".repeat(10_000)))),
    ];
    for (what, xml) in &attacks {
        if let Ok(verified) = judge(xml) {
            // A document may be accepted only for exactly what was signed.
            assert_eq!(name(&verified), "alice@contoso.example", "{what}");
            assert_eq!(*what, "foreign id first", "{what} was accepted");
        }
    }
    assert_eq!(attacks.len(), 28);
}
