//! Words of the rules over typed evidence: whole, and with what the rule stands on.

use claimbridge_core::diagnose::{RuleId, Severity, words};
use claimbridge_core::idp::{IdentityProvider, guide};
use std::collections::BTreeMap;

const FILES: [&str; 7] = [
    include_str!("../../content/findings/claims.toml"),
    include_str!("../../content/findings/trust.toml"),
    include_str!("../../content/findings/response.toml"),
    include_str!("../../content/findings/metadata.toml"),
    include_str!("../../content/findings/token.toml"),
    include_str!("../../content/findings/live.toml"),
    include_str!("../../content/findings/chat.toml"),
];

/// The rules whose words stand in the files of claims, trust, response, metadata, token, live and chat.
pub fn of_typed_evidence() -> Vec<RuleId> {
    FILES
        .iter()
        .flat_map(|file| {
            toml::from_str::<BTreeMap<RuleId, toml::Value>>(file)
                .unwrap()
                .into_keys()
        })
        .collect()
}

#[test]
fn nothing_is_left_to_be_said() {
    for id in RuleId::ALL.iter().copied() {
        let w = words(id);
        let texts = [&w.title, &w.remedy, &w.because];
        for text in texts.into_iter().chain(w.remedy_at.values()).chain(w.ask.iter()) {
            assert!(text.len() > 10 && text.trim() == text, "{id}: “{text}”");
        }
        assert!(
            w.ask.as_ref().is_none_or(|a| a.contains('?')),
            "{id}: {:?}",
            w.ask
        );
        assert!(
            w.says.iter().all(|s| s.len() > 8),
            "{id}: a short text is in too many others"
        );
        for vendor in w.remedy_at.keys() {
            let known = IdentityProvider::ALL.iter().any(|idp| idp.vendor() == vendor);
            assert!(known, "{id}: no provider is called {vendor}");
        }
    }
}

#[test]
fn what_blocks_says_what_it_stands_on() {
    for id in RuleId::ALL.iter().copied() {
        let w = words(id);
        let stands = !(w.needs.is_empty() && w.says.is_empty() && w.ask.is_none());
        assert!(w.severity != Severity::Blocking || stands, "{id}");
    }
}

#[test]
fn steps_are_of_guides() {
    let is_step = |id: &str| {
        IdentityProvider::ALL
            .iter()
            .any(|idp| guide(*idp).step.iter().any(|s| s.id == id))
    };
    for id in RuleId::ALL.iter().copied() {
        for step in &words(id).steps {
            assert!(is_step(step), "{id}: no guide has the step {step}");
        }
        let shows_way = words(id).remedy.contains("{{path}}");
        assert!(
            !shows_way || !words(id).steps.is_empty(),
            "{id}: a way without a step"
        );
    }
}
