//! Explains a sign-in: every rule over the evidence, causes first, consequences folded under them.
//!
//! A finding is data, never an error. Rules decide in Rust; words are in `content/findings`.

use crate::idp::guide;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

mod case;
mod catalogue;
mod evidence;
pub mod fix;
pub mod kept;
pub mod letter;
mod question;
mod rules;

pub use case::{Case, Content, Origin, Piece};
pub use catalogue::{RuleId, Words, words};
pub use evidence::{
    ConfiguredClaim, Evidence, Expected, HeldSubscription, Live, LiveRole, Message, RequestSeen,
    SamlProviderState, SecretState, Sts, TokenEvidence, TrailEvent, assume_request, trust_decision,
};
pub use question::{Need, Question};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody, or this person, cannot sign in.
    Blocking,
    /// It works and will not always, or AWS is not known to mind.
    Warning,
    /// Good to know.
    Info,
}

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Whoever administers AWS.
    Aws,
    /// Whoever administers the identity provider.
    Idp,
    /// The person who signs in.
    User,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Number in the catalogue and a short name.
    pub id: RuleId,
    /// How bad.
    pub severity: Severity,
    /// One sentence.
    pub title: String,
    /// What it should be; empty where there is no single value.
    pub expected: String,
    /// What it is; empty where it is missing.
    pub found: String,
    /// Where it stands.
    #[serde(rename = "where")]
    pub place: String,
    /// Who acts.
    pub owner: Owner,
    /// What to do.
    pub remedy: String,
    /// The finding that explains this one.
    pub caused_by: Option<RuleId>,
}

/// What a rule found, before words are put to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    expected: String,
    found: String,
    place: &'static str,
    /// Where the evidence makes it worse or better than the catalogue says.
    severity: Option<Severity>,
    /// Where the evidence shows who has to act.
    owner: Option<Owner>,
    /// Where the evidence knows the next act better than the catalogue.
    remedy: Option<String>,
}

/// Judges the evidence. The first finding, if it is blocking, is the cause to mend first.
pub fn diagnose(evidence: &Evidence) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (id, rule) in rules::ALL {
        for found in rule(evidence) {
            let words = words(*id);
            let finding = Finding {
                id: *id,
                severity: found.severity.unwrap_or(words.severity),
                title: words.title.clone(),
                expected: found.expected,
                found: found.found,
                place: found.place.to_owned(),
                owner: found.owner.unwrap_or(words.owner),
                remedy: found.remedy.unwrap_or_else(|| words.remedy.clone()),
                caused_by: None,
            };
            findings.push(finding);
        }
    }
    let blocking: Vec<RuleId> = findings
        .iter()
        .filter(|f| f.severity == Severity::Blocking)
        .map(|f| f.id)
        .collect();
    if evidence.sts_refused() && blocking.is_empty() {
        findings.push(rules::unexplained(evidence));
    }
    let fired: Vec<RuleId> = findings.iter().map(|f| f.id).collect();
    for finding in &mut findings {
        finding.caused_by = fired
            .iter()
            .copied()
            .find(|cause| *cause != finding.id && words(*cause).explains.contains(&finding.id));
    }
    for finding in &mut findings {
        finding.remedy = finding
            .remedy
            .replace("{{expected}}", &finding.expected)
            .replace("{{found}}", &finding.found)
            .replace("{{idp}}", evidence.expected.idp.vendor())
            .replace("{{email}}", guide(evidence.expected.idp).email_source());
    }
    // The rules stand in the order in which a sign-in meets them, so a stable sort is enough.
    findings.sort_by_key(|f| (f.caused_by.is_some(), f.severity));
    findings
}

/// Days before a certificate's end at which people should be told.
pub const EXPIRY_STEPS: [i64; 6] = [90, 60, 30, 14, 7, 1];

/// Whether anything in the list stops a sign-in.
pub fn is_blocked(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Blocking)
}

/// STS takes a response for this long after it was issued (IAM: troubleshoot SAML federation).
pub const REDEEM_WITHIN_SECONDS: i64 = 300;

pub(crate) fn seconds_between(later: Instant, earlier: Instant) -> i64 {
    (later - earlier).whole_seconds()
}
