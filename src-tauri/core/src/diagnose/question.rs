//! What the evidence at hand cannot tell, and the next cheapest way to find it out.

use super::{Evidence, RuleId};
use serde::{Deserialize, Serialize};

/// A kind of evidence that rules stand on, the cheapest to get first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The text that was shown.
    Message,
    /// A captured SAML response.
    Response,
    /// A captured ID token.
    Token,
    /// The role's trust policy.
    Trust,
    /// The identity provider's metadata, as AWS holds it.
    Metadata,
    /// The application and its web experience.
    Application,
    /// The role's permissions.
    Permissions,
    /// The IAM provider's own settings.
    Provider,
    /// The client secret's place and who may read it.
    Secret,
    /// Subscriptions of the application.
    Subscriptions,
    /// Groups and access lists of documents.
    Documents,
    /// Discovery document and keys of an OpenID provider.
    Discovery,
    /// STS's own answer, from a test sign-in or CloudTrail.
    Sts,
}

/// Something to find out next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What is missing; None where an administrator answers with yes or no.
    pub need: Option<Need>,
    /// The rule that is asked about; None where a need serves several.
    pub rule: Option<RuleId>,
    /// In words.
    pub ask: String,
    /// How it is found out most cheaply; empty for yes or no.
    pub how: String,
    /// Rules that it decides.
    pub decides: Vec<RuleId>,
}

impl Need {
    /// All, the cheapest first.
    pub const ALL: &'static [Need] = &[
        Need::Message,
        Need::Response,
        Need::Token,
        Need::Trust,
        Need::Metadata,
        Need::Application,
        Need::Permissions,
        Need::Provider,
        Need::Secret,
        Need::Subscriptions,
        Need::Documents,
        Need::Discovery,
        Need::Sts,
    ];

    /// Whether the evidence has it.
    pub fn is_met(self, e: &Evidence) -> bool {
        match self {
            Need::Message => !e.messages.is_empty(),
            Need::Response => e.view.is_some() || !e.table.is_empty(),
            Need::Token => e.token.as_ref().is_some_and(|t| t.claims().is_some()),
            Need::Trust => e.role.is_some(),
            Need::Metadata => e.metadata.is_some(),
            Need::Application => e.live.application.is_some(),
            Need::Permissions => e.live.permissions.is_some(),
            Need::Provider => e.live.saml_provider.is_some() || e.live.thumbprints.is_some(),
            Need::Secret => e.live.secret.is_some(),
            Need::Subscriptions => e.live.subscriptions.is_some(),
            Need::Documents => e.live.groups.is_some() || e.live.document_addresses.is_some(),
            Need::Discovery => e.token.as_ref().is_some_and(|t| t.discovery.is_some()),
            Need::Sts => e.sts.is_some() || !e.trail.is_empty(),
        }
    }
}
