//! Rules about the response as a whole: its status, its form, its signature.

use super::{Evidence, Found, Severity, none, one};
use crate::saml::signature::Rejection;

pub(super) fn status(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    match view.status.as_deref() {
        Some("Success") => none(),
        None if view.root != "Response" => none(),
        None => one("Status", "Success", ""),
        Some(code) => {
            let mut found = code.to_owned();
            for part in [&view.status_detail, &view.status_message].into_iter().flatten() {
                found.push_str(": ");
                found.push_str(part);
            }
            one("Status", "Success", found)
        }
    }
}

pub(super) fn encrypted(e: &Evidence) -> Vec<Found> {
    match &e.view {
        Some(view) if view.encrypted_assertions > 0 => one("Response", "Assertion", "EncryptedAssertion"),
        _ => none(),
    }
}

pub(super) fn unsigned(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    if view.assertions.is_empty() {
        return none();
    }
    let on = |name: &str| view.signatures.iter().any(|s| s.on == name);
    if view.signatures.is_empty() {
        one("Response", "a signature on the assertion", "no signature")
    } else if on("Assertion") || !on("Response") {
        none()
    } else {
        let mut found = one(
            "Response",
            "a signature on the assertion",
            "a signature on the response only",
        );
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
        found
    }
}

pub(super) fn issuer(e: &Evidence) -> Vec<Found> {
    match (e.assertion(), &e.metadata) {
        (Some(assertion), Some(Ok(metadata))) if assertion.issuer.as_ref() != Some(&metadata.entity_id) => {
            one(
                "Assertion Issuer",
                &metadata.entity_id,
                assertion.issuer.clone().unwrap_or_default(),
            )
        }
        _ => none(),
    }
}

/// Everything that the structural gate refuses: what is signed and what is read could be two things.
pub(super) fn structure(e: &Evidence) -> Vec<Found> {
    match &e.verdict {
        None
        | Some(
            Ok(_)
            | Err(
                Rejection::Unsigned
                | Rejection::Encrypted
                | Rejection::NoCertificate
                | Rejection::WrongSignature(_),
            ),
        ) => none(),
        // Beside an error status there need not be an assertion.
        Some(Err(Rejection::NoAssertion)) if refused_by_provider(e) || !encrypted(e).is_empty() => none(),
        Some(Err(rejection)) => one(
            "Response",
            "one signed assertion in a Response",
            rejection.to_string(),
        ),
    }
}

/// The identity provider says no, in so many words, and sends nothing else.
pub(super) fn refused_by_provider(e: &Evidence) -> bool {
    e.view
        .as_ref()
        .is_some_and(|v| v.assertions.is_empty() && v.status.as_deref().is_some_and(|s| s != "Success"))
}

pub(super) fn subject_confirmation(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let expected = "a bearer SubjectConfirmation with Recipient and NotOnOrAfter";
    match assertion.bearer() {
        None => one("Subject", expected, "no SubjectConfirmation"),
        Some(c) if !c.is_bearer() => one(
            "SubjectConfirmation Method",
            expected,
            c.method.clone().unwrap_or_default(),
        ),
        Some(c) if c.recipient.is_none() => one("SubjectConfirmationData", expected, "no Recipient"),
        Some(_)
            if assertion
                .confirmations
                .iter()
                .any(|c| c.is_bearer() && c.not_on_or_after.is_none()) =>
        {
            one("SubjectConfirmationData", expected, "no NotOnOrAfter")
        }
        Some(_) => none(),
    }
}

pub(super) fn signature(e: &Evidence) -> Vec<Found> {
    let expected = match &e.metadata {
        Some(Ok(m)) => m
            .signing_certificates
            .iter()
            .map(|c| format!("a signature by certificate {}", c.sha256))
            .collect::<Vec<_>>()
            .join(" or "),
        _ => "a signature by the identity provider's certificate".to_owned(),
    };
    match &e.verdict {
        Some(Err(Rejection::WrongSignature(why))) => one("Signature", expected, why),
        None | Some(_) => none(),
    }
}

pub(super) fn sha1(e: &Evidence) -> Vec<Found> {
    let Some(view) = &e.view else { return none() };
    view.signatures
        .iter()
        .find(|s| s.algorithm.ends_with("sha1") || s.digest == "sha1")
        .map(|s| {
            one(
                "Signature",
                "rsa-sha256",
                format!("{} with {}", s.algorithm, s.digest),
            )
        })
        .unwrap_or_default()
}
