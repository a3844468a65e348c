//! Rules about the response as a whole: its status, its form, its signature.

use super::metadata::named_certificate;
use super::{Evidence, Found, Owner, Severity, none, one};
use crate::diagnose::stage::{is_same, vendor_of};
use crate::idp::IdentityProvider;
use crate::saml::response::View;
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
    let Some(view) = e.view.as_ref().filter(|v| v.encrypted_assertions > 0) else {
        return none();
    };
    let keys = e.live.saml_provider.as_ref().map(|p| p.private_keys);
    let found = match keys {
        Some(0) => "EncryptedAssertion, and the IAM provider has no private key".to_owned(),
        _ => view_of(view),
    };
    let mut found = one("Response", "Assertion", found);
    // AWS can read it, and nobody else can: what is inside is known to the provider and to AWS alone.
    if keys.is_some_and(|k| k > 0) {
        for f in &mut found {
            f.severity = Some(Severity::Info);
            f.remedy = Some(
                "AWS has a private key to read it with, and this program has not: to see the claims, turn the encryption off for one sign-in."
                    .to_owned(),
            );
        }
    }
    found
}

fn view_of(view: &View) -> String {
    match view.assertions.is_empty() {
        true => "EncryptedAssertion".to_owned(),
        false => "an encrypted part".to_owned(),
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
            let sent = assertion.issuer.clone().unwrap_or_default();
            let mut found = one("Assertion Issuer", &metadata.entity_id, &sent);
            let (from, held) = (
                IdentityProvider::of_address(&sent),
                IdentityProvider::of_metadata(metadata),
            );
            if vendor_of(from).is_some()
                && vendor_of(held).is_some()
                && !is_same(vendor_of(from), vendor_of(held))
            {
                for f in &mut found {
                    f.remedy = Some(two_providers(from.vendor(), held.vendor()));
                }
            }
            found
        }
        _ => none(),
    }
}

/// No letter is wrong where the two are of different vendors: one of them is not the sign-in's.
fn two_providers(from: &str, held: &str) -> String {
    format!(
        "The response is {from}'s, and the metadata is {held}'s. If people are to sign in with {from}, take the metadata of its application, at {{{{path}}}}, and replace it [[here||in the IAM provider]]; if with {held}, let the web experience send them there."
    )
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
    let Some(Err(Rejection::WrongSignature(why))) = &e.verdict else {
        return none();
    };
    let Some(Ok(metadata)) = &e.metadata else {
        return one(
            "Signature",
            "a signature by the identity provider's certificate",
            why,
        );
    };
    let held = &metadata.signing_certificates;
    let expected = held
        .iter()
        .map(|c| format!("a signature by certificate {}", c.sha256))
        .collect::<Vec<_>>()
        .join(" or ");
    let Some(named) = e.view.as_ref().and_then(named_certificate) else {
        return one("Signature", expected, why);
    };
    if held.iter().any(|c| c.sha256 == named.sha256) {
        let mut found = one("Signature", expected, why);
        for f in &mut found {
            f.remedy = Some(
                "It names a certificate that AWS has, so the response was changed or cut on its way: capture it again, whole. If it stays, the identity provider signs with another key."
                    .to_owned(),
            );
        }
        found
    } else {
        let mut found = one(
            "Signature",
            expected,
            format!("{why}; it names certificate {}", named.sha256),
        );
        // What AWS has is older than what signs, or of another application.
        for f in found.iter_mut().filter(|_| !e.handed_in) {
            f.owner = Some(Owner::Aws);
        }
        found
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
