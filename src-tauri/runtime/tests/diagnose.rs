//! The live half of a diagnosis: read by the wire, of every provider, whole or with calls denied.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::diagnose::fix::{applied, smallest};
use claimbridge_core::diagnose::{
    Case, Evidence, Expected, Live, LiveRole, RuleId, Severity, TokenEvidence, diagnose, is_blocked,
    recognise,
};
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{
    Address, HeldApplication, HeldSignIn, HeldWebExperience, Look, Output, Status, Tier,
};
use claimbridge_core::setup::World as Where;
use claimbridge_core::time::{Instant, parse_instant};
use claimbridge_core::value::{ClientId, Region};
use claimbridge_runtime::demo::{Demo, run_in};
use claimbridge_runtime::diagnose::signature::Keys;
use claimbridge_runtime::diagnose::{AtHand, Gathered, applications, gather};
use claimbridge_runtime::oidc::discover;
use claimbridge_runtime::practice::config::{CallFault, Config, Switches};
use claimbridge_runtime::practice::{Running, SigningKey, World, sign};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{Connection, Http, Problem};
use std::collections::{BTreeMap, BTreeSet};

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

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/q-acme-idp";
const ROLE: &str = "arn:aws:iam::123456789012:role/q-acme-web";
const OTHER: &str = "arn:aws:iam::123456789012:role/q-other-web";
const ACS: &str = "https://abcd1234.chat.qbusiness.us-east-1.on.aws/saml";

fn active() -> Status {
    Status {
        word: "ACTIVE".into(),
        why: None,
    }
}

fn application_of(provider: Option<&str>) -> HeldApplication {
    HeldApplication {
        arn: "arn:aws:qbusiness:us-east-1:123456789012:application/a1b2c3d4".into(),
        name: "q-acme".into(),
        status: active(),
        identity_type: None,
        provider: provider.map(str::to_owned),
        client_ids: Vec::new(),
        role: None,
        subscription: Some((true, Some(Tier::QBusiness))),
        q_apps: false,
        kms_key: None,
        tags: BTreeMap::new(),
    }
}

fn nothing_read() -> Gathered {
    Gathered {
        application: "a1b2c3d4".into(),
        web_experience: Some("w".into()),
        live: Live::default(),
        role: None,
        metadata: None,
        provider_exists: None,
        issuer: None,
        client_id: None,
        provider_clients: None,
        expected: Case::default().expected_from(),
        unread: Vec::new(),
    }
}

/// A response that is signed with this key, for the role of [`ROLE`].
fn response(key: &SigningKey) -> String {
    let claims: String = [
        ("Role", format!("{ROLE},{PROVIDER}")),
        ("RoleSessionName", "alice@acme.example".into()),
        ("PrincipalTag:Email", "alice@acme.example".into()),
    ]
    .iter()
    .map(|(name, value)| {
        format!(
            "<saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        )
    })
    .collect();
    let xml = format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\" Destination=\"{ACS}\"><saml:Issuer>{IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status><saml:Assertion ID=\"_a\" Version=\"2.0\" IssueInstant=\"2026-11-22T16:00:00Z\"><saml:Issuer>{IDP}</saml:Issuer><saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">u-1</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"2026-11-22T17:00:00Z\" Recipient=\"{ACS}\"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"2026-11-22T15:59:00Z\" NotOnOrAfter=\"2026-11-22T17:00:00Z\"><saml:AudienceRestriction><saml:Audience>{ACS}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AttributeStatement>{claims}</saml:AttributeStatement></saml:Assertion></samlp:Response>"
    );
    sign(&xml, "_a", key).unwrap()
}

const IDP: &str = "https://idp.example/";

/// The web experience was given another application's role: its own is the one that the verified claim names, and the
/// other's trust policy and permissions stay as they are.
#[test]
fn another_applications_role_goes_back() {
    let key = SigningKey::new("k", 9).unwrap();
    let metadata = format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{IDP}\"><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{IDP}sso\"/></IDPSSODescriptor></EntityDescriptor>{}",
        STANDARD.encode(key.certificate()),
        " ".repeat(1000)
    );
    let looked = Gathered {
        live: Live {
            application: Some(application_of(Some(PROVIDER))),
            web_experience: Some(HeldWebExperience {
                title: "q".into(),
                status: active(),
                endpoint: Some(ACS.replace("/saml", "/")),
                role: Some(OTHER.into()),
                sign_in: HeldSignIn::Saml {
                    authentication_url: format!("{IDP}start"),
                },
                look: Look::default(),
            }),
            permissions: Some(Vec::new()),
            ..Live::default()
        },
        role: Some(LiveRole::There(TrustPolicy::saml(
            "arn:aws:iam::123456789012:saml-provider/q-other-idp",
            &["https://efgh5678.chat.qbusiness.us-east-1.on.aws/saml".to_owned()],
        ))),
        metadata: Some(metadata),
        provider_exists: Some(true),
        expected: Expected {
            recipient: Some(ACS.into()),
            role_arn: Some(OTHER.into()),
            provider_arn: Some(PROVIDER.into()),
            ..Case::default().expected_from()
        },
        ..nothing_read()
    };
    let now = parse_instant("2026-11-22T16:01:00Z").unwrap();
    let mut case = Case {
        pieces: recognise(None, response(&key).as_bytes()).unwrap(),
        ..Case::default()
    };
    case.pieces.extend(looked.pieces(now));
    let at_hand = AtHand {
        case: &case,
        of: None,
        looked: Some(&looked),
        published: None,
        captured: None,
        idp: None,
    };
    let evidence = at_hand.weigh(now).evidence;
    let findings = diagnose(&evidence);
    assert_eq!(findings[0].id, RuleId::OtherRole, "{findings:#?}");
    for other in findings
        .iter()
        .skip(1)
        .filter(|f| f.severity == Severity::Blocking)
    {
        assert_eq!(other.caused_by, Some(RuleId::OtherRole), "{other:#?}");
    }
    let fixes = smallest(&evidence);
    let told: Vec<(&str, &str, &str)> = fixes
        .iter()
        .flat_map(|f| &f.changes)
        .map(|c| (c.place.as_str(), c.from.as_str(), c.to.as_str()))
        .collect();
    assert_eq!(told, [("Web experience role", OTHER, ROLE)]);
    // Nothing is known of the role that comes back, and nothing is made up.
    let after = applied(&evidence, &fixes[0]).unwrap();
    assert!(after.role.is_none() && after.live.permissions.is_none());
}

/// What a role's trust policy compares does not say whom a token is for, where AWS itself says it.
#[test]
fn the_client_is_the_applications_and_not_the_roles() {
    let check = |held: &str, application: &[&str], provider: &[&str], expected: &str| {
        let owned = |all: &[&str]| -> Vec<String> { all.iter().map(|c| (*c).to_owned()).collect() };
        let live = Live {
            application: Some(HeldApplication {
                client_ids: owned(application),
                ..application_of(None)
            }),
            ..Live::default()
        };
        let client = |id: &str| ClientId::parse(id).unwrap();
        let looked = Gathered {
            live,
            client_id: application.first().map(|id| client(id)),
            provider_clients: Some(owned(provider)),
            expected: Expected {
                idp: IdentityProvider::OktaOidc,
                ..Case::default().expected_from()
            },
            ..nothing_read()
        };
        let mut evidence = Evidence::new(now(), looked.expected.clone());
        evidence.token = Some(TokenEvidence {
            client_id: Some(client(held)),
            ..TokenEvidence::default()
        });
        looked.fill(&mut evidence);
        let filled = evidence.token.unwrap().client_id;
        assert_eq!(filled.as_ref().map(ClientId::as_str), Some(expected));
    };
    check("0oaEVIL", &["0oaOURS"], &["0oaOURS"], "0oaOURS");
    check("0oaEVIL", &["0oaOURS"], &["0oaOURS", "0oaEVIL"], "0oaOURS");
    check("0oaTWO", &["0oaOURS", "0oaTWO"], &["0oaOURS", "0oaTWO"], "0oaTWO");
}
