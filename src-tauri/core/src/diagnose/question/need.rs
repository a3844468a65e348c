//! Kinds of evidence that rules stand on, whether they are at hand, and how each is got.

use crate::diagnose::Evidence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

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

    /// Whether asking for this one gets the other as well: one look at the application in AWS reads them together.
    pub(super) fn comes_with(self, other: Need) -> bool {
        let read_together = |need: Need| need.is_read_of_aws() && need != Need::Documents;
        self == other || read_together(self) && read_together(other)
    }

    /// Whether AWS tells it to whoever may look at the application.
    pub fn is_read_of_aws(self) -> bool {
        matches!(
            self,
            Need::Trust
                | Need::Metadata
                | Need::Application
                | Need::Permissions
                | Need::Provider
                | Need::Secret
                | Need::Subscriptions
                | Need::Documents
        )
    }

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

/// `content/needs.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedsFile {
    /// Why the rules about a signature that does not hold are ruled out.
    pub(super) signature_holds: String,
    /// Why the rules about the identity provider's own pages are ruled out.
    pub(super) response_sent: String,
    /// Where one look at AWS gets several.
    pub(super) together: Together,
    pub(super) need: BTreeMap<Need, NeedWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Together {
    pub(super) ask: String,
    pub(super) how: String,
    /// Before the ways of somebody who has no access to AWS here.
    pub(super) offline: String,
}

/// What is said about a need.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedWords {
    /// What is missing, as a request.
    pub(super) ask: String,
    /// How it is got, the cheapest way first; where both protocols have it in one way.
    #[serde(default)]
    pub(super) how: String,
    /// How with SAML.
    pub(super) saml: Option<String>,
    /// How with OpenID Connect.
    pub(super) oidc: Option<String>,
    /// What somebody else can copy from AWS; empty where that is of no use.
    #[serde(default)]
    pub(super) offline: String,
    /// Why a rule is ruled out once it is there.
    pub(super) met: String,
}

pub(super) static NEEDS: LazyLock<NeedsFile> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../content/needs.toml"))
        .expect("the words of needs are read by a test")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_words() {
        for need in Need::ALL {
            let words = NEEDS
                .need
                .get(need)
                .unwrap_or_else(|| panic!("{need:?} has no words"));
            let both = words.saml.is_some() && words.oidc.is_some();
            let one = matches!(need, Need::Response) && words.saml.is_some()
                || matches!(need, Need::Token | Need::Discovery | Need::Secret) && words.oidc.is_some();
            assert!(both || one || !words.how.is_empty(), "{need:?}: no way to get it");
            assert!(
                words.ask.ends_with(['.', '?']) && words.met.ends_with('.'),
                "{need:?}"
            );
        }
    }
}
