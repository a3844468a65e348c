//! When nobody can sign in because metadata that was made here stands in for the identity provider's.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::{Bindings, Event, Origin};
use claimbridge_core::resource::{Address, Output, PhysicalId};
use claimbridge_core::setup::{Setup, World, metadata_digest};
use claimbridge_core::value::{AccountId, Region};
use common::{METADATA, began};
use std::collections::BTreeMap;

const STAND_IN: &str = "<stand-in/>";

/// What AWS was last seen to hold; None before anything is made.
fn holds(setup: &Setup, metadata: Option<&str>) -> Bindings {
    let mut bindings = Bindings::default();
    bindings.apply(&began(setup)).unwrap();
    if let Some(metadata) = metadata {
        let bound = Event::Bound {
            address: Address::SamlProvider,
            id: PhysicalId("arn".into()),
            origin: Origin::Created,
            outputs: BTreeMap::from([(Output::Version, metadata_digest(metadata))]),
        };
        bindings.apply(&bound).unwrap();
    }
    bindings
}

#[test]
fn nobody_signs_in_until_aws_holds_what_the_provider_gave() {
    let account = AccountId::parse("123456789012").unwrap();
    let idp = IdentityProvider::OktaSaml;
    let plain = Setup::new("id".into(), "q-x", account, Region::UsEast1, World::Live, idp);
    let mut first = plain.clone();
    first.give_temporary_metadata(STAND_IN.into()).unwrap();
    let mut handed_in = first.clone();
    handed_in.give_metadata(METADATA.into()).unwrap();
    let mut metadata_first = plain.clone();
    metadata_first.give_metadata(METADATA.into()).unwrap();
    let read_again = Setup::from_json(&handed_in.to_json()).unwrap();
    for (what, setup, held, expected) in [
        ("nothing is known", &plain, None, false),
        ("AWS first, before AWS", &first, None, true),
        ("AWS first, made", &first, Some(STAND_IN), true),
        ("handed in, not applied", &handed_in, Some(STAND_IN), true),
        ("handed in, and read again", &read_again, Some(STAND_IN), true),
        ("handed in and applied", &handed_in, Some(METADATA), false),
        ("removed", &handed_in, None, false),
        ("metadata first", &metadata_first, Some(METADATA), false),
    ] {
        assert_eq!(setup.nobody_can_sign_in(&holds(setup, held)), expected, "{what}");
    }
}
