//! What a person should know before agreeing to a plan.

use super::{Action, Note, Step};
use crate::journal::Origin;
use crate::resource::{Address, Tier};
use crate::saml::metadata::FederationMetadata;
use crate::setup::{Setup, StandIn};
use serde_json::Value as Json;

pub(super) fn notes(setup: &Setup, steps: &[Step]) -> Vec<Note> {
    let creates = |address| {
        steps
            .iter()
            .any(|s| s.address == address && matches!(s.action, Action::Create | Action::Replace))
    };
    let mut notes = Vec::new();
    let anew: Vec<Address> = steps
        .iter()
        .filter(|s| s.action == Action::Replace)
        .map(|s| s.address)
        .collect();
    if !anew.is_empty() {
        notes.push(Note::MadeAnew { addresses: anew });
    }
    if let (true, Some(index)) = (creates(Address::Index), setup.application.index) {
        notes.push(Note::IndexCost {
            kind: index.kind.as_str().into(),
            units: index.units,
        });
    }
    if creates(Address::AutoSubscription) {
        notes.push(Note::AutoSubscriptionCost {
            tier: setup.application.tier.as_str().into(),
        });
    }
    let decides =
        |s: &Step| matches!(s.address, Address::Application | Address::AutoSubscription) && s.action.writes();
    if setup.application.q_apps && setup.application.tier == Tier::QLite && steps.iter().any(decides) {
        notes.push(Note::QAppsNeedPro);
    }
    if creates(Address::Application) {
        notes.push(Note::Immutable {
            attributes: [
                "identity provider of the application",
                "encryption key",
                "index type",
                "retriever",
            ]
            .map(str::to_owned)
            .to_vec(),
        });
    }
    let circle = steps.iter().any(|s| s.address == Address::WebExperienceRole);
    if creates(Address::WebExperience) && circle {
        notes.push(Note::EndpointFirstInferred);
    }
    if steps
        .iter()
        .any(|s| s.address == Address::Secret && s.action.writes())
    {
        notes.push(Note::SecretIsAsked);
    }
    match setup.authentication_url() {
        Ok((url, StandIn::MetadataSignOn)) => {
            notes.push(Note::StandInAuthenticationUrl { url: url.to_string() })
        }
        Ok((url, StandIn::Temporary)) => notes.push(Note::TemporaryMetadata { url: url.to_string() }),
        Ok((_, StandIn::None)) | Err(_) => {}
    }
    if let Some(provider) = steps
        .iter()
        .find(|s| s.address == Address::SamlProvider && other_issuer(s))
    {
        notes.push(if provider.origin == Some(Origin::Created) {
            Note::IssuerChanges
        } else {
            Note::IssuerOfOthersChanges
        });
    }
    notes
}

/// Whether the metadata of another issuer replaces what IAM holds.
pub(crate) fn other_issuer(step: &Step) -> bool {
    let issuer = |json: &Option<Json>| {
        let text = json.as_ref()?.as_str()?;
        FederationMetadata::parse(text.as_bytes(), None)
            .ok()
            .map(|m| m.entity_id)
    };
    step.action == Action::Update
        && step
            .changes
            .iter()
            .find(|c| c.attribute == "samlMetadataDocument")
            .is_some_and(|c| issuer(&c.from) != issuer(&c.to))
}
