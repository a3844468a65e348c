//! What a project has against a response that is genuine: its time, its addressee, what is not in it. The verifier
//! believes it, and a rule says the rest. The manifest's word has to be what the document shows.

use super::case::Case;
use super::facts::{DSIG, SAML, SAMLP};
use claimbridge_core::time::parse_instant;
use std::time::SystemTime;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Whether the manifest names a fault of the content, and the document has it.
pub fn is_against_the_content(case: &Case<'_>) -> bool {
    let named = FAULTS.iter().filter(|(word, _)| case.row.says(word));
    named.into_iter().any(|(_, shows)| shows(case))
}

/// A word of the manifest, and what the document then shows.
type Fault = (&'static str, fn(&Case<'_>) -> bool);

const FAULTS: &[Fault] = &[
    ("expired", is_out_of_time),
    ("InvalidTime", is_out_of_time),
    ("notbefore_future", is_out_of_time),
    ("confirmation_nb", is_out_of_time),
    ("confirmation_noa", is_out_of_time),
    ("empty_destination", |c| {
        c.facts.first(SAMLP, "Response", "Destination") == Some("")
    }),
    ("Unrecognized Destination", |c| {
        c.facts.first(SAMLP, "Response", "Destination") != c.row.expected("acs")
    }),
    ("confirmation_recipient", |c| {
        let destination = c.facts.first(SAMLP, "Response", "Destination");
        c.facts.first(SAML, "SubjectConfirmationData", "Recipient") != destination
    }),
    ("invalid_audience", is_for_somebody_else),
    ("NotInAudience", is_for_somebody_else),
    ("Unrecognized Issuer", |c| {
        let expected = c.row.expected("issuer");
        c.facts
            .all(SAML, "Issuer")
            .any(|e| Some(e.text.trim()) != expected)
    }),
    ("missing Issuer", |c| c.facts.count(SAML, "Issuer") < 2),
    ("no_issuer_assertion", |c| {
        c.facts.within((SAML, "Assertion"), (SAML, "Issuer")).is_none()
    }),
    ("Unrecognized StatusCode", |c| {
        c.facts.first(SAMLP, "StatusCode", "Value") != Some("urn:oasis:names:tc:SAML:2.0:status:Success")
    }),
    ("no_status", |c| c.facts.count(SAMLP, "StatusCode") == 0),
    ("no_authnstatement", |c| {
        c.facts.count(SAML, "AuthnStatement") == 0
    }),
    ("empty_nameid", has_no_name),
    ("no_value_nameid", has_no_name),
    ("no_subjectconfirmation_data", |c| {
        c.facts.count(SAML, "SubjectConfirmationData") == 0
    }),
    ("no_subjectconfirmation_method", |c| {
        let mut methods = c
            .facts
            .all(SAML, "SubjectConfirmation")
            .map(|e| e.attribute("Method"));
        methods.all(|m| m != Some("urn:oasis:names:tc:SAML:2.0:cm:bearer"))
    }),
    ("missing NotBefore", |c| {
        c.facts.first(SAML, "Conditions", "NotBefore").is_none()
    }),
    ("missing NotOnOrAfter", |c| {
        c.facts
            .first(SAML, "SubjectConfirmationData", "NotOnOrAfter")
            .is_none()
    }),
    ("wrong_spnamequalifier", |c| {
        let qualified = c.facts.first(SAML, "NameID", "SPNameQualifier").is_some();
        qualified || c.facts.count(SAML, "EncryptedID") > 0
    }),
    ("duplicated_attributes", |c| {
        let names = || {
            c.facts
                .all(SAML, "Attribute")
                .filter_map(|e| e.attribute("FriendlyName"))
        };
        names().any(|name| names().filter(|other| *other == name).count() > 1)
    }),
    // The schema wants the signature behind the Issuer.
    ("invalid_signature_position", |c| {
        let root = c.facts.elements.iter().filter(|e| e.parent == Some(0));
        root.into_iter()
            .nth(1)
            .is_some_and(|second| !second.is(DSIG, "Signature"))
    }),
    // Its project looks for a signature on the assertion alone.
    ("external_signed_assertion", |c| {
        c.facts.within((SAML, "Assertion"), (DSIG, "Signature")).is_none()
    }),
    // IAM does not look at a certificate's dates.
    ("Cert is not valid", |c| {
        let at = c
            .facts
            .first(SAML, "Assertion", "IssueInstant")
            .and_then(parse_instant);
        c.trust.certificates.iter().any(|der| {
            let (_, certificate) = X509Certificate::from_der(der).unwrap();
            let validity = certificate.validity();
            at.is_some_and(|at| {
                let at = at.unix_timestamp();
                at < validity.not_before.timestamp() || at > validity.not_after.timestamp()
            })
        })
    }),
];

/// The day on which the corpus was made; a test with a clock of its own judges at a moment that fits.
const NOW: &str = "2026-11-22T16:00:00Z";

fn is_out_of_time(case: &Case<'_>) -> bool {
    let now: SystemTime = parse_instant(NOW).unwrap().into();
    let (begin, end) = case.facts.bounds();
    begin.is_some_and(|begin| now < begin) || end.is_some_and(|end| now >= end)
}

fn is_for_somebody_else(case: &Case<'_>) -> bool {
    let expected = case.row.expected("aud");
    case.facts
        .all(SAML, "Audience")
        .all(|e| Some(e.text.trim()) != expected)
}

fn has_no_name(case: &Case<'_>) -> bool {
    case.facts.all(SAML, "NameID").all(|e| e.text.trim().is_empty())
}
