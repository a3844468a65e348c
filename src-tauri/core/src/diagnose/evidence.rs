//! What is known about a sign-in: the captured response, its verdict, the live state of AWS and
//! what STS answered. A piece that is not at hand is None, and no rule guesses.

use super::RuleId;
use crate::idp::IdentityProvider;
use crate::policy::{Condition, TrustPolicy};
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::saml::response::{Assertion, View};
use crate::saml::signature::{Rejection, VerifiedAssertion};
use crate::time::Instant;
use std::collections::BTreeMap;

mod asked;
mod live;
mod seen;
mod token;
mod trail;
pub use asked::{assume_request, trust_decision};
pub use live::{HeldSubscription, Live, SamlProviderState, SecretState};
pub use seen::{ConfiguredClaim, Message, RequestSeen, TrailEvent};
pub use token::TokenEvidence;

/// Everything at hand.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The moment of the judgement.
    pub now: Instant,
    /// What the set-up wants; parts that are not known are None.
    pub expected: Expected,
    /// The captured response as it is, unverified.
    pub view: Option<View>,
    /// When it was captured by us; None for one that was pasted.
    pub captured_at: Option<Instant>,
    /// What verification said.
    pub verdict: Option<Result<VerifiedAssertion, Rejection>>,
    /// What verification was done with came from whoever handed in the sign-in: nobody else vouches for it.
    pub handed_in: bool,
    /// The metadata that AWS verifies with, or why it cannot.
    pub metadata: Option<Result<FederationMetadata, MetadataError>>,
    /// The role as it is in AWS.
    pub role: Option<LiveRole>,
    /// Whether the provider exists in AWS.
    pub provider_exists: Option<bool>,
    /// STS's answer, where it was asked.
    pub sts: Option<Sts>,
    /// What is known of an ID token and its provider; None for SAML.
    pub token: Option<TokenEvidence>,
    /// What stands in AWS around the sign-in.
    pub live: Live,
    /// Texts that somebody was shown.
    pub messages: Vec<Message>,
    /// The request that came before the response.
    pub request: Option<RequestSeen>,
    /// Claims as a portal or an article has them; looked at where no assertion is at hand.
    pub table: Vec<ConfiguredClaim>,
    /// Sign-ins as CloudTrail recorded them, the newest first.
    pub trail: Vec<TrailEvent>,
    /// What an administrator answered, rule by rule: yes fires it, no rules it out.
    pub answers: BTreeMap<RuleId, bool>,
}

/// What the set-up wants.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Whose portal remedies speak of.
    pub idp: IdentityProvider,
    /// The web experience's `/saml` address, or what else `SAML:aud` is to be.
    pub recipient: Option<String>,
    /// Audience, where one was asked for.
    pub audience: Option<String>,
    /// First part of the Role claim.
    pub role_arn: Option<String>,
    /// Second part.
    pub provider_arn: Option<String>,
    /// The condition on session tags that the set-up's plan puts in the trust policy. None without a set-up:
    /// nobody knows then whom another condition is to keep out.
    pub tags: Option<Condition>,
}

/// The role as it is in AWS.
#[derive(Clone, Debug)]
pub enum LiveRole {
    /// It is not there.
    Missing,
    /// It is there, with this trust policy.
    There(TrustPolicy),
}

/// STS's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sts {
    /// It gave credentials.
    Accepted,
    /// It refused.
    Refused {
        /// Error code.
        code: String,
        /// Its words.
        message: String,
    },
}

impl Evidence {
    /// Nothing known yet.
    pub fn new(now: Instant, expected: Expected) -> Evidence {
        Evidence {
            now,
            expected,
            view: None,
            captured_at: None,
            verdict: None,
            handed_in: false,
            metadata: None,
            role: None,
            provider_exists: None,
            sts: None,
            token: None,
            live: Live::default(),
            messages: Vec::new(),
            request: None,
            table: Vec::new(),
            trail: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// The assertion to judge: the verified one, else the only one in the document.
    pub fn assertion(&self) -> Option<&Assertion> {
        match &self.verdict {
            Some(Ok(verified)) => Some(verified.assertion()),
            _ => match self.view.as_ref()?.assertions.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }

    /// The role's trust policy, where it is known.
    pub fn trust(&self) -> Option<&TrustPolicy> {
        match &self.role {
            Some(LiveRole::There(trust)) => Some(trust),
            Some(LiveRole::Missing) | None => None,
        }
    }

    /// STS was asked and said no.
    pub fn sts_refused(&self) -> bool {
        matches!(self.sts, Some(Sts::Refused { .. }))
    }

    /// Every Recipient that would be admitted: of the live trust policy, else of the set-up.
    pub fn admitted_recipients(&self) -> Vec<String> {
        match self.trust() {
            Some(trust) => trust
                .0
                .statements
                .iter()
                .filter(|s| s.allow)
                .flat_map(|s| &s.conditions)
                .filter(|c| c.key.eq_ignore_ascii_case("SAML:aud"))
                .flat_map(|c| c.values.clone())
                .collect(),
            None => self.expected.recipient.iter().cloned().collect(),
        }
    }
}
