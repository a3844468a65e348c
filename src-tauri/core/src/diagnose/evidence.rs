//! What is known about a sign-in: the captured response, its verdict, the live state of AWS and
//! what STS answered. A piece that is not at hand is None, and no rule guesses.

use super::RuleId;
use crate::idp::IdentityProvider;
use crate::policy::TrustPolicy;
use crate::policy::evaluate::{Decision, Evaluation, Request, evaluate};
use crate::saml::metadata::{FederationMetadata, MetadataError};
use crate::saml::response::{Assertion, View};
use crate::saml::signature::{Rejection, VerifiedAssertion};
use crate::time::Instant;
use std::collections::BTreeMap;

mod live;
mod seen;
mod token;
mod trail;
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

/// What the trust policy is asked when this assertion arrives (IAM: SAML federation keys).
pub fn assume_request(assertion: &Assertion, provider: &str, action: &str) -> Request {
    let mut context: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            context.insert(key.to_owned(), vec![value.to_owned()]);
        }
    };
    put("saml:aud", assertion.recipient());
    put("saml:iss", assertion.issuer.as_deref());
    let name_id = assertion.name_id.as_ref();
    put("saml:sub", name_id.map(|n| n.value.as_str()));
    let sub_type = name_id
        .and_then(|n| n.format.as_deref())
        .map(|format| match format.rsplit(':').next() {
            Some(short @ ("persistent" | "transient")) => short,
            _ => format,
        });
    put("saml:sub_type", sub_type);
    let session = assertion
        .values(crate::claims::SESSION_NAME)
        .and_then(<[String]>::first);
    put("sts:rolesessionname", session.map(String::as_str));
    let tags = crate::claims::session_tags(assertion);
    for tag in &tags {
        context.insert(
            format!("aws:requesttag/{}", tag.key.to_ascii_lowercase()),
            tag.values.clone(),
        );
    }
    if !tags.is_empty() {
        context.insert("aws:tagkeys".into(), tags.iter().map(|t| t.key.clone()).collect());
    }
    if let Some(keys) = assertion.values(crate::claims::TRANSITIVE) {
        context.insert("sts:transitivetagkeys".into(), keys.to_vec());
    }
    Request {
        action: action.to_owned(),
        federated: Some(provider.to_owned()),
        resource: String::new(),
        context,
        unknown: Vec::new(),
    }
}

/// Both questions that a sign-in asks of a role: may it be assumed, and may the session be tagged.
pub fn trust_decision(trust: &TrustPolicy, assertion: &Assertion, provider: &str) -> Evaluation {
    let mut answer = evaluate(
        &trust.0,
        &assume_request(assertion, provider, "sts:AssumeRoleWithSAML"),
    );
    if !crate::claims::session_tags(assertion).is_empty() {
        let tags = evaluate(&trust.0, &assume_request(assertion, provider, "sts:TagSession"));
        answer.proof.extend(tags.proof);
        answer.decision = match (answer.decision, tags.decision) {
            (Decision::Denied, _) | (_, Decision::Denied) => Decision::Denied,
            (Decision::Unknown, _) | (_, Decision::Unknown) => Decision::Unknown,
            (Decision::Allowed, Decision::Allowed) => Decision::Allowed,
        };
    }
    answer
}
