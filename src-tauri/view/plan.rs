//! A plan, its run and how it ended.

use super::Pair;
use super::words::{address_label, kind_label};
use claimbridge_core::engine::{Outcome, Progress, Wait};
use claimbridge_core::plan::{Action, Plan, Refusal};
use claimbridge_core::resource::{Address, CloudErrorKind};
use serde::Serialize;
use specta::Type;

/// A plan.
#[derive(Debug, Serialize, Type)]
pub struct PlanView {
    pub digest: String,
    pub verb: String,
    pub writes: u32,
    pub rows: Vec<PlanRow>,
    pub notes: Vec<String>,
    pub refused: bool,
    /// The client secret has to be given with the approval.
    pub asks_secret: bool,
}

/// One row of it.
#[derive(Debug, Serialize, Type)]
pub struct PlanRow {
    pub address: String,
    pub label: String,
    pub kind: String,
    pub action: String,
    pub refusal: Option<String>,
    /// Refused because an IAM provider is there already, which this set-up could use.
    pub shareable: bool,
    pub after: Vec<String>,
    pub changes: Vec<ChangeView>,
    pub usual_wait: Option<String>,
}

/// One attribute.
#[derive(Debug, Serialize, Type)]
pub struct ChangeView {
    pub attribute: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Of a policy document: statement by statement, what is missing or too much.
    pub differences: Vec<String>,
}

impl PlanView {
    /// For the screen.
    pub fn of(plan: &Plan) -> PlanView {
        let text = |json: &Option<serde_json::Value>| {
            json.as_ref().filter(|j| !j.is_null()).map(|j| match j {
                serde_json::Value::String(s) => s.clone(),
                other => serde_json::to_string_pretty(other).unwrap_or_default(),
            })
        };
        PlanView {
            digest: plan.digest(),
            verb: plan.verb(),
            writes: u32::try_from(plan.writes()).unwrap_or_default(),
            rows: plan
                .steps
                .iter()
                .map(|s| PlanRow {
                    address: s.address.to_string(),
                    label: address_label(s.address).into(),
                    kind: kind_label(s.resource.as_ref(), s.id.as_ref()),
                    action: s.action.word().into(),
                    refusal: match &s.action {
                        Action::Refuse(why) => Some(why.to_string()),
                        Action::Create
                        | Action::Delete
                        | Action::Forget
                        | Action::Keep
                        | Action::Replace
                        | Action::Update => None,
                    },
                    shareable: matches!(s.action, Action::Refuse(Refusal::NameTaken { .. }))
                        && matches!(s.address, Address::OidcProvider | Address::SamlProvider),
                    after: s.after.iter().map(ToString::to_string).collect(),
                    changes: s
                        .changes
                        .iter()
                        .map(|c| ChangeView {
                            attribute: c.attribute.clone(),
                            from: text(&c.from),
                            to: text(&c.to),
                            differences: c
                                .policy_differences()
                                .iter()
                                .flatten()
                                .map(ToString::to_string)
                                .collect(),
                        })
                        .collect(),
                    usual_wait: s
                        .resource
                        .as_ref()
                        .and_then(|r| r.usual_wait())
                        .map(str::to_owned),
                })
                .collect(),
            notes: plan.notes.iter().map(|n| n.text()).collect(),
            refused: plan.refusals().next().is_some(),
            asks_secret: claimbridge_runtime::asks_for_secret(plan),
        }
    }
}

/// One event of a run.
#[derive(Debug, Clone, Serialize, Type)]
pub struct ProgressView {
    pub address: String,
    /// `queued`, `running`, `waiting`, `done` or `failed`.
    pub state: String,
    pub detail: String,
}

impl From<Progress> for ProgressView {
    fn from(progress: Progress) -> Self {
        let (address, state, detail) = match progress {
            Progress::Queued { address, action } => (address, "queued", action.word().to_owned()),
            Progress::Started { address, .. } => (address, "running", String::new()),
            Progress::Accepted { address, .. } => (address, "running", String::new()),
            Progress::Waiting { address, why } => (
                address,
                "waiting",
                match why {
                    Wait::Status(status) => status,
                    Wait::Refusal(CloudErrorKind::Throttled) => "AWS asks to slow down".into(),
                    Wait::Refusal(CloudErrorKind::NotYet) => {
                        "IAM copies the new role to all regions, usually 10 to 20 s".into()
                    }
                    Wait::Refusal(CloudErrorKind::Conflict) => "something else is being changed".into(),
                    Wait::Refusal(_) => "no answer yet; it is being looked up".into(),
                },
            ),
            Progress::Done { address, .. } => (address, "done", String::new()),
            Progress::Failed { address, error, .. } => (address, "failed", error.to_string()),
        };
        ProgressView {
            address: address.to_string(),
            state: state.into(),
            detail,
        }
    }
}

/// How a run ended.
#[derive(Debug, Serialize, Type)]
pub struct OutcomeView {
    pub finished: bool,
    pub stopped: bool,
    pub failures: Vec<Pair>,
    /// What this set-up has in AWS now.
    pub left: Vec<String>,
    pub not_started: Vec<String>,
    /// AWS refused this order; the other one is offered.
    pub offer_role_first: bool,
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        OutcomeView {
            finished: outcome.finished,
            stopped: outcome.stopped,
            failures: outcome
                .failed
                .into_iter()
                .map(|(address, error)| Pair {
                    label: address_label(address).into(),
                    value: format!("{error}; {}.", error.leftover.words()),
                })
                .collect(),
            left: outcome
                .left
                .iter()
                .map(|a| address_label(*a).to_owned())
                .collect(),
            not_started: outcome
                .not_started
                .iter()
                .map(|a| address_label(*a).to_owned())
                .collect(),
            offer_role_first: outcome.offer.is_some(),
        }
    }
}
