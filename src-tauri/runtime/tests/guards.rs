//! What keeps a run from doing something else than was shown, or somewhere else.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::engine::{Outcome, Stop};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::plan::Plan;
use claimbridge_core::resource::IndexKind;
use claimbridge_core::setup::Application;
use claimbridge_core::value::Region;
use claimbridge_runtime::demo::{Demo, run};
use claimbridge_runtime::practice::config::{CallFault, Config};
use claimbridge_runtime::practice::{
    ACCOUNT, KENDRA_INDEX_WEST, KMS_KEY_ASYMMETRIC, KMS_KEY_DISABLED, Running, World,
};
use claimbridge_runtime::store::{SetupFiles, StoreError};
use claimbridge_runtime::{Approval, Connection, Problem, apply, plan_removal, plan_setup, remove};
use tempfile::TempDir;

/// A set-up that is ready to be applied, and a world in which nothing of it is there yet.
struct Ready {
    folder: TempDir,
    files: SetupFiles,
    world: Running,
    connection: Connection,
}

impl Ready {
    async fn new() -> Ready {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::new(IdentityProvider::EntraGallery);
        run(demo, folder.path(), &mut |_| {}).await.unwrap();
        std::fs::remove_file(folder.path().join("journal.jsonl")).unwrap();
        let world = World::new(Config::default()).serve(0).await.unwrap();
        let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
            .await
            .unwrap();
        Ready {
            files: SetupFiles::at(folder.path().join("setup.json")),
            folder,
            world,
            connection,
        }
    }

    async fn apply(&self, plan: Plan) -> Result<Outcome, Problem> {
        let digest = plan.digest();
        apply(
            &self.files,
            &self.connection,
            plan,
            Approval {
                digest: &digest,
                secret: None,
                stop: &Stop::default(),
            },
            &mut |_| {},
        )
        .await
    }

    async fn plan(&self) -> Plan {
        plan_setup(&self.files, &self.connection).await.unwrap()
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("journal.jsonl")).unwrap_or_default()
    }

    fn made(&self) -> usize {
        self.world.world().census().iter().map(|(_, n)| n).sum()
    }
}

#[tokio::test]
async fn a_plan_that_something_overtook_is_not_run() {
    let ready = Ready::new().await;
    let (first, second) = (ready.plan().await, ready.plan().await);
    assert!(ready.apply(first).await.unwrap().finished);
    let (made, journal) = (ready.made(), ready.journal());
    let refused = ready.apply(second).await.unwrap_err();
    assert!(matches!(refused, Problem::StalePlan), "{refused}");
    assert_eq!((ready.made(), ready.journal()), (made, journal));
}

#[tokio::test]
async fn the_plan_of_another_set_up_is_not_run() {
    let (ready, other) = (Ready::new().await, Ready::new().await);
    let refused = ready.apply(other.plan().await).await.unwrap_err();
    assert!(matches!(refused, Problem::StalePlan), "{refused}");
    assert_eq!((ready.made(), ready.journal()), (0, String::new()));
}

#[tokio::test]
async fn a_journal_stays_with_its_set_up() {
    let (ready, other) = (Ready::new().await, Ready::new().await);
    let plan = ready.plan().await;
    assert!(ready.apply(plan).await.unwrap().finished);
    std::fs::write(other.folder.path().join("journal.jsonl"), ready.journal()).unwrap();
    for refused in [
        plan_setup(&other.files, &ready.connection).await.unwrap_err(),
        plan_removal(&other.files, &ready.connection).await.unwrap_err(),
        remove(&other.files, &ready.connection, &Stop::default(), &mut |_| {})
            .await
            .unwrap_err(),
    ] {
        assert!(matches!(refused, Problem::OtherPlace { .. }), "{refused}");
    }
    assert!(ready.made() > 0);
}

#[tokio::test]
async fn a_set_up_that_moved_finds_its_resources_elsewhere() {
    let ready = Ready::new().await;
    let plan = ready.plan().await;
    assert!(ready.apply(plan).await.unwrap().finished);
    let mut setup = ready.files.load().unwrap();
    setup.region = Region::EuWest1;
    ready.files.save(&setup).unwrap();
    let refused = plan_setup(&ready.files, &ready.connection).await.unwrap_err();
    assert!(matches!(refused, Problem::OtherPlace { .. }), "{refused}");
}

#[tokio::test]
async fn two_programs_do_not_apply_at_once() {
    let ready = Ready::new().await;
    let plan = ready.plan().await;
    let held = ready.files.journal().unwrap();
    let refused = ready.apply(plan).await.unwrap_err();
    assert!(
        matches!(refused, Problem::Store(StoreError::Locked(_))),
        "{refused}"
    );
    drop(held);
    let plan = ready.plan().await;
    assert!(ready.apply(plan).await.unwrap().finished);
}

/// A test says something about the metadata and the web experience that were tested, and no others.
#[tokio::test]
async fn a_test_of_another_federation_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::new(IdentityProvider::EntraGallery);
    assert!(run(demo, folder.path(), &mut |_| {}).await.unwrap().is_fine());
    let files = SetupFiles::at(folder.path().join("setup.json"));
    let (mut setup, bindings) = (files.load().unwrap(), files.bindings().unwrap());
    assert!(
        files
            .current_test(&setup, &bindings)
            .unwrap()
            .is_some_and(|t| t.passed)
    );
    // One of an earlier version counts for nothing, and hides nothing.
    let path = folder.path().join("test.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old.as_object_mut()
        .unwrap()
        .retain(|k, _| k != "subject" && k != "signature_valid");
    std::fs::write(&path, old.to_string()).unwrap();
    assert!(files.current_test(&setup, &bindings).unwrap().is_none());
    std::fs::write(&path, text).unwrap();
    let changed = format!("{}\n", setup.metadata().unwrap());
    setup.give_metadata(changed).unwrap();
    assert!(files.current_test(&setup, &bindings).unwrap().is_none());
}

/// What was pasted at the identity provider names an address that is gone.
#[tokio::test]
async fn a_new_address_takes_the_ticks_of_the_guide_back() {
    let ready = Ready::new().await;
    let plan = ready.plan().await;
    assert!(ready.apply(plan).await.unwrap().finished);
    let mut setup = ready.files.load().unwrap();
    setup.done.insert("reply-url".into());
    ready.files.save(&setup).unwrap();
    let plan = ready.plan().await;
    assert!(ready.apply(plan).await.unwrap().finished);
    assert!(
        !ready.files.load().unwrap().done.is_empty(),
        "the address is the same"
    );
    remove(&ready.files, &ready.connection, &Stop::default(), &mut |_| {})
        .await
        .unwrap();
    assert!(ready.files.load().unwrap().done.is_empty());
}

/// A rehearsal replaces a rehearsal and nothing else.
#[tokio::test]
async fn a_rehearsal_replaces_no_set_up_of_aws() {
    let ready = Ready::new().await;
    let mut setup = ready.files.load().unwrap();
    setup.world = claimbridge_core::setup::World::Live;
    ready.files.save(&setup).unwrap();
    let demo = Demo::new(IdentityProvider::EntraGallery);
    let refused = run(demo, ready.folder.path(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, Problem::NotPractised(_)), "{refused}");
    assert_eq!(ready.files.load().unwrap(), setup);
}

#[test]
fn an_output_never_replaces_the_set_up_or_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let files = SetupFiles::at(folder.path().join("setup.json"));
    for name in [
        "setup.json",
        "cases.key",
        "journal.jsonl",
        "test.json",
        "./setup.json",
    ] {
        assert!(files.keep_clear_of(&folder.path().join(name)).is_err(), "{name}");
    }
    assert!(files.keep_clear_of(&folder.path().join("report.html")).is_ok());
}

/// A network that fails is no verdict on the sign-in.
#[tokio::test]
async fn no_answer_from_sts_is_no_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config
        .faults
        .push(CallFault::parse("AssumeRoleWithSAML:500*9").unwrap());
    let demo = Demo {
        config,
        ..Demo::new(IdentityProvider::EntraGallery)
    };
    let outcome = run(demo, folder.path(), &mut |_| {}).await.unwrap();
    let judgement = outcome.judgement.unwrap();
    assert!(judgement.no_answer.is_some() && judgement.sts.is_none() && !judgement.passed);
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
}

/// What cannot be changed once it is made is looked at before anything is made.
#[tokio::test]
async fn a_key_or_index_that_cannot_be_used_leaves_nothing_half_made() {
    let check = async |change: &dyn Fn(&mut Application), words: &[&str]| {
        let ready = Ready::new().await;
        let mut setup = ready.files.load().unwrap();
        change(&mut setup.application);
        ready.files.save(&setup).unwrap();
        let problem = plan_setup(&ready.files, &ready.connection).await.unwrap_err();
        assert!(matches!(problem, Problem::Unusable(_)), "{problem}");
        for word in words {
            assert!(problem.to_string().contains(word), "{word}: {problem}");
        }
        assert_eq!((ready.made(), ready.journal().as_str()), (0, ""));
    };
    let key = |region: &str, id: &str| Some(format!("arn:aws:kms:{region}:{ACCOUNT}:key/{id}"));
    let disabled = key("us-east-1", KMS_KEY_DISABLED);
    let lost = key("us-east-1", "11111111-0000-4000-8000-00000000000f");
    let pair = key("us-east-1", KMS_KEY_ASYMMETRIC);
    for (key, words) in [
        (disabled, ["KMS key", "expected Enabled", "Disabled"]),
        (lost, ["KMS key", "a key of this region", "no such key"]),
        (pair, ["KMS key", "symmetric", "RSA_2048"]),
    ] {
        let encrypted = |a: &mut Application| {
            a.kms_key = key.clone();
            a.index.as_mut().unwrap().kind = IndexKind::Enterprise;
        };
        check(&encrypted, &words).await;
    }
    let elsewhere = |a: &mut Application| {
        a.index = None;
        a.kendra_index = Some(KENDRA_INDEX_WEST.into());
    };
    check(
        &elsewhere,
        &["Amazon Kendra index", KENDRA_INDEX_WEST, "nothing was created"],
    )
    .await;
}
