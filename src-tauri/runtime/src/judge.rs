//! The judgement of one captured sign-in: verified, explained by the rules over the set-up and the live
//! state of AWS, and redeemed at STS where it was captured just now.

use claimbridge_core::diagnose::{Evidence, Finding, Severity, Sts};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::evaluate::Evaluation;
use claimbridge_core::redact::{Redacted, without_people};
use claimbridge_core::report::{FindingRecord, TestRecord};
use claimbridge_core::time::{Instant, format_instant};

mod response;

pub use response::{conclude, expected, judge};

/// What came of one sign-in.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// STS accepted it and the email tag is there.
    pub passed: bool,
    /// Causes first.
    pub findings: Vec<Finding>,
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

const ROLE: &str = "Role admits the response";

/// The rules that stop a sign-in at each step, by their numbers.
const STEPS: [(&str, &[&str]); 6] = [
    ("Signed in at the identity provider", &["F38"]),
    (
        "Signature and issuer",
        &["F33", "F40", "F41", "F42", "F48", "F97"],
    ),
    ("Age of the response", &["F26", "F27", "F32"]),
    (
        "Claims",
        &[
            "F01", "F02", "F03", "F04", "F05", "F06", "F15", "F16", "F20", "F21", "F23", "F96",
        ],
    ),
    (
        ROLE,
        &["F07", "F08", "F09", "F10", "F11", "F12", "F13", "F14", "F99"],
    ),
    ("The email tag is in the response", &["F17", "F18", "F19"]),
];

fn timeline(evidence: &Evidence, findings: &[Finding]) -> Vec<Milestone> {
    let blocking = |numbers: &[&str]| {
        findings
            .iter()
            .find(|f| {
                f.severity == Severity::Blocking && numbers.iter().any(|n| f.id.as_str().starts_with(n))
            })
            .map(|f| f.id.to_string())
    };
    let mut stopped = false;
    let mut timeline = vec![Milestone {
        label: "Response received",
        state: MilestoneState::Passed,
        finding: None,
    }];
    for (label, numbers) in STEPS {
        let finding = blocking(numbers);
        let state = match (&finding, stopped) {
            (Some(_), _) => MilestoneState::Failed,
            (None, true) => MilestoneState::NotTried,
            // Without the role's trust policy nobody looked.
            (None, false) if label == ROLE && evidence.trust().is_none() => MilestoneState::NotTried,
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
    timeline.push(Milestone {
        label: "Web experience opened",
        state: MilestoneState::NotTried,
        finding: None,
    });
    timeline
}
