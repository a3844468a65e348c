//! The live half of a diagnosis: read by the wire, of every provider, whole or with calls denied.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::diagnose::{Case, LiveRole, diagnose, is_blocked};
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_core::resource::{Address, Output};
use claimbridge_core::setup::World as Where;
use claimbridge_core::time::Instant;
use claimbridge_core::value::Region;
use claimbridge_runtime::demo::{Demo, run_in};
use claimbridge_runtime::diagnose::signature::Keys;
use claimbridge_runtime::diagnose::{AtHand, Gathered, applications, gather};
use claimbridge_runtime::oidc::discover;
use claimbridge_runtime::practice::config::{CallFault, Config, Switches};
use claimbridge_runtime::practice::{Running, World};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{Connection, Http, Problem};
use std::collections::BTreeSet;

/// A world in which a set-up was made and two people signed in.
struct Built {
    world: Running,
    application: String,
    connection: Connection,
    _out: tempfile::TempDir,
}

async fn built(idp: IdentityProvider, config: Config) -> Built {
    let world = World::new(config).serve(0).await.unwrap();
    let out = tempfile::tempdir().unwrap();
    let outcome = run_in(&world, Demo::new(idp), out.path(), &mut |_| {})
        .await
        .unwrap();
    assert!(outcome.is_fine(), "{idp:?}: {outcome:?}");
    let bindings = SetupFiles::at(out.path().join("setup.json")).bindings().unwrap();
    let application = bindings.outputs()[&(Address::Application, Output::Id)].clone();
    let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
        .await
        .unwrap();
    Built {
        world,
        application,
        connection,
        _out: out,
    }
}

impl Built {
    async fn gather(&self) -> Gathered {
        gather(&self.connection, &self.application, None).await.unwrap()
    }
}

fn now() -> Instant {
    Instant::now_utc()
}

#[tokio::test]
async fn everything_is_read_of_every_provider_and_a_good_one_is_blocked_by_nothing() {
    for idp in IdentityProvider::ALL {
        let built = built(*idp, Config::default()).await;
        let before = built.world.world().census();
        let all = applications(&built.connection).await.unwrap();
        assert!(all.iter().any(|a| a.id == built.application), "{idp:?}: {all:?}");
        let gathered = built.gather().await;
        assert_eq!(built.world.world().census(), before, "{idp:?}");
        assert_eq!(gathered.unread, [], "{idp:?}");
        assert_eq!(gathered.protocol(), idp.protocol(), "{idp:?}");
        assert_eq!(gathered.provider_exists, Some(true), "{idp:?}");
        assert!(matches!(gathered.role, Some(LiveRole::There(_))), "{idp:?}");
        let live = &gathered.live;
        assert_eq!(live.max_session, Some(3600), "{idp:?}");
        assert_eq!(live.providers_in_use.as_ref().map(Vec::len), Some(1), "{idp:?}");
        assert_eq!(live.subscriptions.as_ref().map(Vec::len), Some(2), "{idp:?}");
        assert_eq!(live.groups.as_deref(), Some([].as_slice()), "{idp:?}");
        assert!(live.permissions.as_ref().is_some_and(|p| p.len() == 1), "{idp:?}");
        let oidc = idp.protocol() == Protocol::Oidc;
        assert_eq!(gathered.metadata.is_none(), oidc, "{idp:?}");
        assert_eq!(live.saml_provider.is_none(), oidc, "{idp:?}");
        assert_eq!(live.thumbprints.is_some(), oidc, "{idp:?}");
        if oidc {
            let secret = live.secret.as_ref().unwrap();
            assert!(
                secret.exists && secret.arn.as_deref() == Some(&secret.named),
                "{idp:?}"
            );
            assert_eq!(
                (secret.role_admits_service, secret.role_may_read),
                (Some(true), Some(true)),
                "{idp:?}"
            );
            assert!(
                gathered.issuer.is_some() && gathered.client_id.is_some(),
                "{idp:?}"
            );
        } else {
            assert!(gathered.expected.recipient.is_some(), "{idp:?}");
        }
        let trail = gathered.sign_ins(&built.connection, now()).await.unwrap();
        assert!(
            trail.len() >= 2 && trail.iter().all(|e| e.error_code.is_none()),
            "{idp:?}: {trail:?}"
        );
        assert!(trail.iter().all(|e| e.tags == ["Email"]), "{idp:?}: {trail:?}");
        let mut evidence = gathered.into_evidence(now());
        evidence.trail = trail;
        let findings = diagnose(&evidence);
        assert!(!is_blocked(&findings), "{idp:?}: {findings:?}");
    }
}

/// What is denied is said and stays unknown; everything else is there.
#[tokio::test]
async fn a_denied_call_stops_no_other() {
    type Seen = fn(&Gathered) -> bool;
    let cases: [(&str, IdentityProvider, &[&str], Seen); 10] = [
        (
            "GetSAMLProvider",
            IdentityProvider::EntraGallery,
            &["IAM provider"],
            |g| g.metadata.is_none() && g.provider_exists.is_none(),
        ),
        (
            "GetRole",
            IdentityProvider::EntraGallery,
            &["Role of signed-in people"],
            |g| g.role.is_none() && g.live.max_session.is_none() && g.live.permissions.is_some(),
        ),
        (
            "ListRolePolicies",
            IdentityProvider::EntraGallery,
            &["Policies of the role"],
            |g| g.live.permissions.is_none() && g.role.is_some(),
        ),
        (
            "GetApplication",
            IdentityProvider::EntraGallery,
            &["Application", "IAM providers of other applications"],
            |g| g.live.application.is_none() && g.live.web_experience.is_some() && g.role.is_some(),
        ),
        (
            "ListApplications",
            IdentityProvider::EntraGallery,
            &["IAM providers of other applications"],
            |g| g.live.providers_in_use.is_none(),
        ),
        (
            "GetWebExperience",
            IdentityProvider::EntraGallery,
            &["Web experience"],
            |g| g.live.web_experience.is_none() && g.web_experience.is_some() && g.metadata.is_some(),
        ),
        (
            "ListWebExperiences",
            IdentityProvider::EntraGallery,
            &["Web experiences"],
            |g| g.web_experience.is_none() && g.metadata.is_some(),
        ),
        (
            "ListGroups",
            IdentityProvider::EntraGallery,
            &["Groups of the index"],
            |g| g.live.groups.is_none(),
        ),
        (
            "ListSubscriptions",
            IdentityProvider::EntraGallery,
            &["Subscriptions"],
            |g| g.live.subscriptions.is_none(),
        ),
        (
            "DescribeSecret",
            IdentityProvider::OktaOidc,
            &["Client secret"],
            |g| g.live.secret.is_none(),
        ),
    ];
    let (saml, oidc) = (
        built(IdentityProvider::EntraGallery, Config::default()).await,
        built(IdentityProvider::OktaOidc, Config::default()).await,
    );
    for (operation, idp, unread, seen) in cases {
        let built = if idp == IdentityProvider::OktaOidc {
            &oidc
        } else {
            &saml
        };
        let fault = CallFault::parse(&format!("{operation}:denied*9")).unwrap();
        built.world.world().set_faults(vec![fault]);
        let gathered = built.gather().await;
        let said: BTreeSet<&str> = gathered.unread.iter().map(|u| u.what).collect();
        assert_eq!(said, unread.iter().copied().collect(), "{operation}");
        assert!(
            gathered.unread.iter().all(|u| u.why.contains(operation)),
            "{operation}: {:?}",
            gathered.unread
        );
        assert!(seen(&gathered), "{operation}: {gathered:?}");
    }
}

/// Nobody's secret is asked for, and nothing is written.
#[tokio::test]
async fn nothing_but_reading() {
    let built = built(IdentityProvider::OktaOidc, Config::default()).await;
    built.world.world().forget_calls();
    built.gather().await;
    let asked = built.world.world().calls();
    assert!(!asked.is_empty());
    for call in &asked {
        assert!(
            ["Get", "List", "Describe", "Lookup"]
                .iter()
                .any(|verb| call.starts_with(verb)),
            "{call}"
        );
        assert_ne!(call, "GetSecretValue");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let built = built(IdentityProvider::EntraGallery, Config::default()).await;
    let problem = async |application: &str, web: Option<&str>| match gather(
        &built.connection,
        application,
        web,
    )
    .await
    {
        Err(Problem::NotExamined(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert!(problem("q-demo", None).await.contains("q-demo"));
    assert!(problem(unknown, None).await.contains(&built.application));
    assert!(problem(&built.application, Some(unknown)).await.contains(unknown));
}

/// A token is judged by the documents of the provider in IAM, where no set-up says otherwise.
#[tokio::test]
async fn the_issuer_of_the_provider_in_iam_is_asked_for_its_documents() {
    let built = built(IdentityProvider::OktaOidc, Config::default()).await;
    let gathered = built.gather().await;
    let mut case = Case::default();
    case.pieces.extend(gathered.pieces(now()));
    let at_hand = AtHand {
        case: &case,
        of: None,
        looked: Some(&gathered),
        published: None,
        captured: None,
        idp: None,
    };
    assert_eq!(at_hand.weigh(now()).keys_of, None);
    let issuer = at_hand.issuer().unwrap();
    assert_eq!(Some(issuer), gathered.issuer.as_ref());
    let published = discover(issuer, &Http::new(Where::Practice).unwrap()).await;
    let weighed = AtHand {
        published: Some(&published),
        ..at_hand
    }
    .weigh(now());
    assert_eq!(weighed.keys_of, Some(Keys::Issuer));
    assert!(matches!(weighed.evidence.token.unwrap().discovery, Some(Ok(_))));
}

/// CloudTrail is behind: what STS answered a moment ago is not in its history yet.
#[tokio::test]
async fn a_late_trail_comes_later() {
    let mut switches = Switches::default();
    switches.set("trail=late").unwrap();
    let config = Config {
        switches,
        ..Config::default()
    };
    let built = built(IdentityProvider::GenericSaml, config).await;
    let gathered = built.gather().await;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while gathered
        .sign_ins(&built.connection, now())
        .await
        .unwrap()
        .is_empty()
    {
        assert!(std::time::Instant::now() < until, "it never came");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
