//! A response, verified with one certificate: whatever is accepted says what was signed, and nothing else.

use super::Target;
use crate::corpus;
use crate::seeds::{self, Signed};
use claimbridge_core::diagnose::{Case, Content, Origin, Piece, diagnose};
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::time::parse_instant;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "response",
    seeds: || {
        let mut all: Vec<Vec<u8>> = SIGNED.documents.iter().map(|d| d.clone().into_bytes()).collect();
        all.push(seeds::response().into_bytes());
        all.push(seeds::base64(seeds::response()).into_bytes());
        all.extend(corpus::files("responses"));
        all
    },
    words: &[
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a\">",
        "</saml:Assertion>",
        "<saml:EncryptedAssertion/>",
        "<ds:Object>",
        "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">",
        "<saml:AttributeValue>",
        "ID=\"_a\"",
        "URI=\"\"",
        "URI=\"#_a\"",
        "<!-- -->",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "SAMLResponse=",
    ],
    run,
};

static SIGNED: LazyLock<Signed> = LazyLock::new(seeds::signed);
static PINNED: LazyLock<Pinned> = LazyLock::new(|| {
    Pinned::new([&SIGNED.certificate]).unwrap_or_else(|e| panic!("our own certificate: {e}"))
});

fn run(bytes: &[u8]) -> Result<String, String> {
    let response = match Response::decode(bytes) {
        Ok(response) => response,
        Err(error) => return Ok(error.to_string()),
    };
    let verdict = verify(&response, &PINNED);
    if let Ok(verified) = &verdict {
        let said = verified.assertion();
        if !SIGNED.assertions.contains(said) {
            return Err(format!("nobody signed what was accepted, as {:?}", said.id));
        }
    }
    let outcome = match &verdict {
        Ok(_) => "accepted".to_owned(),
        Err(why) => why.to_string(),
    };
    let case = Case {
        pieces: vec![Piece {
            origin: Origin::Pasted,
            at: None,
            content: Content::Response(Box::new(response)),
        }],
        ..Case::default()
    };
    let now = parse_instant("2026-11-22T16:00:00Z").ok_or("an instant")?;
    let mut evidence = case.evidence(case.expected_from(), now);
    evidence.verdict = Some(verdict);
    let findings = diagnose(&evidence);
    let fired: Vec<&str> = findings.iter().map(|f| f.id.as_str()).collect();
    Ok(format!("{outcome} {}", fired.join(" ")))
}
