//! Would AWS let this in? The proof, and beside it what STS said.

use super::{
    ActionView, AdmissionView, Beside, ChatActionView, ChatView, ConditionView, StatementView, StsView,
    Verdict,
};
use claimbridge_core::diagnose::chat::{ChatPermission, chat_permissions, web_experience};
use claimbridge_core::diagnose::{Evidence, Finding, RuleId, Severity, Sts, fix};
use claimbridge_core::policy::evaluate::{Check, Decision, Evaluation, StatementProof};

impl From<Decision> for Verdict {
    fn from(decision: Decision) -> Verdict {
        match decision {
            Decision::Allowed => Verdict::Yes,
            Decision::Denied => Verdict::No,
            Decision::Unknown => Verdict::Unknown,
        }
    }
}

impl From<Option<bool>> for Verdict {
    fn from(holds: Option<bool>) -> Verdict {
        match holds {
            Some(true) => Verdict::Yes,
            Some(false) => Verdict::No,
            None => Verdict::Unknown,
        }
    }
}

impl From<&Check> for ConditionView {
    fn from(check: &Check) -> ConditionView {
        ConditionView {
            key: check.key.clone(),
            operator: check.operator.clone(),
            expected: check.expected.clone(),
            received: check.found.clone(),
            holds: check.holds.into(),
        }
    }
}

impl From<&StatementProof> for StatementView {
    fn from(proof: &StatementProof) -> StatementView {
        StatementView {
            name: proof.name.clone(),
            allow: proof.allow,
            applies: proof.holds.into(),
            conditions: proof.checks.iter().map(ConditionView::from).collect(),
        }
    }
}

impl AdmissionView {
    /// The trust policy's answer, where role and sign-in are known, beside what STS said.
    pub fn of(evidence: &Evidence, findings: &[Finding]) -> Option<AdmissionView> {
        let answer = fix::decision(evidence)?;
        let decision = Verdict::from(answer.decision);
        let sts = evidence.sts.as_ref().map(|sts| {
            let (accepted, said) = match sts {
                Sts::Accepted => (true, String::new()),
                Sts::Refused { code, message } => (false, format!("{code}: {message}")),
            };
            StsView {
                accepted,
                said,
                beside: match (accepted, decision) {
                    (true, Verdict::Yes) | (false, Verdict::No) => Beside::Same,
                    (false, _) if findings.iter().any(explains) => Beside::Found,
                    _ => Beside::Otherwise,
                },
            }
        });
        Some(AdmissionView {
            decision,
            actions: actions(&answer),
            sts,
        })
    }
}

/// Whether a finding says why STS refused; that nothing explains it is no reason.
fn explains(finding: &Finding) -> bool {
    finding.severity == Severity::Blocking && finding.id != RuleId::Unexplained
}

/// Statement by statement, under the action that was asked.
fn actions(answer: &Evaluation) -> Vec<ActionView> {
    let mut actions: Vec<ActionView> = Vec::new();
    for proof in &answer.statements {
        let view = StatementView::from(proof);
        match actions.iter_mut().find(|a| a.action == proof.action) {
            Some(action) => action.statements.push(view),
            None => actions.push(ActionView {
                action: proof.action.clone(),
                decision: Verdict::Unknown,
                statements: vec![view],
            }),
        }
    }
    for action in &mut actions {
        let any = |allow: bool, verdict| {
            action
                .statements
                .iter()
                .any(|s| s.allow == allow && s.applies == verdict)
        };
        action.decision = if any(false, Verdict::Yes) {
            Verdict::No
        } else if any(true, Verdict::Yes) && !any(false, Verdict::Unknown) {
            Verdict::Yes
        } else if any(true, Verdict::Yes) || any(true, Verdict::Unknown) {
            Verdict::Unknown
        } else {
            Verdict::No
        };
    }
    actions
}

impl ChatView {
    /// Where the role's permissions and the application were read.
    pub fn of(evidence: &Evidence) -> Option<ChatView> {
        let live = &evidence.live;
        let application = live.application.as_ref()?;
        let asked = chat_permissions(live.permissions.as_deref()?, application).ok()?;
        let web = web_experience(evidence);
        let needed = |decision| {
            asked
                .iter()
                .any(|p| p.needed && p.evaluation.decision == decision)
        };
        Some(ChatView {
            decision: if needed(Decision::Denied) {
                Verdict::No
            } else if needed(Decision::Unknown) {
                Verdict::Unknown
            } else {
                Verdict::Yes
            },
            state: web.as_ref().map_or_else(String::new, |w| match &w.status.why {
                Some(why) => format!("{}: {why}", w.status.word),
                None => w.status.word.clone(),
            }),
            ready: web.as_ref().is_some_and(|w| w.is_ready()),
            same_role: web.as_ref().and_then(|w| w.is_same_role()).into(),
            actions: asked.iter().map(ChatActionView::from).collect(),
        })
    }
}

impl From<&ChatPermission> for ChatActionView {
    fn from(asked: &ChatPermission) -> ChatActionView {
        ChatActionView {
            needed: asked.needed,
            resource: asked.resource.clone(),
            asked: ActionView {
                action: asked.action.clone(),
                decision: asked.evaluation.decision.into(),
                statements: asked
                    .evaluation
                    .statements
                    .iter()
                    .map(StatementView::from)
                    .collect(),
            },
        }
    }
}
