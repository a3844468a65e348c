//! Attacks on signed responses, made here: nothing that is not signed is believed. Other implementations are asked
//! about the same set in `tests/peers/rust`.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::response::Response;
use claimbridge_core::saml::signature::{Covered, Pinned, Rejection, VerifiedAssertion, verify};
use claimbridge_practice::{SigningKey, sign};
use made::{ALICE, assertion, response};
use std::sync::LazyLock;

#[path = "attacks/made.rs"]
mod made;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("honest", 365).unwrap());
static STRANGER: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::new("stranger", 365).unwrap());

fn judge(xml: &[u8]) -> Result<VerifiedAssertion, Rejection> {
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
    let plain = response(&assertion("_a", ALICE));
    for (ids, covers) in [
        (vec!["_a"], vec![Covered::Assertion]),
        (vec!["_r"], vec![Covered::Response]),
        (vec!["_a", "_r"], vec![Covered::Assertion, Covered::Response]),
    ] {
        let signed = ids
            .iter()
            .fold(plain.clone(), |xml, id| sign(&xml, id, &KEY).unwrap());
        let verified = judge(signed.as_bytes()).unwrap();
        assert_eq!(verified.covers().collect::<Vec<_>>(), covers);
        assert_eq!(name(&verified), ALICE);
    }
}

#[test]
fn nothing_else_is() {
    let set = made::all(&KEY, &STRANGER);
    let attacks = set.iter().filter(|m| !m.genuine).count();
    assert!(attacks >= 90, "{attacks}");
    for made in &set {
        match (judge(&made.bytes), made.genuine) {
            (Ok(verified), true) => {
                assert_eq!(name(&verified), ALICE, "{}", made.what);
                let email = verified.assertion().values(claimbridge_core::claims::EMAIL);
                assert_eq!(email, Some(&[ALICE.to_owned()][..]), "{}", made.what);
            }
            (Err(_), false) => {}
            (Ok(verified), false) => panic!("{} was accepted for {}", made.what, name(&verified)),
            (Err(why), true) => panic!("{} was refused: {why}", made.what),
        }
    }
}
