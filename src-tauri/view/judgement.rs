//! What came of a sign-in: findings, timeline, claims.

use super::{Pair, SignatureView, SpanView};
use claimbridge_core::diagnose::{self, Finding, Owner, Severity};
use claimbridge_core::journal::Bindings;
use claimbridge_core::report::{TrustMap, trust_map};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;
use claimbridge_runtime::diagnose::signature::{Keys, Signature};
use claimbridge_runtime::judge::{Judgement, Milestone, MilestoneState};
use serde::Serialize;
use specta::Type;

/// What came of one sign-in.
#[derive(Debug, Serialize, Type)]
pub struct JudgementView {
    pub passed: bool,
    pub blocked: bool,
    /// STS was asked and did not answer.
    pub silent: bool,
    pub person: String,
    pub sts: String,
    pub timeline: Vec<MilestoneView>,
    pub findings: Vec<FindingView>,
    pub attributes: Vec<Pair>,
    /// Whether they are what the signer said; None where there are none.
    pub signature: Option<SignatureView>,
    pub trust_map: String,
}

/// One step of the timeline.
#[derive(Debug, Serialize, Type)]
pub struct MilestoneView {
    pub label: String,
    pub state: String,
    pub finding: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize, Type)]
pub struct FindingView {
    pub id: String,
    pub severity: String,
    pub title: String,
    pub expected: String,
    pub found: String,
    pub expected_spans: Vec<SpanView>,
    pub found_spans: Vec<SpanView>,
    pub place: String,
    pub owner: String,
    pub remedy: String,
    pub because: String,
    pub symptom: String,
    pub caused_by: Option<String>,
}

/// Who acts, as the screens' words know it.
pub fn owner(owner: Owner) -> &'static str {
    match owner {
        Owner::Aws => "AWS",
        Owner::Idp => "IdP",
        Owner::User => "Person",
    }
}

impl From<&Finding> for FindingView {
    fn from(f: &Finding) -> Self {
        let words = diagnose::words(f.id);
        let (expected_spans, found_spans) = SpanView::pair(&f.expected, &f.found);
        FindingView {
            id: f.id.to_string(),
            severity: match f.severity {
                Severity::Blocking => "bad",
                Severity::Warning => "warn",
                Severity::Info => "info",
            }
            .into(),
            title: f.title.clone(),
            expected: f.expected.clone(),
            found: f.found.clone(),
            expected_spans,
            found_spans,
            place: f.place.clone(),
            owner: owner(f.owner).into(),
            remedy: f.remedy.clone(),
            because: words.because.clone(),
            symptom: words.symptom.clone(),
            caused_by: f.caused_by.map(|c| c.to_string()),
        }
    }
}

impl From<&Milestone> for MilestoneView {
    fn from(m: &Milestone) -> MilestoneView {
        MilestoneView {
            label: m.label.into(),
            state: match m.state {
                MilestoneState::Passed => "ok",
                MilestoneState::Failed => "bad",
                MilestoneState::NotTried => "wait",
            }
            .into(),
            finding: m.finding.clone(),
        }
    }
}

/// AWS's own metadata counts where its provider was read, else the set-up's.
fn signature_of(judgement: &Judgement) -> Option<SignatureView> {
    let evidence = &judgement.evidence;
    let by = match evidence.provider_exists {
        Some(true) => Keys::Aws,
        Some(false) | None => Keys::Setup,
    };
    let of_token = || Signature::of_token(evidence, Keys::Issuer);
    let signature = Signature::of_response(evidence, by).or_else(of_token);
    signature.map(SignatureView::from)
}

impl JudgementView {
    /// For the screen. Decoded claims cross; the signed response does not.
    pub fn of(judgement: &Judgement, setup: &Setup, bindings: &Bindings, now: Instant) -> JudgementView {
        let record = judgement.record(bindings, now);
        let attributes = judgement.claims.iter().map(|(label, value)| Pair {
            label: label.clone(),
            value: value.clone(),
        });
        JudgementView {
            passed: judgement.passed,
            blocked: diagnose::is_blocked(&judgement.findings),
            silent: judgement.no_answer.is_some(),
            person: record.person.to_string(),
            sts: record.sts.clone(),
            timeline: judgement.timeline.iter().map(MilestoneView::from).collect(),
            findings: judgement.findings.iter().map(FindingView::from).collect(),
            attributes: attributes.collect(),
            signature: signature_of(judgement),
            trust_map: trust_map(&TrustMap::of(setup, bindings, Some(&record))),
        }
    }
}
