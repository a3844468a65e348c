//! The attack set before other implementations: the crates `saml` and `xml-sec`, and xmlsec1 where it is installed.
//!
//! A document in which the genuine part is still there, and another part is what would be read, is fine by xml-sec
//! and xmlsec1; there ours refuses alone, and the tables say so case by case.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::time::parse_instant;
use claimbridge_practice::SigningKey;
use judges::Trust;
use judges::saml::Expected;
use made::{ACS, ALICE, AT, ISSUER, Made};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

mod judges;
#[path = "../../../src-tauri/practice/tests/attacks/made.rs"]
mod made;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("honest", 365).unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("stranger", 365).unwrap());
static SET: LazyLock<Vec<Made>> = LazyLock::new(|| made::all(&KEY, &STRANGER));

/// Only the honest provider's key, and nothing old.
static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust {
    certificates: vec![KEY.certificate().to_vec()],
    old: false,
});

/// Who signed in, as ours says.
fn ours(bytes: &[u8]) -> Option<String> {
    let verified = judges::ours::ask(bytes, &TRUST).ok()?;
    Some(verified.assertion().name_id.as_ref()?.value.clone())
}

/// Who signed in, as the crate `saml` says.
fn by_saml(bytes: &[u8]) -> Option<String> {
    let at = u64::try_from(parse_instant(AT).unwrap().unix_timestamp()).unwrap();
    let expected = Expected {
        issuer: ISSUER.into(),
        acs: ACS.into(),
        audience: ACS.into(),
        request: None,
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(at + 1),
    };
    judges::saml::ask(bytes, &TRUST, &expected).ok()
}

/// Cases in which somebody else says otherwise than the set, under the reason for it.
type Known = &'static [(&'static str, &'static [&'static str])];

/// A case that is not known fails, and so does one that is known and does not differ any more.
fn compare(peer: &str, known: Known, verdict: impl Fn(&Made) -> bool) {
    let mut differing: Vec<&str> = SET
        .iter()
        .filter(|made| verdict(made) != made.genuine)
        .map(|made| made.what)
        .collect();
    let mut expected: Vec<&str> = known
        .iter()
        .flat_map(|(_, cases)| cases.iter().copied())
        .collect();
    differing.sort_unstable();
    expected.sort_unstable();
    assert_eq!(
        differing, expected,
        "{peer} differs from the set otherwise than is known"
    );
}

#[test]
fn ours_accepts_what_was_signed_and_nothing_else() {
    compare("ours", &[], |made| ours(&made.bytes).as_deref() == Some(ALICE));
    for made in SET.iter() {
        assert!(
            matches!(ours(&made.bytes).as_deref(), None | Some(ALICE)),
            "{}",
            made.what
        );
    }
}

#[test]
fn saml_is_never_fooled_and_differs_where_it_is_known() {
    for made in SET.iter() {
        let who = by_saml(&made.bytes);
        // Of a name with a comment in it `saml` reads the whole, which is what was signed.
        let whole = "admin@contoso.example.evil.example";
        let honest = who.as_deref().is_none_or(|w| w == ALICE || w == whole);
        assert!(honest, "{}: {who:?}", made.what);
    }
    compare("saml", SAML_DIFFERS, |made| by_saml(&made.bytes).is_some());
}

const SAML_DIFFERS: Known = &[
    (
        "it reads the whole text around a comment, which is what was signed",
        &[
            "a comment in Audience",
            "a comment in Issuer",
            "a comment in a NameID that was signed without",
            "a comment that was signed",
        ],
    ),
    (
        "what stands outside of the signed assertion is nothing to it",
        &["an unsigned assertion in a foreign element"],
    ),
    ("to it only ID is an id", &["same as id"]),
    (
        "its parser lets it pass, outside of what is signed",
        &[
            "a declaration in the middle",
            "one attribute under two prefixes",
            "text behind the root",
        ],
    ),
    (
        "it takes the first SignedInfo, which is the honest one",
        &["two SignedInfo, the other behind"],
    ),
    ("it takes UTF-8 alone", &["UTF-16"]),
    (
        "it compares Destination, which AWS is not known to do",
        &["another destination outside"],
    ),
];

#[test]
fn xml_sec_answers_for_one_element() {
    compare("xml-sec", XML_SEC_DIFFERS, |made| {
        judges::xml_sec::ask(&made.bytes, &TRUST, &["_a".into(), "_r".into()]).is_ok()
    });
}

/// Who is asked about one element says nothing of what stands around it.
const ELEMENT: &str =
    "the signed element is there, whole; what else stands there and is read is not its question";
const OTHERS_STAND_THERE: &[&str] = &[
    "XSW1 the signed response inside an unsigned one",
    "XSW2 the signature of a response, detached",
    "XSW3 the other assertion first",
    "XSW3 the other assertion last",
    "XSW4 the signed assertion at the other's end",
    "XSW4 the signed assertion inside the other",
    "XSW5 the signature in the other, the signed one behind",
    "XSW7 the signed one in Extensions",
    "an unsigned assertion in a foreign element",
    "assertion alone",
    "in a SOAP envelope",
    "in an ArtifactResponse",
    "signed one hidden by references in namespaces",
    "the other assertion in the default namespace",
    "the other assertion with another prefix",
    "the signature in Extensions",
    "the signature in Subject",
    "the signature moved to the response",
    "wrapped in Advice",
    "wrapped in EncryptedAssertion",
    "wrapped in StatusDetail",
    "wrapped in SubjectConfirmationData",
    "wrapped in an AttributeValue",
];
const COMMENT: &str =
    "a comment is not signed, and what a reader makes of the text around it is not its question";
const COMMENTS: &[&str] = &[
    "a comment in Audience",
    "a comment in Issuer",
    "a comment in a NameID that was signed without",
    "a comment that was signed",
];

const XML_SEC_DIFFERS: Known = &[
    (ELEMENT, OTHERS_STAND_THERE),
    (ELEMENT, &["response in a look-alike namespace"]),
    (COMMENT, COMMENTS),
    (
        "it takes UTF-8 without a byte order mark",
        &["UTF-16", "a byte order mark"],
    ),
];

#[test]
fn xmlsec1_answers_for_one_signature() {
    let folder = std::env::temp_dir().join(format!("claimbridge-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    if judges::xmlsec1::ask(&folder, b"<x/>", &TRUST, 1).is_none() {
        println!("xmlsec1 is not installed: it was not asked");
        return;
    }
    compare("xmlsec1", XMLSEC1_DIFFERS, |made| {
        judges::xmlsec1::ask(&folder, &made.bytes, &TRUST, 1) == Some(true)
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

const XMLSEC1_DIFFERS: Known = &[
    (ELEMENT, OTHERS_STAND_THERE),
    (COMMENT, COMMENTS),
    (
        "it reads a DTD, and loads nothing from elsewhere",
        &[
            "a DTD",
            "a DTD that makes ids",
            "a parameter entity",
            "an external DTD",
        ],
    ),
    ("it was told of ID alone", &["same as id"]),
    (
        "libxml2 reports the prefix and goes on",
        &["an undeclared prefix"],
    ),
    ("it sets no limit to depth", &["nested 10,000 deep"]),
];
