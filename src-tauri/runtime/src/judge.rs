//! The judgement of one captured sign-in: verified, explained by the rules over the set-up and the live
//! state of AWS, and redeemed at STS where it was captured just now.

use crate::session::Session;
use claimbridge_core::diagnose::{Evidence, Finding, LiveRole, RuleId, Severity, Stage, Sts};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::policy::evaluate::Evaluation;
use claimbridge_core::redact::{Redacted, without_people};
use claimbridge_core::report::{FindingRecord, TestRecord};
use claimbridge_core::resource::{CloudError, CloudErrorKind, Observed};
use claimbridge_core::time::{Instant, format_instant};

mod redeem;
mod response;
mod token;

pub use redeem::redeem;
pub use response::{conclude, expected, judge};
pub use token::{Received, conclude as conclude_token, judge_token};

/// What came of one sign-in.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// STS accepted it and the email tag is there.
    pub passed: bool,
    /// Causes first.
    pub findings: Vec<Finding>,
    /// What it was judged by: to be kept without its people, written to somebody about, or added to.
    pub evidence: Box<Evidence>,
    /// Who signed in: the email tag, else the subject.
    pub person: Option<String>,
    /// To whom the proof is addressed: Recipient of a response, audience of a token.
    pub recipient: Option<String>,
    /// What the response or token says, label by label; neither signature nor the whole of it.
    pub claims: Vec<(String, String)>,
    /// A key that AWS trusts signed it.
    pub signature_valid: bool,
    /// The trust policy's answer, where the role is known.
    pub trust: Option<Evaluation>,
    /// STS's answer, where it was asked.
    pub sts: Option<Sts>,
    /// What it was verified with: what AWS holds, where that is known.
    pub trusted: String,
    /// STS was asked and did not answer: nothing is known of the sign-in.
    pub no_answer: Option<String>,
    /// The way of the sign-in, step by step.
    pub timeline: Vec<Milestone>,
    /// The credentials that STS gave, for what can be tried as the user; in memory only.
    pub session: Option<Session>,
}

/// One step of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// In words.
    pub label: &'static str,
    /// How it came out.
    pub state: MilestoneState,
    /// The finding that stopped it.
    pub finding: Option<String>,
}

/// How a step came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MilestoneState {
    /// It held.
    Passed,
    /// It did not.
    Failed,
    /// The sign-in did not get there, or nobody asked.
    NotTried,
}

impl Judgement {
    /// What is kept of it: redacted.
    pub fn record(&self, bindings: &Bindings, now: Instant) -> TestRecord {
        TestRecord {
            at: format_instant(now),
            passed: self.passed,
            person: Redacted::of(self.person.as_deref().unwrap_or_default()),
            recipient: self.recipient.clone().unwrap_or_default(),
            sts: match &self.sts {
                Some(Sts::Accepted) => "accepted".into(),
                Some(Sts::Refused { code, message }) => format!("{code}: {}", without_people(message)),
                None => match &self.no_answer {
                    Some(why) => format!("no answer: {}", without_people(why)),
                    None => "not asked".into(),
                },
            },
            signature_valid: self.signature_valid,
            subject: TestRecord::subject(&self.trusted, bindings),
            findings: self.findings.iter().map(FindingRecord::from).collect(),
        }
    }
}

/// What STS made of a sign-in.
#[derive(Default)]
struct Asked {
    sts: Option<Sts>,
    no_answer: Option<String>,
    session: Option<Session>,
}

impl From<Result<Session, CloudError>> for Asked {
    fn from(answer: Result<Session, CloudError>) -> Asked {
        match answer {
            Ok(session) => Asked {
                sts: Some(Sts::Accepted),
                session: Some(session),
                no_answer: None,
            },
            // The network is no verdict on the sign-in.
            Err(error)
                if matches!(
                    error.kind,
                    CloudErrorKind::OutcomeUnknown | CloudErrorKind::Throttled
                ) =>
            {
                Asked {
                    no_answer: Some(error.to_string()),
                    ..Asked::default()
                }
            }
            Err(error) => Asked {
                sts: Some(Sts::Refused {
                    code: error.code.unwrap_or_default(),
                    message: error.message,
                }),
                ..Asked::default()
            },
        }
    }
}

/// The role as it was read; None where it could not be.
pub(crate) fn live_role(read: Observed) -> Option<LiveRole> {
    match read {
        Observed::Absent => Some(LiveRole::Missing),
        Observed::Ready(snapshot) => snapshot
            .attributes
            .get("assumeRolePolicyDocument")
            .and_then(|d| TrustPolicy::parse(&d.to_string()).ok())
            .map(LiveRole::There),
        Observed::Failed { .. }
        | Observed::PendingDeletion { .. }
        | Observed::Settling { .. }
        | Observed::Unreadable(_) => None,
    }
}

/// The way of a sign-in by one protocol.
struct Way {
    /// Its first step, which everything that is judged has behind it.
    received: &'static str,
    /// The step at the identity provider's own pages; None where what is judged tells nothing of them.
    provider: Option<&'static str>,
    /// The step that only the role's trust policy can tell.
    role: &'static str,
    /// The step that only what signs can tell.
    signature: &'static str,
    /// The steps between, with the rules that stop a sign-in there, by their numbers.
    steps: &'static [(&'static str, &'static [&'static str])],
}

/// Whether the rule has one of these numbers.
fn is_among(rule: RuleId, numbers: &[&str]) -> bool {
    let own = rule.as_str().split('-').next();
    own.is_some_and(|own| numbers.contains(&own))
}

/// Whether somebody looked at the signature: a step that nobody looked at is not passed.
fn is_verified(evidence: &Evidence) -> bool {
    match &evidence.token {
        Some(token) => token.verdict.is_some(),
        None => evidence.verdict.is_some(),
    }
}

fn timeline(way: &Way, evidence: &Evidence, findings: &[Finding]) -> Vec<Milestone> {
    let blocking = |stops: &dyn Fn(RuleId) -> bool| {
        findings
            .iter()
            .find(|f| f.severity == Severity::Blocking && stops(f.id))
            .map(|f| f.id.to_string())
    };
    let mut stopped = false;
    let mut timeline = vec![Milestone {
        label: way.received,
        state: MilestoneState::Passed,
        finding: None,
    }];
    for (label, numbers) in way.steps {
        let at_provider = way.provider == Some(*label);
        let finding =
            blocking(&|rule| is_among(rule, numbers) || at_provider && rule.stage() == Stage::Provider);
        let state = match (&finding, stopped) {
            (Some(_), _) => MilestoneState::Failed,
            (None, true) => MilestoneState::NotTried,
            // Without the role's trust policy nobody looked.
            (None, false) if *label == way.role && evidence.trust().is_none() => MilestoneState::NotTried,
            (None, false) if *label == way.signature && !is_verified(evidence) => MilestoneState::NotTried,
            (None, false) => MilestoneState::Passed,
        };
        stopped |= finding.is_some();
        timeline.push(Milestone {
            label,
            state,
            finding,
        });
    }
    timeline.push(Milestone {
        label: "STS gives credentials",
        state: match evidence.sts {
            Some(Sts::Accepted) => MilestoneState::Passed,
            Some(Sts::Refused { .. }) => MilestoneState::Failed,
            None => MilestoneState::NotTried,
        },
        finding: None,
    });
    let finding = blocking(&|rule| rule.stage() == Stage::Chat);
    timeline.push(Milestone {
        label: "Web experience opened",
        state: match finding {
            Some(_) => MilestoneState::Failed,
            None => MilestoneState::NotTried,
        },
        finding,
    });
    timeline
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::idp::{IdentityProvider, Protocol};

    #[test]
    fn every_rule_of_a_sign_in_belongs_to_one_step() {
        for (way, protocol, idp) in [
            (&response::WAY, Protocol::Saml, IdentityProvider::EntraGallery),
            (&token::WAY, Protocol::Oidc, IdentityProvider::OktaOidc),
        ] {
            for rule in RuleId::ALL {
                let is_here = rule.stage() == Stage::SignIn && rule.concerns(protocol, idp);
                let steps = way.steps.iter().filter(|(_, numbers)| is_among(*rule, numbers));
                let labels: Vec<&str> = steps.map(|(label, _)| *label).collect();
                assert_eq!(labels.len(), usize::from(is_here), "{rule}: {labels:?}");
            }
            for (_, numbers) in way.steps {
                for number in *numbers {
                    assert!(RuleId::parse(number).is_some(), "{number}");
                }
            }
        }
    }
}
