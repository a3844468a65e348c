//! The smallest fix: which single change, or which two together, on either side, lets the sign-in pass.

use super::{Evidence, Finding, Owner, RuleId, Severity, diagnose, rules, trust_decision};
use crate::idp::{IdentityProvider, guide};
use crate::oidc::{TokenRejection, trust_decision_for_token};
use crate::policy::evaluate::Evaluation;
use crate::value::Issuer;
use candidate::Candidate;
use search::Problem;
use serde::Serialize;

mod candidate;
mod claims;
mod edit;
mod live;
mod search;
mod token;
mod trust;

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
    /// What becomes of an old value beside the new one, and why; empty where nothing is left to say.
    pub note: String,
    /// Step of the provider's guide where it is changed, the finding's own where it has one; None in AWS.
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

/// The fixes that suffice, the easiest first: who has to act as the finding says, then how far it reaches, then
/// how many changes it takes. Empty where nothing blocks or no change that we know suffices: of a cause that a
/// message or an answer alone tells nothing can be tried, and its finding says what to do.
///
/// A change is tried on a copy of the evidence, which then goes through every rule and the evaluator again. A
/// fix implies a new sign-in, so that age and what STS said before do not count.
pub fn smallest(evidence: &Evidence) -> Vec<Fix> {
    let Some(problem) = Problem::of(evidence) else {
        return Vec::new();
    };
    search::fixes(&problem)
}

/// The evidence as it would be after the fix and a new sign-in; None where the fix is not one of this
/// evidence's.
pub fn applied(evidence: &Evidence, fix: &Fix) -> Option<Evidence> {
    let problem = Problem::of(evidence)?;
    let chosen: Option<Vec<&Candidate>> = fix
        .changes
        .iter()
        .map(|change| problem.candidates.iter().find(|c| c.change == *change))
        .collect();
    Some(problem.after(&chosen?))
}

/// Whether whoever administers AWS can do all of it, so that it can become a plan.
pub fn aws_side(fix: &Fix) -> bool {
    fix.changes.iter().all(|c| c.owner == Owner::Aws)
}

/// Whether the assertion is verified by what somebody else than its bearer vouches for. Of others no value may go
/// into AWS, where it would be trusted: whoever wrote them would choose whom AWS trusts.
fn is_vouched(e: &Evidence) -> bool {
    !e.handed_in && matches!(e.verdict, Some(Ok(_)))
}

/// As [`is_vouched`], of the token.
fn is_token_vouched(e: &Evidence) -> bool {
    let verdict = e.token.as_ref().and_then(|t| t.verdict.as_ref());
    // A claim is judged after the signature.
    !e.handed_in && matches!(verdict, Some(Ok(_) | Err(TokenRejection::Claim(_))))
}

/// What policies read as more than itself: a wildcard or a variable.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?', '$'])
}

/// What the portal calls the source of a person's address. A claim that everybody sends names it, and never one
/// person's own value.
fn source(e: &Evidence) -> &'static str {
    match e.expected.idp {
        // There one expression carries every claim, and the guide has no step of the address alone.
        IdentityProvider::OktaOidc => "user.email",
        idp => guide(idp).email_source(),
    }
}

/// What the trust policy says to this sign-in; None where the role, the provider or the sign-in is not known.
pub fn decision(e: &Evidence) -> Option<Evaluation> {
    let trust = e.trust()?;
    let provider = e.expected.provider_arn.as_deref()?;
    if let Some(token) = &e.token {
        // AWS never gets an access token.
        if token
            .view
            .as_ref()
            .is_some_and(|v| rules::access_token(v).is_some())
        {
            return None;
        }
        let claims = token.claims()?;
        let issuer = match &token.issuer {
            Some(issuer) => issuer.clone(),
            None => Issuer::parse(claims.issuer()?).ok()?,
        };
        return Some(trust_decision_for_token(trust, claims, &issuer, provider));
    }
    Some(trust_decision(trust, e.assertion()?, provider))
}
