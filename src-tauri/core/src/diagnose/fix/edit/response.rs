//! A response as if the provider had sent and signed it otherwise.

use crate::claims;
use crate::diagnose::Evidence;
use crate::saml::response::{Assertion, Attribute, SignatureSeen, View};
use crate::saml::signature::Rejection;

/// Changes the assertion. A verdict over what it was is none over what it is; one that was bad stays bad.
pub(super) fn signed_again(e: &mut Evidence, change: impl FnOnce(&mut Assertion)) {
    let Some(mut assertion) = e.assertion().cloned() else {
        return;
    };
    change(&mut assertion);
    if matches!(e.verdict, Some(Ok(_))) {
        e.verdict = None;
    }
    match &mut e.view {
        Some(view) => view.assertions = vec![assertion],
        None => e.view = Some(view_of(assertion)),
    }
}

fn view_of(assertion: Assertion) -> View {
    View {
        root: "Response".into(),
        destination: None,
        issuer: None,
        issue_instant: None,
        in_response_to: None,
        status: Some("Success".into()),
        status_detail: None,
        status_message: None,
        assertions: vec![assertion],
        encrypted_assertions: 0,
        signatures: vec![signature()],
        base64_length: 0,
    }
}

fn signature() -> SignatureSeen {
    SignatureSeen {
        on: "Assertion".into(),
        algorithm: "rsa-sha256".into(),
        digest: "sha256".into(),
        certificate: None,
    }
}

pub(super) fn sign(e: &mut Evidence) {
    if let Some(view) = &mut e.view {
        view.signatures = vec![signature()];
    }
    if matches!(
        e.verdict,
        Some(Err(Rejection::Unsigned
            | Rejection::WrongSignature(_)
            | Rejection::Algorithm(_)))
    ) {
        e.verdict = None;
    }
}

pub(super) fn set_attribute(assertion: &mut Assertion, name: &str, values: &[String]) {
    let at = assertion.attributes.iter().position(|a| a.name == name);
    if values.is_empty() {
        assertion.attributes.retain(|a| a.name != name);
        return;
    }
    match at.and_then(|i| assertion.attributes.get_mut(i)) {
        Some(attribute) => attribute.values = values.to_vec(),
        None => assertion.attributes.push(Attribute {
            name: name.to_owned(),
            values: values.to_vec(),
        }),
    }
}

/// The first value of one of AWS's claims.
pub(in crate::diagnose::fix) fn value<'a>(e: &'a Evidence, name: &str) -> Option<&'a str> {
    e.assertion()?.values(name)?.first().map(String::as_str)
}

/// The tag claims of a response beside `Email`.
pub(in crate::diagnose::fix) fn other_tags(e: &Evidence) -> Vec<String> {
    e.assertion().map_or_else(Vec::new, |a| {
        a.attributes
            .iter()
            .map(|x| x.name.clone())
            .filter(|name| name.starts_with(claims::TAG) && name != claims::EMAIL)
            .collect()
    })
}
