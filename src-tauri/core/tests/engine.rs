//! The engine on a cloud in memory: whole runs, every way of dying, lost answers, removal.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::engine::{Outcome, Run, Stop, Timeouts, apply};
use claimbridge_core::journal::Bindings;
use claimbridge_core::plan::{Action, Note, Plan, plan, removal};
use claimbridge_core::resource::{Address, Leftover, Output, SecretValue, Tier};
use claimbridge_core::setup::{Federation, Order, Setup, SetupError};
use claimbridge_core::value::{Issuer, Region};
use common::{CountingIds, JumpingClock, MemoryCloud, TextJournal, oidc, roads, setup};
use futures::FutureExt;
use futures::executor::block_on;
use proptest::prelude::*;

struct World {
    cloud: MemoryCloud,
    clock: JumpingClock,
    ids: CountingIds,
    journal: TextJournal,
    secret: SecretValue,
}

impl World {
    fn new() -> World {
        World {
            cloud: MemoryCloud::default(),
            clock: JumpingClock::default(),
            ids: CountingIds::default(),
            journal: TextJournal::default(),
            secret: SecretValue::from("a secret of the client"),
        }
    }

    fn plan(&self, setup: &Setup) -> Plan {
        let bindings = Bindings::replay(&self.journal.0).unwrap();
        block_on(plan(setup, &bindings, &self.cloud)).unwrap()
    }

    /// Somebody deletes our role and makes one of the same name.
    fn replace_role(&self) {
        for ((address, _), held) in self.cloud.held.lock().unwrap().iter_mut() {
            if *address == Address::Role {
                held.snapshot.setup = Some(None);
                held.snapshot.outputs.insert(Output::Unique, "AROAOTHER".into());
            }
        }
    }

    fn removal(&self, setup: &Setup) -> Plan {
        let bindings = Bindings::replay(&self.journal.0).unwrap();
        block_on(removal(setup, &bindings, &self.cloud))
    }

    fn at<'a>(&'a self, stop: &'a Stop, setup: &Setup) -> Run<'a> {
        Run {
            cloud: &self.cloud,
            clock: &self.clock,
            ids: &self.ids,
            timeouts: Timeouts::default(),
            stop,
            order: setup.order,
            endpoint: None,
            secret: Some(&self.secret),
        }
    }

    /// None when the process died on the way.
    fn apply(&mut self, setup: &Setup, plan: Plan) -> Option<Outcome> {
        let digest = plan.digest();
        let approved = plan.approve(&digest).unwrap();
        let mut bindings = Bindings::replay(&self.journal.0).unwrap();
        let stop = Stop::default();
        let run = Run {
            cloud: &self.cloud,
            clock: &self.clock,
            ids: &self.ids,
            timeouts: Timeouts::default(),
            stop: &stop,
            order: setup.order,
            endpoint: None,
            secret: Some(&self.secret),
        };
        let mut told = |_| {};
        apply(&approved, &mut bindings, &mut self.journal, &run, &mut told)
            .now_or_never()
            .map(|r| r.unwrap())
    }

    fn run(&mut self, setup: &Setup) -> Option<Outcome> {
        let plan = self.plan(setup);
        self.apply(setup, plan)
    }
}

fn orders() -> [Order; 2] {
    [Order::EndpointFirst, Order::RoleFirst]
}

#[test]
fn a_run_makes_everything_once_and_the_next_plan_is_clean() {
    for (road, setup) in roads() {
        let mut world = World::new();
        assert!(world.run(&setup).unwrap().finished, "{road}");
        assert_eq!(world.cloud.count(), setup.desired().unwrap().len(), "{road}");
        let again = world.plan(&setup);
        assert!(again.is_clean(), "{road}: {:?}", again.steps);
    }
}

#[test]
fn a_secret_goes_in_and_stands_nowhere_else() {
    let mut world = World::new();
    let mut setup = oidc();
    assert!(world.run(&setup).unwrap().finished);
    assert_eq!(*world.cloud.secrets.lock().unwrap(), ["a secret of the client"]);
    let plan = serde_json::to_string(&world.plan(&setup)).unwrap();
    for text in [&plan, &world.journal.0, &setup.to_json()] {
        assert!(!text.contains("a secret"), "{text}");
    }
    // Another one is another version: the plan shows it, and nothing else changes.
    if let Federation::Oidc { secret_version, .. } = &mut setup.federation {
        *secret_version = Some("00000000-0000-4000-8000-000000000002".into());
    }
    let plan = world.plan(&setup);
    let changed: Vec<Address> = plan
        .steps
        .iter()
        .filter(|s| s.action != Action::Keep)
        .map(|s| s.address)
        .collect();
    assert_eq!(changed, [Address::Secret]);
    assert!(plan.notes.contains(&Note::SecretIsAsked));
    assert!(world.apply(&setup, plan).unwrap().finished);
    assert!(world.plan(&setup).is_clean());
}

#[test]
fn q_apps_with_lite_subscriptions_are_remarked_on() {
    for (q_apps, tier, noted) in [
        (true, Tier::QLite, true),
        (true, Tier::QBusiness, false),
        (false, Tier::QLite, false),
    ] {
        let mut world = World::new();
        let mut setup = setup();
        setup.application.q_apps = q_apps;
        setup.application.tier = tier;
        let found = |plan: &Plan| plan.notes.contains(&Note::QAppsNeedPro);
        assert_eq!(found(&world.plan(&setup)), noted, "{q_apps} {tier:?}");
        assert!(world.run(&setup).unwrap().finished);
        assert!(!found(&world.plan(&setup)), "nothing is left to decide");
        if noted {
            // Bought for less than Pro later on.
            setup.application.tier = Tier::QBusiness;
            assert!(world.run(&setup).unwrap().finished);
            setup.application.tier = Tier::QLite;
            assert!(found(&world.plan(&setup)));
        }
    }
}

#[test]
fn an_issuer_that_amazon_q_does_not_take_is_refused() {
    for (text, refused) in [
        ("https://accounts.google.com", true),
        ("https://accounts.google.com.", true),
        ("https://accounts.google.com.acme.example", false),
    ] {
        let mut setup = oidc();
        if let Federation::Oidc { issuer, .. } = &mut setup.federation {
            *issuer = Some(Issuer::parse(text).unwrap());
        }
        let found = matches!(setup.check(), Err(SetupError::IssuerUnsupported { .. }));
        assert_eq!(found, refused, "{text}");
    }
}

#[test]
fn a_provider_that_others_use_stays() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world.cloud.users.lock().unwrap().push("application other".into());
    let plan = world.removal(&setup());
    assert!(
        plan.notes
            .iter()
            .any(|n| matches!(n, Note::ProviderStays { users } if users == &["application other"]))
    );
    assert!(world.apply(&setup(), plan).unwrap().finished);
    let left: Vec<Address> = world.cloud.held.lock().unwrap().keys().map(|(a, _)| *a).collect();
    assert_eq!(left, [Address::SamlProvider]);
}

#[test]
fn a_provider_whose_users_cannot_be_seen_stays() {
    for (setup, address) in [(setup(), Address::SamlProvider), (oidc(), Address::OidcProvider)] {
        let mut world = World::new();
        assert!(world.run(&setup).unwrap().finished);
        *world.cloud.users_denied.lock().unwrap() = true;
        let plan = world.removal(&setup);
        let note = plan
            .notes
            .iter()
            .find(|n| matches!(n, Note::UsersNotSeen { address: a, .. } if *a == address))
            .map(Note::text)
            .unwrap();
        assert!(note.contains("stays") && note.contains("delete it"), "{note}");
        assert!(world.apply(&setup, plan).unwrap().finished);
        let left: Vec<Address> = world.cloud.held.lock().unwrap().keys().map(|(a, _)| *a).collect();
        assert_eq!(left, [address]);
    }
}

#[test]
fn subscriptions_and_data_sources_go_first() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    let bindings = Bindings::replay(&world.journal.0).unwrap();
    let id = |address| bindings.get(address).unwrap().id.clone().unwrap();
    for (address, id) in [
        (Address::Subscriptions, id(Address::Application)),
        (Address::DataSources, id(Address::Index)),
    ] {
        world.cloud.hold(address, id, &[("count", serde_json::json!(2))]);
    }
    let plan = world.removal(&setup());
    let order: Vec<Address> = plan.steps.iter().map(|s| s.address).collect();
    let at = |address| order.iter().position(|a| *a == address).unwrap();
    assert!(at(Address::Subscriptions) < at(Address::WebExperience));
    assert!(at(Address::DataSources) < at(Address::Index) && at(Address::Index) < at(Address::Application));
    assert!(
        plan.notes
            .iter()
            .any(|n| n.text().contains("2 paid subscriptions are cancelled"))
    );
    assert!(world.apply(&setup(), plan).unwrap().finished);
    assert_eq!(world.cloud.count(), 0);
}

#[test]
fn subscriptions_that_cannot_be_listed_go_on_being_billed() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world
        .cloud
        .unreadable
        .lock()
        .unwrap()
        .extend([Address::Subscriptions, Address::DataSources]);
    let plan = world.removal(&setup());
    let said = |wanted| {
        plan.notes
            .iter()
            .find(|n| matches!(n, Note::NotLookedFor { address, .. } if *address == wanted))
            .map(Note::text)
            .unwrap()
    };
    for part in ["go on being billed", "qbusiness:CancelSubscription", "console"] {
        assert!(said(Address::Subscriptions).contains(part), "{part}");
    }
    assert!(!said(Address::DataSources).contains("billed"));
}

#[test]
fn another_issuer_replaces_a_provider_that_iam_does_not_update() {
    let first = roads()
        .into_iter()
        .find(|(road, _)| *road == "aws-first")
        .unwrap()
        .1;
    for refused in [false, true] {
        let mut world = World::new();
        let mut setup = first.clone();
        assert!(world.run(&setup).unwrap().finished);
        if let Federation::Saml { metadata, .. } = &mut setup.federation {
            let other = common::METADATA.replace(
                "entityID=\"https://sts.windows.net/",
                "entityID=\"https://other.example/",
            );
            assert_ne!(other, common::METADATA);
            *metadata = Some(other);
        }
        *world.cloud.keeps_issuer.lock().unwrap() = refused;
        let plan = world.plan(&setup);
        assert!(plan.notes.contains(&Note::IssuerChanges));
        assert!(world.apply(&setup, plan).unwrap().finished);
        assert!(world.plan(&setup).is_clean(), "{refused}");
        let deleted = world
            .cloud
            .changed
            .lock()
            .unwrap()
            .contains(&("delete", Address::SamlProvider));
        assert_eq!(deleted, refused);
    }
}

#[test]
fn a_lost_answer_is_looked_up_and_nothing_is_made_twice() {
    let mut world = World::new();
    world
        .cloud
        .lost
        .lock()
        .unwrap()
        .extend([Address::Role, Address::Application, Address::Index]);
    assert!(world.run(&setup()).unwrap().finished);
    assert_eq!(world.cloud.count(), 9);
}

#[test]
fn somebody_elses_role_is_refused() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world.journal.0.clear();
    let other = Setup {
        id: "another".into(),
        ..setup()
    };
    let refused: Vec<Address> = world.plan(&other).refusals().map(|(a, _)| a).collect();
    assert!(
        refused.contains(&Address::SamlProvider) && refused.contains(&Address::Role),
        "{refused:?}"
    );
}

#[test]
fn a_lost_journal_is_found_again_by_the_tags() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world.journal.0.clear();
    assert!(world.plan(&setup()).is_clean());
    assert!(world.run(&setup()).unwrap().finished);
    assert_eq!(world.cloud.count(), 9);
    assert!(world.plan(&setup()).is_clean());
}

#[test]
fn a_removal_without_the_journal_finds_everything_by_the_tags() {
    for (order, setup) in roads() {
        let mut world = World::new();
        assert!(world.run(&setup).unwrap().finished);
        world.journal.0.clear();
        let plan = world.removal(&setup);
        assert!(world.apply(&setup, plan).unwrap().finished);
        assert_eq!(world.cloud.count(), 0, "{order:?}");
    }
}

#[test]
fn drift_is_shown_and_mended() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    for ((address, _), held) in world.cloud.held.lock().unwrap().iter_mut() {
        if *address == Address::Role {
            held.snapshot.attributes.insert(
                "assumeRolePolicyDocument".into(),
                serde_json::json!({"Statement": []}),
            );
        }
    }
    let plan = world.plan(&setup());
    let changed: Vec<Address> = plan
        .steps
        .iter()
        .filter(|s| s.action == Action::Update)
        .map(|s| s.address)
        .collect();
    assert_eq!(changed, [Address::Role]);
    assert!(world.apply(&setup(), plan).unwrap().finished);
    assert!(world.plan(&setup()).is_clean());
}

#[test]
fn removal_leaves_nothing_and_keeps_what_was_adopted() {
    for (order, setup) in roads() {
        let mut world = World::new();
        assert!(world.run(&setup).unwrap().finished);
        let plan = world.removal(&setup);
        assert!(world.apply(&setup, plan).unwrap().finished);
        assert_eq!(world.cloud.count(), 0, "{order:?}");
        assert!(Bindings::replay(&world.journal.0).unwrap().is_empty());
    }
}

#[test]
fn a_failed_index_is_made_anew_after_its_retriever_is_gone() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world.cloud.failed.lock().unwrap().insert(Address::Index);
    let plan = world.plan(&setup());
    let replaced: Vec<Address> = plan
        .steps
        .iter()
        .filter(|s| s.action == Action::Replace)
        .map(|s| s.address)
        .collect();
    assert_eq!(replaced, [Address::Index, Address::Retriever]);
    let outcome = world.apply(&setup(), plan).unwrap();
    assert!(outcome.finished, "{outcome:?}");
    assert_eq!(
        *world.cloud.changed.lock().unwrap(),
        [("delete", Address::Retriever), ("delete", Address::Index)]
    );
    assert_eq!(world.cloud.count(), 9);
    assert!(world.plan(&setup()).is_clean());
}

/// AWS cannot update every resource, so one that is only on its way is waited for.
#[test]
fn a_failed_web_experience_and_a_failed_application_are_made_anew_with_their_parts() {
    for failed in [Address::WebExperience, Address::Application] {
        for order in orders() {
            let mut world = World::new();
            let setup = Setup { order, ..setup() };
            assert!(world.run(&setup).unwrap().finished);
            world.cloud.failed.lock().unwrap().insert(failed);
            let plan = world.plan(&setup);
            let said: String = plan.notes.iter().map(Note::text).collect();
            assert!(
                said.contains("Deleted and made anew") && said.contains("address"),
                "{said}"
            );
            let outcome = world.apply(&setup, plan).unwrap();
            assert!(outcome.finished, "{failed} {order:?}: {outcome:?}");
            assert_eq!(world.cloud.count(), 9, "{failed} {order:?}");
            assert!(world.plan(&setup).is_clean(), "{failed} {order:?}");
        }
    }
}

/// A provider of the same name has the same ARN: the application that names it can stay.
#[test]
fn a_provider_that_somebody_deleted_is_made_again() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world
        .cloud
        .held
        .lock()
        .unwrap()
        .retain(|(address, _), _| *address != Address::SamlProvider);
    let plan = world.plan(&setup());
    let changes: Vec<(Address, &str)> = plan
        .steps
        .iter()
        .filter(|s| s.action != Action::Keep)
        .map(|s| (s.address, s.action.word()))
        .collect();
    assert_eq!(changes, [(Address::SamlProvider, "create")]);
    assert!(world.apply(&setup(), plan).unwrap().finished);
    assert!(world.plan(&setup()).is_clean());
}

/// Dying while something deleted is made again must not turn it into a stranger's.
#[test]
fn a_death_while_something_deleted_is_made_again_is_resumed() {
    for gone in [Address::Role, Address::SamlProvider, Address::Application] {
        for calls in 0..12 {
            let mut world = World::new();
            assert!(world.run(&setup()).unwrap().finished);
            world
                .cloud
                .held
                .lock()
                .unwrap()
                .retain(|(a, _), _| *a != gone && a.parent() != Some(gone));
            let plan = world.plan(&setup());
            *world.cloud.dies_after.lock().unwrap() = Some(calls);
            world.apply(&setup(), plan);
            *world.cloud.dies_after.lock().unwrap() = None;
            let outcome = world.run(&setup());
            assert!(outcome.is_some_and(|o| o.finished), "{gone}, {calls} calls");
            assert!(world.plan(&setup()).is_clean(), "{gone}, {calls} calls");
            let plan = world.removal(&setup());
            assert!(
                world.apply(&setup(), plan).unwrap().finished,
                "{gone}, {calls} calls"
            );
        }
    }
}

/// Whoever cleans tags up does not take the role from us: AWS's unique id is the same.
#[test]
fn a_lost_tag_loses_nothing() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    for ((address, _), held) in world.cloud.held.lock().unwrap().iter_mut() {
        if matches!(address, Address::Role | Address::SamlProvider) {
            held.snapshot.setup = Some(None);
        }
    }
    assert!(world.plan(&setup()).is_clean());
    let plan = world.removal(&setup());
    assert!(world.apply(&setup(), plan).unwrap().finished);
    assert_eq!(world.cloud.count(), 0);
}

/// A refused deletion leaves everything as it was, what the journal knows of it too.
#[test]
fn a_refused_deletion_forgets_no_output() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    let before = Bindings::replay(&world.journal.0).unwrap().outputs();
    world.cloud.undeletable.lock().unwrap().extend([
        Address::WebExperience,
        Address::Retriever,
        Address::RolePolicy,
    ]);
    let plan = world.removal(&setup());
    assert!(!world.apply(&setup(), plan).unwrap().finished);
    assert_eq!(Bindings::replay(&world.journal.0).unwrap().outputs(), before);
}

#[test]
fn what_is_still_being_created_is_waited_for_and_not_updated() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world
        .cloud
        .settling
        .lock()
        .unwrap()
        .extend([Address::Retriever, Address::Index]);
    assert!(world.run(&setup()).unwrap().finished);
    assert_eq!(*world.cloud.changed.lock().unwrap(), []);
}

#[test]
fn what_somebody_else_put_under_our_name_is_left_alone() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    // After the plan was made, so that only the look before the act can see it.
    let plan = world.removal(&setup());
    world.replace_role();
    let outcome = world.apply(&setup(), plan).unwrap();
    let failed: Vec<Address> = outcome.failed.iter().map(|(a, _)| *a).collect();
    // An inline policy is of whoever its role is of.
    assert_eq!(failed, [Address::RolePolicy], "{outcome:?}");
    assert!(
        !world
            .cloud
            .changed
            .lock()
            .unwrap()
            .contains(&("delete", Address::Role))
    );
    let left: Vec<Address> = world.cloud.held.lock().unwrap().keys().map(|(a, _)| *a).collect();
    assert!(
        left.contains(&Address::Role) && left.contains(&Address::RolePolicy),
        "{left:?}"
    );
}

#[test]
fn a_removal_forgets_what_somebody_else_made_under_our_name() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world.replace_role();
    let plan = world.removal(&setup());
    assert!(world.apply(&setup(), plan).unwrap().finished);
    let left: Vec<Address> = world.cloud.held.lock().unwrap().keys().map(|(a, _)| *a).collect();
    assert_eq!(left, [Address::Role, Address::RolePolicy]);
    assert!(Bindings::replay(&world.journal.0).unwrap().is_empty());
}

#[test]
fn a_plan_knows_what_it_was_compared_with() {
    let mut world = World::new();
    let before = world.plan(&setup()).basis;
    assert_eq!(before, Bindings::default().fingerprint());
    assert!(world.run(&setup()).unwrap().finished);
    let after = Bindings::replay(&world.journal.0).unwrap().fingerprint();
    assert_ne!(before, after);
    assert_eq!(world.plan(&setup()).basis, after);
}

/// A journal that does not replay would lose everything that it remembers.
#[test]
fn what_cannot_follow_is_not_written() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    let elsewhere = Setup {
        region: Region::EuWest1,
        ..setup()
    };
    let plan = world.plan(&elsewhere);
    let digest = plan.digest();
    let approved = plan.approve(&digest).unwrap();
    let mut bindings = Bindings::replay(&world.journal.0).unwrap();
    let (written, before) = (world.journal.0.clone(), bindings.clone());
    let stop = Stop::default();
    let run = world.at(&stop, &elsewhere);
    let mut journal = TextJournal(written.clone());
    let refused = block_on(apply(&approved, &mut bindings, &mut journal, &run, &mut |_| {}));
    assert!(refused.unwrap_err().contains("another place"));
    assert_eq!(journal.0, written);
    assert_eq!(bindings, before);
}

/// The words of a refusal can name the caller; the journal is kept and must not.
#[test]
fn a_failure_is_kept_without_the_people_in_it() {
    let mut world = World::new();
    *world.cloud.refusal.lock().unwrap() =
        Some("User: arn:aws:sts::123456789012:assumed-role/Admin/alice@contoso.example may not".into());
    let outcome = world.run(&setup()).unwrap();
    assert!(outcome.failed[0].1.message.contains("alice"), "{outcome:?}");
    assert!(world.journal.0.contains("assumed-role/Admin/…"));
    assert!(!world.journal.0.contains("alice"));
}

/// The report and the guide name the role and the provider; another name would lead nowhere.
#[test]
fn a_name_that_aws_cannot_change_is_refused() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    for change in [(|s| s.names.role = "another-web".into()) as fn(&mut Setup), |s| {
        s.names.provider = "another-idp".into()
    }] {
        let mut renamed = setup();
        change(&mut renamed);
        let plan = world.plan(&renamed);
        let refused: Vec<String> = plan.refusals().map(|(_, why)| why.to_string()).collect();
        assert!(
            refused
                .iter()
                .any(|why| why.contains("cannot change") && why.contains("ame")),
            "{refused:?}"
        );
    }
}

/// A deletion that was refused leaves the resource as it was, which is not nothing.
#[test]
fn what_a_failed_step_leaves_is_said() {
    let mut world = World::new();
    assert!(world.run(&setup()).unwrap().finished);
    world
        .cloud
        .undeletable
        .lock()
        .unwrap()
        .insert(Address::Application);
    let plan = world.removal(&setup());
    let outcome = world.apply(&setup(), plan).unwrap();
    let (address, error) = &outcome.failed[0];
    assert_eq!(
        (*address, error.leftover),
        (Address::Application, Leftover::AsItWas)
    );
    assert!(outcome.left.contains(&Address::Application) && outcome.left.contains(&Address::SamlProvider));
}

#[test]
fn a_stop_starts_nothing_new() {
    let world = World::new();
    let setup = setup();
    let plan = world.plan(&setup);
    let digest = plan.digest();
    let approved = plan.approve(&digest).unwrap();
    let stop = Stop::default();
    stop.ask();
    let mut journal = TextJournal::default();
    let outcome = block_on(apply(
        &approved,
        &mut Bindings::default(),
        &mut journal,
        &world.at(&stop, &setup),
        &mut |_| {},
    ))
    .unwrap();
    assert!(outcome.stopped && !outcome.finished);
    assert_eq!(world.cloud.count(), 0);
}

#[test]
fn another_plan_than_the_one_that_was_seen_is_not_approved() {
    let world = World::new();
    assert!(world.plan(&setup()).approve("something else").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Invariant 5: however often and wherever the process dies, the same command ends in the same
    /// state with one of each.
    #[test]
    fn dying_anywhere_and_running_again_ends_in_the_same_state(
        deaths in proptest::collection::vec(0u32..60, 1..5),
        road in 0..roads().len(),
        lost in any::<bool>(),
    ) {
        let mut world = World::new();
        let (_, setup) = roads().swap_remove(road);
        if lost {
            world.cloud.lost.lock().unwrap().push(Address::WebExperience);
        }
        for calls in deaths {
            let planned = world.plan(&setup);
            *world.cloud.dies_after.lock().unwrap() = Some(calls);
            world.apply(&setup, planned);
            *world.cloud.dies_after.lock().unwrap() = None;
        }
        let outcome = world.run(&setup).unwrap();
        prop_assert!(outcome.finished, "{outcome:?}");
        prop_assert_eq!(world.cloud.count(), setup.desired().unwrap().len());
        prop_assert!(world.plan(&setup).is_clean());
    }
}
