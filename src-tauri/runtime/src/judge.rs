//! The judgement of one captured response: verified, explained by the rules over the set-up and the
//! live state of AWS, and redeemed at STS where it was captured just now.

use crate::connection::Connection;
use claimbridge_core::claims;
use claimbridge_core::diagnose::{
    Evidence, Expected, Finding, LiveRole, Severity, Sts, diagnose, is_blocked, trust_decision,
};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::policy::evaluate::Evaluation;
use claimbridge_core::redact::{Redacted, without_people};
use claimbridge_core::report::{FindingRecord, TestRecord};
use claimbridge_core::resource::{Address, Cloud, CloudErrorKind, Observed, Output, PhysicalId};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::{Response, View};
use claimbridge_core::saml::signature::{Pinned, VerifiedAssertion, verify};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::{Instant, format_instant};
use serde_json::Value as Json;

/// What came of one sign-in.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// STS accepted it and the email tag is there.
    pub passed: bool,
    /// Causes first.
    pub findings: Vec<Finding>,
    /// What the response says, without its signature value.
    pub view: View,
    /// Whether a certificate of the metadata signed it, or why not.
    pub signature: Result<VerifiedAssertion, String>,
    /// The trust policy's answer, where the role is known.
    pub trust: Option<Evaluation>,
    /// STS's answer, where it was asked.
    pub sts: Option<Sts>,
    /// The metadata that the response was verified with: what AWS holds, where that is known.
    pub metadata: String,
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
        let assertion = self.view.assertions.first();
        let email = assertion
            .and_then(|a| a.values(claims::EMAIL))
            .and_then(<[String]>::first);
        let name = assertion.and_then(|a| a.name_id.as_ref()).map(|n| &n.value);
        TestRecord {
            at: format_instant(now),
            passed: self.passed,
            person: Redacted::of(email.or(name).map(String::as_str).unwrap_or_default()),
            recipient: assertion
                .and_then(|a| a.recipient())
                .unwrap_or_default()
                .to_owned(),
            sts: match &self.sts {
                Some(Sts::Accepted) => "accepted".into(),
                Some(Sts::Refused { code, message }) => format!("{code}: {}", without_people(message)),
                None => match &self.no_answer {
                    Some(why) => format!("no answer: {}", without_people(why)),
                    None => "not asked".into(),
                },
            },
            signature_valid: self.signature.is_ok(),
            subject: TestRecord::subject(&self.metadata, bindings),
            findings: self.findings.iter().map(FindingRecord::from).collect(),
        }
    }
}

/// What a set-up wants of a response.
pub fn expected(setup: &Setup, bindings: &Bindings) -> Expected {
    Expected {
        idp: setup.idp(),
        recipient: bindings
            .outputs()
            .get(&(Address::WebExperience, Output::Acs))
            .cloned(),
        audience: None,
        role_arn: Some(setup.role_arn().to_string()),
        provider_arn: Some(setup.provider_arn().to_string()),
    }
}

/// Judges a response for a set-up. With a connection, the live role and provider are looked at; and
/// where it was captured just now, STS is asked.
pub async fn judge(
    setup: &Setup,
    bindings: &Bindings,
    response: &Response,
    captured_at: Option<Instant>,
    connection: Option<&Connection>,
    now: Instant,
) -> Judgement {
    let mut evidence = Evidence::new(now, expected(setup, bindings));
    evidence.view = Some(response.view().clone());
    evidence.captured_at = captured_at;
    let mut metadata = setup.metadata().map(str::to_owned);
    if let Some(connection) = connection {
        let provider = PhysicalId(setup.provider_arn().to_string());
        let role = PhysicalId(setup.names.role.clone());
        let (provider, role) = futures::join!(
            connection.aws.read(Address::SamlProvider, &provider),
            connection.aws.read(Address::Role, &role)
        );
        match provider {
            Observed::Ready(snapshot) => {
                evidence.provider_exists = Some(true);
                let held = snapshot
                    .attributes
                    .get("samlMetadataDocument")
                    .and_then(Json::as_str);
                metadata = held.map(str::to_owned).or(metadata);
            }
            Observed::Absent => evidence.provider_exists = Some(false),
            Observed::Failed { .. }
            | Observed::PendingDeletion { .. }
            | Observed::Settling { .. }
            | Observed::Unreadable(_) => {}
        }
        evidence.role = match role {
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
        };
    }
    evidence.metadata = metadata
        .as_ref()
        .map(|m| FederationMetadata::parse(m.as_bytes(), None));
    if let Some(Ok(metadata)) = &evidence.metadata {
        let pinned = Pinned::new(&metadata.signing_certificates);
        evidence.verdict = Some(pinned.and_then(|p| verify(response, &p)));
    }
    let mut no_answer = None;
    if let (Some(connection), Some(_)) = (connection, captured_at) {
        let role = setup.role_arn();
        let provider = setup.provider_arn();
        let asked = connection
            .aws
            .assume_role_with_saml(role.as_str(), provider.as_str(), response.base64())
            .await;
        match asked {
            Ok(_) => evidence.sts = Some(Sts::Accepted),
            // The network is no verdict on the sign-in.
            Err(error)
                if matches!(
                    error.kind,
                    CloudErrorKind::OutcomeUnknown | CloudErrorKind::Throttled
                ) =>
            {
                no_answer = Some(error.to_string());
            }
            Err(error) => {
                evidence.sts = Some(Sts::Refused {
                    code: error.code.unwrap_or_default(),
                    message: error.message,
                });
            }
        }
    }
    Judgement {
        no_answer,
        metadata: metadata.unwrap_or_default(),
        ..conclude(&evidence, response.view().clone())
    }
}

/// From the evidence to the judgement.
pub fn conclude(evidence: &Evidence, mut view: View) -> Judgement {
    if let Some(Ok(verified)) = &evidence.verdict {
        // Nothing that is not signed is shown beside the word “valid”.
        view.assertions = vec![verified.assertion().clone()];
    }
    let findings = diagnose(evidence);
    let trust = match (
        evidence.trust(),
        evidence.assertion(),
        &evidence.expected.provider_arn,
    ) {
        (Some(trust), Some(assertion), Some(provider)) => Some(trust_decision(trust, assertion, provider)),
        _ => None,
    };
    let signature = match &evidence.verdict {
        Some(Ok(verified)) => Ok(verified.clone()),
        Some(Err(rejection)) => Err(rejection.to_string()),
        None => Err("there is no metadata to verify with".into()),
    };
    Judgement {
        passed: evidence.sts == Some(Sts::Accepted) && !is_blocked(&findings),
        timeline: timeline(evidence, &findings),
        findings,
        view,
        signature,
        trust,
        sts: evidence.sts.clone(),
        no_answer: None,
        metadata: String::new(),
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
