//! What people read, kept as it is: plans, policies, findings, reports.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use claimbridge_core::diagnose::{RuleId, words};
use claimbridge_core::idp::Protocol;
use claimbridge_core::journal::Bindings;
use claimbridge_core::plan::plan;
use claimbridge_core::policy::{PermissionPolicy, TrustPolicy};
use claimbridge_core::report::{Report, TrustMap};
use claimbridge_core::resource::Permissions;
use claimbridge_core::time::parse_instant;
use claimbridge_core::value::{AccountId, Region};
use common::{METADATA, MemoryCloud, roads, setup};
use futures::executor::block_on;

#[test]
fn plans() {
    for (name, setup) in roads() {
        let plan = block_on(plan(&setup, &Bindings::default(), &MemoryCloud::default())).unwrap();
        let text = serde_json::to_string_pretty(&plan).unwrap();
        let escaped = serde_json::to_string(METADATA).unwrap();
        insta::assert_snapshot!(name, text.replace(&escaped, "\"(metadata)\""));
    }
}

#[test]
fn policies() {
    let trust = TrustPolicy::saml(
        "arn:aws:iam::123456789012:saml-provider/q-acme-idp",
        &["https://abcd.chat.qbusiness.us-east-1.on.aws/saml".into()],
    );
    insta::assert_snapshot!("trust", serde_json::to_string_pretty(&trust.to_json()).unwrap());
    for (name, q_apps, kms) in [
        ("permissions-least", false, false),
        ("permissions-all", true, true),
    ] {
        let permissions = PermissionPolicy::of(&Permissions::WebExperience {
            document_content: false,
            region: Region::UsEast1,
            account: AccountId::parse("123456789012").unwrap(),
            application: "a0000000-0000-4000-8000-000000000000".into(),
            q_apps,
            kms_key: kms.then(|| "arn:aws:kms:us-east-1:123456789012:key/1".to_owned()),
        });
        let text = serde_json::to_string_pretty(&permissions.to_json()).unwrap();
        assert!(!text.contains("sts:*") && !text.contains("AdministratorAccess"));
        assert!(claimbridge_core::policy::unsafe_grants(&permissions.0).is_empty());
        insta::assert_snapshot!(name, text);
    }
}

#[test]
fn findings() {
    let mut text = String::new();
    for id in RuleId::ALL {
        let w = words(*id);
        text.push_str(&format!(
            "## {id} ({:?}, {:?})\n{}\n- do: {}\n- why: {}\n",
            w.severity, w.owner, w.title, w.remedy, w.because
        ));
        if let Some(alone) = &w.alone {
            text.push_str(&format!("- by a text alone: {} {}\n", alone.title, alone.remedy));
        }
        if !w.explains.is_empty() {
            text.push_str(&format!(
                "- explains: {}\n",
                w.explains
                    .iter()
                    .map(|i| i.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

#[test]
fn reports_of_the_same_input_are_the_same_bytes() {
    let make = || {
        let at = parse_instant("2026-11-22T16:00:00Z").unwrap();
        Report::new(&setup(), &Bindings::default(), None, at)
    };
    let (a, b) = (make(), make());
    assert_eq!(a.html().unwrap(), b.html().unwrap());
    assert_eq!(a.json(), b.json());
    insta::assert_snapshot!("report-md", a.markdown().unwrap());
    insta::assert_snapshot!("report-html", a.html().unwrap());
}

/// The map speaks of responses where there are responses, and of tokens where there are tokens.
#[test]
fn trust_maps() {
    for (name, setup) in roads() {
        let map = TrustMap::of(&setup, &Bindings::default(), None);
        let said = (map.parties[0].1.as_str(), map.edges[1].label);
        let expected = match setup.protocol() {
            Protocol::Oidc => ("signs tokens", "client"),
            Protocol::Saml => ("signs responses", "Recipient"),
        };
        assert_eq!(said, expected, "{name}");
        // What stands there is what IAM calls it.
        let arn = setup.provider_arn().unwrap();
        assert!(arn.ends_with(&map.parties[1].1), "{name}: {arn}");
        assert_eq!(
            map.parties[1].1.contains("-idp"),
            setup.protocol() == Protocol::Saml,
            "{name}"
        );
    }
}
