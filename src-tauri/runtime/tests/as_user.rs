//! As the user: what a signed-in person may do, and what is refused before anything is done.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::resource::{Address, CloudErrorKind, PhysicalId};
use claimbridge_core::setup::{Setup, World as WhichWorld};
use claimbridge_core::value::Region;
use claimbridge_runtime::Connection;
use claimbridge_runtime::connection::Problem;
use claimbridge_runtime::demo::{Demo, run_in};
use claimbridge_runtime::practice::config::Config;
use claimbridge_runtime::practice::{Running, Tamper, World};
use claimbridge_runtime::session::{
    QUESTION_LENGTH, Session, SessionProblem, Shell, TEST_QUESTION, ask, checks, data_sources, export_lines,
    may_see, put_test_documents, remove_test_documents,
};
use claimbridge_runtime::store::SetupFiles;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};

const ALICE: &str = "alice@contoso.example";
const DORA: &str = "dora@contoso.example";

/// A set-up that was applied, with a person who signed in.
struct Ready {
    world: Running,
    setup: Setup,
    bindings: Bindings,
    connection: Connection,
    session: Session,
}

impl Ready {
    async fn new(idp: IdentityProvider) -> Ready {
        let out = tempfile::tempdir().unwrap();
        let world = World::new(Config::default()).serve(0).await.unwrap();
        let outcome = run_in(&world, Demo::new(idp), out.path(), &mut |_| {})
            .await
            .unwrap();
        let files = SetupFiles::at(out.path().join("setup.json"));
        Ready {
            connection: Connection::practice(&world.origin(), Region::UsEast1, 0.0)
                .await
                .unwrap(),
            setup: files.load().unwrap(),
            bindings: files.bindings().unwrap(),
            session: outcome.judgement.unwrap().session.unwrap(),
            world,
        }
    }

    fn documents(&self) -> usize {
        let census = self.world.world().census();
        census
            .into_iter()
            .find(|(kind, _)| *kind == "document")
            .unwrap()
            .1
    }

    fn index(&self) -> (String, String) {
        let id = |address| self.bindings.get(address).and_then(|b| b.id.clone()).unwrap();
        let PhysicalId(index) = id(Address::Index);
        let (app, index) = index.split_once('|').unwrap();
        (app.to_owned(), index.to_owned())
    }

    /// A call of an administrator elsewhere.
    async fn post(&self, path: &str, body: &Json) -> Json {
        let scope = "AKIAPRACTICE00000000/20261122/us-east-1/qbusiness/aws4_request";
        let answer = reqwest::Client::new()
            .post(format!("{}{path}", self.world.origin()))
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={}",
                    "0".repeat(64)
                ),
            )
            .header("x-amz-date", "20261122T160000Z")
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[tokio::test]
async fn test_documents_come_and_go() {
    let ready = Ready::new(IdentityProvider::OktaOidc).await;
    let Ready {
        connection,
        setup,
        bindings,
        ..
    } = &ready;
    assert_eq!(ready.documents(), 0, "the rehearsal took its own away");
    // Put again, they are replaced; the readers change places.
    for (readers, first) in [([ALICE, DORA], true), ([DORA, ALICE], false)] {
        put_test_documents(connection, setup, bindings, readers)
            .await
            .unwrap();
        assert_eq!(ready.documents(), 2);
        let seen: Vec<bool> = may_see(connection, setup, bindings, ALICE)
            .await
            .unwrap()
            .into_iter()
            .map(|(_, may)| may)
            .collect();
        assert_eq!(seen, [first, !first]);
        let answer = ask(&ready.session, TEST_QUESTION).await.unwrap();
        let number = if first { "one" } else { "two" };
        let titles: Vec<&str> = answer.sources.iter().map(|s| s.title.as_str()).collect();
        assert_eq!(titles, [format!("Claimbridge test document {number}")]);
    }
    for _ in 0..2 {
        remove_test_documents(connection, setup, bindings).await.unwrap();
        assert_eq!(ready.documents(), 0);
    }
    let refused = may_see(connection, setup, bindings, ALICE).await.unwrap_err();
    assert!(matches!(refused, SessionProblem::Aws(e) if e.kind == CloudErrorKind::Gone));
}

#[tokio::test]
async fn what_cannot_be_done_is_said_before_anything_is_done() {
    let ready = Ready::new(IdentityProvider::GenericSaml).await;
    let Ready {
        connection,
        setup,
        bindings,
        session,
        ..
    } = &ready;
    for readers in [
        [ALICE, ALICE],
        [ALICE, "Alice@Contoso.example"],
        ["", DORA],
        [ALICE, "dora"],
        [" alice@contoso.example", DORA],
    ] {
        let refused = put_test_documents(connection, setup, bindings, readers)
            .await
            .unwrap_err();
        assert!(matches!(refused, SessionProblem::Readers { .. }), "{refused}");
    }
    for question in ["", " \n", &"x".repeat(QUESTION_LENGTH + 1)] {
        let refused = ask(session, question).await.unwrap_err();
        assert!(matches!(refused, SessionProblem::Question { .. }), "{refused}");
    }
    let live = Setup {
        world: WhichWorld::Live,
        ..setup.clone()
    };
    let refused = put_test_documents(connection, &live, bindings, [ALICE, DORA])
        .await
        .unwrap_err();
    assert!(matches!(refused, SessionProblem::Other(Problem::OtherWorld)));
    let nothing = Bindings::default();
    let refused = put_test_documents(connection, setup, &nothing, [ALICE, DORA])
        .await
        .unwrap_err();
    assert!(matches!(refused, SessionProblem::NotThere(Address::Application)));
    assert!(checks(session, setup, &nothing).await.is_empty());
    assert_eq!(ready.documents(), 0);
}

#[tokio::test]
async fn a_role_that_may_nothing_fails_every_check() {
    let ready = Ready::new(IdentityProvider::EntraGallery).await;
    ready
        .world
        .world()
        .tamper(Tamper::DeleteRole, &ready.setup.names.role);
    let looked = checks(&ready.session, &ready.setup, &ready.bindings).await;
    assert_eq!(looked.len(), 3);
    for check in looked {
        assert!(!check.passed(), "{}: {}", check.call, check.said());
        assert!(!check.said().is_empty());
    }
}

#[tokio::test]
async fn credentials_leave_by_the_lines_alone() {
    let ready = Ready::new(IdentityProvider::PingOne).await;
    let lines = export_lines(&ready.session, Shell::Posix);
    let text = lines.expose_secret();
    for name in [
        "AWS_ACCESS_KEY_ID='ASIA",
        "AWS_SECRET_ACCESS_KEY='",
        "AWS_SESSION_TOKEN='",
        "AWS_REGION='us-east-1'",
    ] {
        assert!(text.contains(&format!("export {name}")), "{name}");
    }
    let shown = format!("{:?} {:?} {:?}", ready.session, lines, ready.session.identity());
    for line in text.lines().take(3) {
        let (_, value) = line.split_once('=').unwrap();
        assert!(!shown.contains(value.trim_matches('\'')), "{shown}");
    }
    assert_eq!(ready.session.identity().email.as_deref(), Some(ALICE));
    assert!(ready.session.identity().expires.is_some());
}

#[tokio::test]
async fn data_sources_with_their_newest_synchronisation() {
    let ready = Ready::new(IdentityProvider::EntraOwn).await;
    let list = async || {
        data_sources(&ready.connection, &ready.setup, &ready.bindings)
            .await
            .unwrap()
    };
    assert_eq!(list().await, []);
    let (app, index) = ready.index();
    let path = format!("/applications/{app}/indices/{index}/datasources");
    let made = ready
        .post(
            &path,
            &json!({"displayName": "wiki", "configuration": {"type": "CUSTOM"}}),
        )
        .await;
    let source = made["dataSourceId"].as_str().unwrap();
    let found = list().await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].name.as_str(),
            found[0].kind.as_str(),
            &found[0].last_sync
        ),
        ("wiki", "CUSTOM", &None)
    );
    ready
        .post(&format!("{path}/{source}/startsync"), &json!({}))
        .await;
    let found = list().await;
    let sync = found[0].last_sync.as_ref().unwrap();
    assert_eq!(sync.status, "SUCCEEDED");
    assert!(sync.started.is_some() && sync.error.is_none());
}
