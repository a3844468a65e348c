//! Groups in the practice world, as the window calls them: only what was seen is done, and only where
//! it was seen.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::engine::Stop;
use claimbridge_core::groups::{Action, Outcome, Progress, Rules};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::value::Region;
use claimbridge_runtime::demo::{Demo, run};
use claimbridge_runtime::groups::{Compared, Difference, GroupsProblem, apply, compare};
use claimbridge_runtime::practice::config::Config;
use claimbridge_runtime::practice::{Running, World};
use claimbridge_runtime::store::{SetupFiles, StoreError};
use claimbridge_runtime::{Approval, Connection, Problem, plan_setup, remove};
use tempfile::TempDir;

const TWO: &[u8] = b"group,member\nSales,alice@x.example\nStaff,alice@x.example\nStaff,bob@x.example\n";

/// A set-up whose resources are in a world.
struct Applied {
    _folder: TempDir,
    files: SetupFiles,
    _world: Running,
    connection: Connection,
}

async fn apply_set_up(files: &SetupFiles, connection: &Connection) {
    let plan = plan_setup(files, connection).await.unwrap();
    let approval = Approval {
        digest: &plan.digest(),
        secret: None,
        stop: &Stop::default(),
    };
    let outcome = claimbridge_runtime::apply(files, connection, plan, approval, &mut |_| {}).await;
    assert!(outcome.unwrap().finished);
}

impl Applied {
    async fn new() -> Applied {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::new(IdentityProvider::EntraGallery);
        run(demo, folder.path(), &mut |_| {}).await.unwrap();
        std::fs::remove_file(folder.path().join("journal.jsonl")).unwrap();
        let world = World::new(Config::default()).serve(0).await.unwrap();
        let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
            .await
            .unwrap();
        let files = SetupFiles::at(folder.path().join("setup.json"));
        apply_set_up(&files, &connection).await;
        Applied {
            _folder: folder,
            files,
            _world: world,
            connection,
        }
    }

    async fn look(&self, file: &[u8]) -> Result<Compared, GroupsProblem> {
        let rules = Rules::default();
        compare(&self.files, &self.connection, file, &rules, false, &mut |_| {}).await
    }

    async fn compare(&self, file: &[u8]) -> Difference {
        self.look(file).await.unwrap().difference.unwrap()
    }

    async fn actions(&self, file: &[u8]) -> Vec<Action> {
        let rows = self.compare(file).await.plan.rows;
        rows.into_iter().map(|r| r.action).collect()
    }

    async fn approve(&self, difference: Difference, seen: &str) -> Result<Outcome, GroupsProblem> {
        let stop = Stop::default();
        apply(
            &self.files,
            &self.connection,
            difference,
            seen,
            &stop,
            &mut |_| {},
        )
        .await
    }

    async fn apply(&self, difference: Difference) -> Result<Outcome, GroupsProblem> {
        let digest = difference.plan.digest();
        self.approve(difference, &digest).await
    }
}

#[tokio::test]
async fn a_run_outlives_its_caller_and_tells_how_far_it_is() {
    let applied = Applied::new().await;
    let difference = applied.compare(TWO).await;
    let digest = difference.plan.digest();
    let (files, connection) = (applied.files.clone(), applied.connection.clone());
    // As the window does it: on a task of its own.
    let task = tokio::spawn(async move {
        let mut told = Vec::new();
        let stop = Stop::default();
        let ended = apply(&files, &connection, difference, &digest, &stop, &mut |p| {
            told.push(p)
        })
        .await;
        (ended.unwrap(), told)
    });
    let (outcome, told) = task.await.unwrap();
    assert_eq!((outcome.finished, outcome.put), (true, 2));
    assert!(
        matches!(told.last(), Some(Progress::Moved { done: 2, of: 2, .. })),
        "{told:?}"
    );
    assert_eq!(applied.actions(TWO).await, [Action::Keep, Action::Keep]);
}

#[tokio::test]
async fn only_what_was_seen_is_done() {
    let applied = Applied::new().await;
    let seen = applied.compare(TWO).await;
    let other = applied.approve(seen.clone(), "0").await;
    assert!(matches!(other, Err(GroupsProblem::NotApproved(_))), "{other:?}");
    assert!(applied.apply(seen.clone()).await.unwrap().finished);
    // It was made before those groups were there.
    let stale = applied.apply(seen).await;
    assert!(
        matches!(stale, Err(GroupsProblem::Other(Problem::StalePlan))),
        "{stale:?}"
    );
    let held = applied.files.journal().unwrap();
    let locked = applied.apply(applied.compare(TWO).await).await;
    assert!(
        matches!(
            locked,
            Err(GroupsProblem::Other(Problem::Store(StoreError::Locked(_))))
        ),
        "{locked:?}"
    );
    drop(held);
}

#[tokio::test]
async fn a_new_index_has_none_of_the_groups_of_the_old_one() {
    let applied = Applied::new().await;
    let before = applied.compare(TWO).await;
    assert!(applied.apply(before.clone()).await.unwrap().finished);
    let stop = Stop::default();
    let removed = remove(&applied.files, &applied.connection, &stop, &mut |_| {}).await;
    assert!(removed.unwrap().finished);
    let none = applied.look(TWO).await;
    assert!(
        matches!(none, Err(GroupsProblem::NoIndex { wanted: true })),
        "{none:?}"
    );
    apply_set_up(&applied.files, &applied.connection).await;
    assert!(matches!(
        applied.apply(before).await,
        Err(GroupsProblem::Other(Problem::StalePlan))
    ));
    assert_eq!(applied.actions(TWO).await, [Action::Put, Action::Put]);
    assert!(applied.apply(applied.compare(TWO).await).await.unwrap().finished);
    assert_eq!(applied.actions(TWO).await, [Action::Keep, Action::Keep]);
}
