//! What was there before a set-up: it is kept, put right and forgotten, and never deleted.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::engine::{Outcome, Run, Stop, Timeouts, apply};
use claimbridge_core::journal::{Bindings, Event, Journal, Origin};
use claimbridge_core::plan::{Action, Note, Plan, plan, removal};
use claimbridge_core::resource::{Address, PhysicalId, SecretValue};
use claimbridge_core::setup::{Federation, Setup};
use common::{CountingIds, JumpingClock, MemoryCloud, TextJournal, began, oidc, roads, setup};
use futures::executor::block_on;
use serde_json::json;

#[derive(Default)]
struct World {
    cloud: MemoryCloud,
    clock: JumpingClock,
    ids: CountingIds,
    journal: TextJournal,
}

impl World {
    /// As if somebody else had made all that a set-up wants, and it was adopted: without our tag.
    fn adopted(setup: &Setup, origin: impl Fn(Address) -> Origin) -> World {
        let mut world = World::default();
        let all = world.plan(setup);
        assert!(world.apply(setup, all).finished);
        for held in world.cloud.held.lock().unwrap().values_mut() {
            held.setup = None;
            held.snapshot.setup = None;
        }
        let made = Bindings::replay(&world.journal.0).unwrap();
        world.journal = TextJournal::default();
        world.journal.append(&began(setup)).unwrap();
        for (address, binding) in made.iter() {
            let bound = Event::Bound {
                address,
                id: binding.id.clone().unwrap(),
                origin: origin(address),
                outputs: binding.outputs.clone(),
            };
            world.journal.append(&bound).unwrap();
        }
        world.cloud.changed.lock().unwrap().clear();
        world
    }

    fn bindings(&self) -> Bindings {
        Bindings::replay(&self.journal.0).unwrap()
    }

    fn plan(&self, setup: &Setup) -> Plan {
        block_on(plan(setup, &self.bindings(), &self.cloud)).unwrap()
    }

    fn removal(&self, setup: &Setup) -> Plan {
        block_on(removal(setup, &self.bindings(), &self.cloud))
    }

    fn apply(&mut self, setup: &Setup, plan: Plan) -> Outcome {
        let digest = plan.digest();
        let approved = plan.approve(&digest).unwrap();
        let mut bindings = self.bindings();
        let (stop, secret) = (Stop::default(), SecretValue::from("a secret"));
        let run = Run {
            cloud: &self.cloud,
            clock: &self.clock,
            ids: &self.ids,
            timeouts: Timeouts::default(),
            stop: &stop,
            order: setup.order,
            endpoint: None,
            secret: Some(&secret),
        };
        block_on(apply(
            &approved,
            &mut bindings,
            &mut self.journal,
            &run,
            &mut |_| {},
        ))
        .unwrap()
    }

    fn deleted(&self) -> Vec<Address> {
        let changed = self.cloud.changed.lock().unwrap();
        let deleted = changed.iter().filter(|(act, _)| *act == "delete");
        deleted.map(|(_, address)| *address).collect()
    }

    fn lose(&self, lost: Address) -> PhysicalId {
        let id = self.bindings().get(lost).unwrap().id.clone().unwrap();
        self.cloud
            .held
            .lock()
            .unwrap()
            .remove(&(lost, id.clone()))
            .unwrap();
        id
    }
}

fn adopted(_: Address) -> Origin {
    Origin::Adopted
}

#[test]
fn what_was_adopted_is_kept_and_forgotten() {
    for (road, setup) in roads() {
        let mut world = World::adopted(&setup, adopted);
        let there = world.cloud.count();
        assert!(world.plan(&setup).is_clean(), "{road}");
        let plan = world.removal(&setup);
        assert!(plan.steps.iter().all(|s| s.action == Action::Forget), "{road}");
        let outcome = world.apply(&setup, plan);
        assert!(outcome.finished && outcome.left.is_empty(), "{road}: {outcome:?}");
        assert!(world.cloud.changed.lock().unwrap().is_empty(), "{road}");
        assert_eq!(world.cloud.count(), there, "{road}");
    }
}

/// A part that we put into what is another's cannot be deleted alone: it is forgotten before its owner.
#[test]
fn a_part_of_what_stays_is_forgotten() {
    for (road, setup) in roads() {
        let mut world = World::adopted(&setup, adopted);
        world.lose(Address::AutoSubscription);
        let plan = world.plan(&setup);
        assert!(world.apply(&setup, plan).finished, "{road}");
        assert!(world.plan(&setup).is_clean(), "{road}");
        let plan = world.removal(&setup);
        assert!(world.apply(&setup, plan).finished, "{road}");
        assert!(world.deleted().is_empty(), "{road}: {:?}", world.deleted());
        assert!(world.bindings().is_empty(), "{road}");
    }
}

/// A provider is another's; the client that we added to it goes before it is forgotten.
#[test]
fn of_a_shared_provider_only_our_client_goes() {
    let setup = oidc();
    let shared = |address| match address {
        Address::OidcProvider => Origin::Shared,
        _ => Origin::Created,
    };
    let mut world = World::adopted(&setup, shared);
    for ((_, _), held) in world.cloud.held.lock().unwrap().iter_mut() {
        held.setup = Some(setup.id.clone());
    }
    let plan = world.removal(&setup);
    let action = |address| {
        plan.steps
            .iter()
            .find(|s| s.address == address)
            .map(|s| s.action.clone())
    };
    assert_eq!(action(Address::OidcProvider), Some(Action::Forget));
    assert_eq!(action(Address::OidcClient), Some(Action::Delete));
    assert!(world.apply(&setup, plan).finished);
    assert!(world.deleted().contains(&Address::OidcClient));
    assert!(!world.deleted().contains(&Address::OidcProvider));
    assert!(world.bindings().is_empty());
}

/// A client that was in a shared provider before us is not ours, whether it was bound or not.
#[test]
fn a_part_that_is_there_is_of_its_owner() {
    let setup = oidc();
    let mut world = World::adopted(&setup, adopted);
    let text: Vec<&str> = world
        .journal
        .0
        .lines()
        .filter(|l| !l.contains("\"oidc-client\""))
        .collect();
    world.journal.0 = text.join("\n") + "\n";
    assert!(world.bindings().get(Address::OidcClient).is_none());
    let plan = world.plan(&setup);
    let client = plan
        .steps
        .iter()
        .find(|s| s.address == Address::OidcClient)
        .unwrap();
    assert_eq!(
        (&client.action, client.origin),
        (&Action::Keep, Some(Origin::Adopted))
    );
    let plan = world.removal(&setup);
    assert!(plan.steps.iter().all(|s| s.action == Action::Forget));
    assert!(world.apply(&setup, plan).finished);
}

#[test]
fn other_metadata_of_a_shared_provider_says_whose_it_is_and_never_replaces_it() {
    let mut changed = setup();
    let others = vec!["application other".to_owned()];
    for refused in [false, true] {
        let mut world = World::adopted(&setup(), |a| match a {
            Address::SamlProvider => Origin::Shared,
            _ => Origin::Adopted,
        });
        *world.cloud.users.lock().unwrap() = others.clone();
        assert!(world.plan(&setup()).notes.is_empty());
        if let Federation::Saml { metadata, .. } = &mut changed.federation {
            let other = common::METADATA.replace(
                "entityID=\"https://sts.windows.net/",
                "entityID=\"https://other.example/",
            );
            *metadata = Some(other);
        }
        *world.cloud.keeps_issuer.lock().unwrap() = refused;
        let plan = world.plan(&changed);
        assert!(plan.notes.contains(&Note::MetadataOfOthers {
            users: others.clone()
        }));
        assert!(plan.notes.contains(&Note::IssuerOfOthersChanges));
        assert_eq!(world.apply(&changed, plan).finished, !refused);
        assert!(world.deleted().is_empty());
    }
}

#[test]
fn a_policy_s_change_is_told_statement_by_statement() {
    let setup = setup();
    let world = World::adopted(&setup, adopted);
    let id = world.bindings().get(Address::Role).unwrap().id.clone().unwrap();
    if let Some(held) = world.cloud.held.lock().unwrap().get_mut(&(Address::Role, id)) {
        let document = held
            .snapshot
            .attributes
            .get_mut("assumeRolePolicyDocument")
            .unwrap();
        document["Statement"].as_array_mut().unwrap().truncate(1);
    }
    let plan = world.plan(&setup);
    let role = plan.steps.iter().find(|s| s.address == Address::Role).unwrap();
    assert_eq!(role.action, Action::Update);
    let said: Vec<String> = role.changes[0]
        .policy_differences()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("adds the statement SAMLTagSessionAccess: allows sts:TagSession to "),
        "{said:?}"
    );
    assert_eq!(
        json!(role.changes[0].policy_differences().unwrap()[0].part),
        "statement"
    );
}
