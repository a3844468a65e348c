//! The main job through the wire: every road, every rule on its mistake, every switch both ways, nothing
//! secret left on the disk, and a removal that leaves nothing in AWS.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod at_once;

use at_once::at_once;
use claimbridge_core::diagnose::{RuleId, Severity, words};
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_core::setup::Order;
use claimbridge_runtime::demo::{Demo, DemoOutcome, run, run_in};
use claimbridge_runtime::practice::config::{Config, Latency, SWITCHES, Switches};
use claimbridge_runtime::practice::{Mistake, World};
use std::path::Path;

/// Every road: provider, and whether AWS is set up first.
fn roads() -> Vec<(IdentityProvider, bool)> {
    let all = IdentityProvider::ALL.iter().copied();
    let first = all.clone().filter(|idp| idp.protocol() == Protocol::Saml);
    all.map(|idp| (idp, false))
        .chain(first.map(|idp| (idp, true)))
        .collect()
}

async fn practised(demo: Demo) -> DemoOutcome {
    let out = tempfile::tempdir().unwrap();
    run(demo, out.path(), &mut |_| {}).await.unwrap()
}

/// Invariant 6: no person, no secret, no response and no token is in any file.
fn check_files(out: &Path, secrets: &[String]) {
    let known = [
        "alice@contoso",
        "dora@contoso",
        "SignatureValue",
        "U2lnbmF0dXJlVmFsdW",
        "<Assertion",
        "practice-token",
        "SecretAccessKey",
        "ASIAPRACTICE",
        "eyJ",
        "code=",
    ];
    for entry in std::fs::read_dir(out).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for secret in known.into_iter().chain(secrets.iter().map(String::as_str)) {
            assert!(!text.contains(secret), "{} contains {secret}", path.display());
        }
    }
}

#[tokio::test]
async fn every_road_passes_and_leaves_nothing() {
    for (idp, aws_first) in roads() {
        let road = format!("{idp:?}, AWS first: {aws_first}");
        let out = tempfile::tempdir().unwrap();
        let world = World::new(Config::default()).serve(0).await.unwrap();
        let demo = Demo {
            aws_first,
            destroy: true,
            ..Demo::new(idp)
        };
        let outcome = run_in(&world, demo, out.path(), &mut |_| {})
            .await
            .unwrap_or_else(|e| panic!("{road}: {e}"));
        assert!(outcome.is_fine() && outcome.clean, "{road}: {outcome:?}");
        let judgement = outcome.judgement.unwrap();
        assert!(judgement.passed && judgement.signature_valid, "{road}");
        assert_eq!(
            judgement.person.as_deref(),
            Some("alice@contoso.example"),
            "{road}"
        );
        let saml = idp.protocol() == Protocol::Saml;
        assert_eq!(outcome.let_in, saml.then_some(true), "{road}");
        assert_eq!(outcome.checks.len(), 3, "{road}");
        // The same question, another answer: each sees the own document alone.
        let read: Vec<Vec<&str>> = outcome
            .answers
            .iter()
            .map(|a| a.sources.iter().map(|s| s.title.as_str()).collect())
            .collect();
        assert_eq!(
            read,
            [
                ["Claimbridge test document one"],
                ["Claimbridge test document two"]
            ],
            "{road}"
        );
        let identity = judgement.session.unwrap().identity().clone();
        assert_eq!(identity.email.as_deref(), Some("alice@contoso.example"), "{road}");
        assert_eq!(outcome.left, Some(Vec::new()), "{road}");
        for file in [
            "report.html",
            "report.md",
            "report.json",
            "setup.json",
            "journal.jsonl",
        ] {
            assert!(out.path().join(file).exists(), "{road}: {file}");
        }
        let secrets = world.world().client_secrets();
        assert_eq!(secrets.is_empty(), saml, "{road}");
        check_files(out.path(), &secrets);
    }
}

/// Rules that no practised mistake fires: why, and where each is tested instead.
const NOT_PRACTISED: &[(RuleId, &str)] = &[
    (
        RuleId::Sha1,
        "the crypto library no longer signs with it: core/tests/input.rs",
    ),
    (RuleId::TokenSignature, TOKENS),
    (RuleId::TokenAlgorithm, TOKENS),
    (
        RuleId::Consent,
        "Microsoft Graph's own page, and no part of a sign-in to AWS: core/src/diagnose/rules/said.rs",
    ),
    (
        RuleId::AutoSubscribeRequired,
        "CloudFormation's own words, and it is not practised: core/src/diagnose/rules/said.rs",
    ),
];
const TOKENS: &str = "no administrator can do that to a token: core/tests/oidc/rules.rs";

/// The rule stands first where it blocks, and stops nobody where it does not.
async fn mistake_fires(rule: RuleId, mistake: Mistake, idp: IdentityProvider) -> Result<(), String> {
    let out = tempfile::tempdir().unwrap();
    let demo = Demo {
        fault: Some(mistake),
        ..Demo::new(idp)
    };
    let outcome = run(demo, out.path(), &mut |_| {})
        .await
        .map_err(|e| format!("{rule} at {idp:?}: {e}"))?;
    let found: Vec<(RuleId, Severity)> = outcome.findings.iter().map(|f| (f.id, f.severity)).collect();
    let case = format!(
        "{rule} by {mistake:?} at {idp:?}: {found:?} {:?} {:?}",
        outcome.refused, outcome.messages
    );
    let right = if words(rule).severity == Severity::Blocking {
        found.first() == Some(&(rule, Severity::Blocking))
    } else {
        outcome.is_fine() && found.iter().any(|(id, _)| *id == rule)
    };
    if right { Ok(()) } else { Err(case) }
}

#[test]
fn every_rule_is_fired_first_by_its_mistake() {
    let mut all = Vec::new();
    for rule in RuleId::ALL {
        let reason = NOT_PRACTISED.iter().find(|(id, _)| id == rule);
        assert_eq!(
            Mistake::for_rule(*rule).is_none(),
            reason.is_some(),
            "{rule}: {reason:?}"
        );
        for mistake in Mistake::ways(*rule) {
            all.push((*rule, mistake, mistake.idp()));
        }
    }
    let failed = failed(&all);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Makes each mistake; what went wrong.
fn failed(all: &[(RuleId, Mistake, IdentityProvider)]) -> Vec<String> {
    at_once(all, async |(rule, mistake, idp)| {
        mistake_fires(*rule, *mistake, *idp).await
    })
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

/// What can be typed wrong elsewhere as well.
#[test]
fn mistakes_at_other_portals() {
    let mut all = Vec::new();
    for (rule, idp) in [
        (RuleId::RecipientIsAcs, IdentityProvider::OktaSaml),
        (RuleId::SignInRegion, IdentityProvider::OktaSaml),
        (RuleId::PairSwapped, IdentityProvider::OktaSaml),
        (RuleId::ClaimMisnamed, IdentityProvider::OktaSaml),
        (RuleId::EmailMissing, IdentityProvider::OktaSaml),
        (RuleId::EmailMissing, IdentityProvider::PingOne),
        (RuleId::ClaimMisnamed, IdentityProvider::PingOne),
        (RuleId::EmailMissing, IdentityProvider::GenericSaml),
        (RuleId::TokenEmailMissing, IdentityProvider::GenericOidc),
        (RuleId::TokenTagSession, IdentityProvider::GenericOidc),
        (RuleId::TrustProvider, IdentityProvider::OktaOidc),
    ] {
        for mistake in Mistake::ways(rule) {
            all.push((rule, mistake, idp));
        }
    }
    let failed = failed(&all);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test]
async fn an_identity_provider_refuses_in_its_own_words() {
    for (refusal, idp, expected) in [
        (
            RuleId::ClientNotAssigned,
            IdentityProvider::OktaOidc,
            "access_denied: User is not assigned to the client application.",
        ),
        (
            RuleId::NoAccessPolicy,
            IdentityProvider::OktaOidc,
            "access_denied: Policy evaluation failed for this request, please check the policy configuration.",
        ),
        (
            RuleId::RedirectUri,
            IdentityProvider::OktaOidc,
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
        ),
        (
            RuleId::RedirectUri,
            IdentityProvider::GenericOidc,
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
        ),
    ] {
        let outcome = practised(Demo {
            fault: Mistake::for_rule(refusal),
            ..Demo::new(idp)
        })
        .await;
        assert_eq!(outcome.refused.as_deref(), Some(expected), "{idp:?}");
        assert!(!outcome.is_fine() && outcome.judgement.is_none(), "{idp:?}");
    }
}

/// The roads that a switch is tried on.
fn roads_of(switch: &str) -> Vec<(IdentityProvider, bool)> {
    let entra = (IdentityProvider::EntraGallery, false);
    match switch {
        "provider-issuer" => vec![
            entra,
            (IdentityProvider::EntraGallery, true),
            (IdentityProvider::OktaSaml, true),
        ],
        "missing-email" | "put" | "endpoint" | "role-less-web-experience" | "later-role" => {
            vec![entra, (IdentityProvider::OktaOidc, false)]
        }
        "audience" | "redeem" => vec![
            entra,
            (IdentityProvider::OktaSaml, false),
            (IdentityProvider::PingOne, true),
        ],
        _ => vec![entra],
    }
}

#[tokio::test]
async fn the_job_passes_with_every_switch() {
    for (name, values) in SWITCHES {
        for value in values {
            for (idp, aws_first) in roads_of(name) {
                let mut switches = Switches::default();
                switches.set(&format!("{name}={value}")).unwrap();
                let case = format!("{name}={value}, {idp:?}, AWS first: {aws_first}");
                let demo = Demo {
                    aws_first,
                    destroy: true,
                    config: Config {
                        switches,
                        ..Config::default()
                    },
                    ..Demo::new(idp)
                };
                let out = tempfile::tempdir().unwrap();
                let outcome = run(demo, out.path(), &mut |_| {})
                    .await
                    .unwrap_or_else(|e| panic!("{case}: {e}"));
                assert!(outcome.is_fine() && outcome.clean, "{case}: {outcome:?}");
                if idp.protocol() == Protocol::Saml {
                    assert_eq!(outcome.let_in, Some(true), "{case}");
                }
                if idp == IdentityProvider::EntraGallery {
                    let refused = [
                        ("endpoint", "never"),
                        ("role-less-web-experience", "refused"),
                        ("later-role", "refused"),
                    ];
                    let expected = if refused.contains(&(name, value)) {
                        Order::RoleFirst
                    } else {
                        Order::EndpointFirst
                    };
                    assert_eq!(outcome.order, Some(expected), "{case}");
                }
            }
        }
    }
}

/// Subscriptions cannot be cancelled while the application is being changed: a removal waits until it is not.
#[tokio::test]
async fn a_removal_waits_before_it_cancels_subscriptions() {
    let config = Config {
        latency: Latency::parse("real*0.05").unwrap(),
        ..Config::default()
    };
    let mut said = Vec::new();
    let out = tempfile::tempdir().unwrap();
    let demo = Demo {
        config,
        destroy: true,
        ..Demo::new(IdentityProvider::EntraGallery)
    };
    let outcome = run(demo, out.path(), &mut |line| said.push(line)).await.unwrap();
    assert!(outcome.is_fine(), "{outcome:?}");
    assert_eq!(outcome.left, Some(Vec::new()));
    assert!(
        said.iter().any(|line| line.contains("subscriptions: done")),
        "{said:?}"
    );
}

/// Metadata and address come back from the one visit, and an ordinary plan puts them in: provider and web
/// experience change, nothing else does, whether or not IAM takes another issuer into the same provider.
#[tokio::test]
async fn after_one_visit_an_ordinary_plan_changes_two_resources() {
    for value in ["updatable", "refused"] {
        let mut switches = Switches::default();
        switches.set(&format!("provider-issuer={value}")).unwrap();
        let out = tempfile::tempdir().unwrap();
        let mut said = Vec::new();
        let demo = Demo {
            aws_first: true,
            config: Config {
                switches,
                ..Config::default()
            },
            ..Demo::new(IdentityProvider::OktaSaml)
        };
        let outcome = run(demo, out.path(), &mut |line| said.push(line)).await.unwrap();
        assert!(outcome.is_fine() && outcome.clean, "{value}: {outcome:?}");
        let verbs: Vec<&str> = said
            .iter()
            .filter(|line| line.ends_with("steps)"))
            .map(String::as_str)
            .collect();
        assert!(
            matches!(verbs.as_slice(), [first, second]
                if first.starts_with("Create ") && second.starts_with("Change 2 resources")),
            "{value}: {verbs:?}"
        );
    }
}
