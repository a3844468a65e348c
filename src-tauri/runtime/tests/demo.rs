//! The main job through the wire: every rule on its mistake, every switch both ways, nothing secret
//! left on the disk, and a removal that leaves nothing in AWS.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::diagnose::{RuleId, Severity, words};
use claimbridge_core::engine::Stop;
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::setup::Order;
use claimbridge_core::value::Region;
use claimbridge_runtime::demo::{Demo, DemoOutcome, run};
use claimbridge_runtime::practice::config::{Config, SWITCHES, Switches};
use claimbridge_runtime::practice::{Mistake, World};
use claimbridge_runtime::store::SetupFiles;
use claimbridge_runtime::{Approval, Connection, apply, plan_setup, remove};
use std::path::Path;

async fn demo(idp: IdentityProvider, config: Config, fault: Option<RuleId>, out: &Path) -> DemoOutcome {
    run(Demo { idp, config, fault }, out, &mut |_| {}).await.unwrap()
}

#[tokio::test]
async fn a_good_sign_in_fires_nothing_that_blocks() {
    for idp in IdentityProvider::ALL.iter().copied() {
        let out = tempfile::tempdir().unwrap();
        let outcome = demo(idp, Config::default(), None, out.path()).await;
        assert!(
            outcome.is_fine() && outcome.clean,
            "{idp:?}: {:?}",
            outcome.findings
        );
        assert!(outcome.judgement.unwrap().passed);
        assert_eq!(outcome.let_in, Some(true));
        for file in [
            "report.html",
            "report.md",
            "report.json",
            "setup.json",
            "journal.jsonl",
        ] {
            assert!(out.path().join(file).exists(), "{file}");
        }
        // Invariant 6: the person and the signed response are in no file.
        for entry in std::fs::read_dir(out.path()).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for secret in [
                "alice@contoso",
                "SignatureValue",
                "U2lnbmF0dXJlVmFsdW",
                "<Assertion",
                "practice-token",
                "SecretAccessKey",
            ] {
                assert!(!text.contains(secret), "{} contains {secret}", path.display());
            }
        }
    }
}

/// Rules that no practised mistake fires, and where each is tested instead.
const NOT_PRACTISED: &[(RuleId, &str)] = &[
    (
        RuleId::Sha1,
        "the crypto library no longer signs with it: core/tests/input.rs",
    ),
    (RuleId::TokenIssuer, TOKENS),
    (RuleId::TokenAudience, TOKENS),
    (RuleId::KeysUnavailable, TOKENS),
    (RuleId::DiscoveryUnusable, TOKENS),
    (RuleId::TokenTrust, TOKENS),
    (RuleId::TokenTagSession, TOKENS),
    (RuleId::TokenEmailMissing, TOKENS),
    (RuleId::TokenExpired, TOKENS),
    (RuleId::ProviderUnreachable, TOKENS),
    (RuleId::TokenTooLong, TOKENS),
    (
        RuleId::ClientSecret,
        "no token shows it: its words are for the web experience's own failure",
    ),
    (RuleId::RegionDisabled, TOKENS),
    (RuleId::IssuerUnsupported, TOKENS),
    (RuleId::TokenSignature, TOKENS),
    (RuleId::TokenKeyUnknown, TOKENS),
    (RuleId::TokenAlgorithm, TOKENS),
    (RuleId::TokenNonce, TOKENS),
    (RuleId::TokenSubject, TOKENS),
    (RuleId::TokenEarly, TOKENS),
];
const TOKENS: &str = "tokens have fixtures: core/tests/oidc/rules.rs";

#[tokio::test]
async fn every_rule_is_fired_first_by_its_mistake() {
    for rule in RuleId::ALL {
        let reason = NOT_PRACTISED.iter().find(|(id, _)| id == rule);
        assert_eq!(
            Mistake::for_rule(*rule).is_none(),
            reason.is_some(),
            "{rule}: {reason:?}"
        );
        if reason.is_some() {
            continue;
        }
        let out = tempfile::tempdir().unwrap();
        let outcome = demo(
            IdentityProvider::EntraGallery,
            Config::default(),
            Some(*rule),
            out.path(),
        )
        .await;
        let found: Vec<(RuleId, Severity)> = outcome.findings.iter().map(|f| (f.id, f.severity)).collect();
        if words(*rule).severity == Severity::Blocking {
            assert_eq!(
                found.first(),
                Some(&(*rule, Severity::Blocking)),
                "{rule}: {found:?}"
            );
        } else {
            assert!(outcome.is_fine(), "{rule}: {found:?}");
            assert!(found.iter().any(|(id, _)| id == rule), "{rule}: {found:?}");
        }
    }
}

#[tokio::test]
async fn the_job_passes_with_every_switch() {
    for (name, values) in SWITCHES {
        for value in values {
            let mut switches = Switches::default();
            switches.set(&format!("{name}={value}")).unwrap();
            let out = tempfile::tempdir().unwrap();
            let config = Config {
                switches,
                ..Config::default()
            };
            let outcome = demo(IdentityProvider::EntraGallery, config, None, out.path()).await;
            assert!(
                outcome.is_fine() && outcome.clean,
                "{name}={value}: {:?}",
                outcome.findings
            );
            assert_eq!(outcome.let_in, Some(true), "{name}={value}");
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
            assert_eq!(outcome.order, expected, "{name}={value}");
        }
    }
}

#[tokio::test]
async fn a_removal_leaves_nothing() {
    let out = tempfile::tempdir().unwrap();
    demo(
        IdentityProvider::EntraGallery,
        Config::default(),
        None,
        out.path(),
    )
    .await;
    let files = SetupFiles::at(out.path().join("setup.json"));
    std::fs::remove_file(out.path().join("journal.jsonl")).unwrap();
    let world = World::new(Config::default()).serve(0).await.unwrap();
    let connection = Connection::practice(&world.origin(), Region::UsEast1, 0.0)
        .await
        .unwrap();
    let plan = plan_setup(&files, &connection).await.unwrap();
    let digest = plan.digest();
    let outcome = apply(
        &files,
        &connection,
        plan,
        Approval {
            digest: &digest,
            secret: None,
            stop: &Stop::default(),
        },
        &mut |_| {},
    )
    .await
    .unwrap();
    assert!(outcome.finished, "{outcome:?}");
    let made: Vec<_> = world
        .world()
        .census()
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .collect();
    assert!(made.len() == 6 && made.iter().all(|(_, n)| *n == 1), "{made:?}");
    let outcome = remove(&files, &connection, &Stop::default(), &mut |_| {})
        .await
        .unwrap();
    assert!(outcome.finished, "{outcome:?}");
    assert!(
        world.world().census().iter().all(|(_, n)| *n == 0),
        "{:?}",
        world.world().census()
    );
    assert!(files.bindings().unwrap().is_empty());
}
