//! A file of groups against AWS. Groups are named, people are not.

use super::Pair;
use claimbridge_core::diagnose::Severity;
use claimbridge_core::groups::{Action, Outcome, Progress, Wait};
use claimbridge_runtime::groups::Compared;
use serde::Serialize;
use specta::Type;

/// Rows that a screen shows; the rest is counted.
const SHOWN: usize = 200;

/// A file that was checked and compared.
#[derive(Debug, Serialize, Type)]
pub struct GroupsView {
    pub findings: Vec<GroupFindingView>,
    /// None where a finding blocks.
    pub plan: Option<GroupPlanView>,
}

/// One kind of thing that is not as it should be.
#[derive(Debug, Serialize, Type)]
pub struct GroupFindingView {
    /// `bad`, `warn` or `info`.
    pub severity: String,
    pub title: String,
    pub remedy: String,
    pub count: u32,
    /// The first places, a line each.
    pub places: Vec<String>,
}

/// What is to be done.
#[derive(Debug, Serialize, Type)]
pub struct GroupPlanView {
    pub digest: String,
    pub verb: String,
    pub writes: u32,
    pub rows: Vec<GroupRow>,
    /// Rows beyond those.
    pub more: u32,
    /// How many of each action, in words.
    pub counts: Vec<GroupCount>,
}

/// One group.
#[derive(Debug, Serialize, Type)]
pub struct GroupRow {
    pub name: String,
    /// As [`Action::word`].
    pub action: String,
    pub members: u32,
    /// The file in S3 that holds the members.
    pub object: Option<String>,
}

/// How many groups an action is about.
#[derive(Debug, Serialize, Type)]
pub struct GroupCount {
    pub action: String,
    pub count: u32,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl GroupsView {
    /// For the screen.
    pub fn of(compared: &Compared) -> GroupsView {
        GroupsView {
            findings: compared
                .findings
                .iter()
                .map(|f| GroupFindingView {
                    severity: match f.severity {
                        Severity::Blocking => "bad",
                        Severity::Warning => "warn",
                        Severity::Info => "info",
                    }
                    .into(),
                    title: f.kind.title().into(),
                    remedy: f.kind.remedy().into(),
                    count: number(f.count),
                    places: f.first.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            plan: compared.difference.as_ref().map(|d| {
                let plan = &d.plan;
                let counts = plan.counts();
                // What changes first.
                let mut rows: Vec<_> = plan.rows.iter().collect();
                rows.sort_by_key(|r| !r.action.writes());
                GroupPlanView {
                    digest: plan.digest(),
                    verb: plan.verb(),
                    writes: number(counts.writes()),
                    more: number(rows.len().saturating_sub(SHOWN)),
                    rows: rows
                        .into_iter()
                        .take(SHOWN)
                        .map(|r| GroupRow {
                            name: r.name.clone(),
                            action: r.action.word().into(),
                            members: number(r.members),
                            object: r.object.clone(),
                        })
                        .collect(),
                    counts: [
                        (Action::Put, counts.put),
                        (Action::Change, counts.change),
                        (Action::TakeOver, counts.take_over),
                        (Action::Delete, counts.delete),
                        (Action::Keep, counts.keep),
                        (Action::Unknown, counts.unknown),
                        (Action::Foreign, counts.foreign),
                    ]
                    .into_iter()
                    .filter(|(_, count)| *count > 0)
                    .map(|(action, count)| GroupCount {
                        action: action.word().into(),
                        count: number(count),
                    })
                    .collect(),
                }
            }),
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Serialize, Type)]
pub struct GroupsProgressView {
    pub done: Option<u32>,
    pub of: Option<u32>,
    /// Groups a second.
    pub rate: Option<f64>,
    /// What it waits for, in words.
    pub waiting: String,
    /// A group that failed for good, and why.
    pub failed: Option<Pair>,
}

impl From<Progress> for GroupsProgressView {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Moved {
                done,
                of,
                rate,
                waiting,
            } => GroupsProgressView {
                done: Some(number(done)),
                of: Some(number(of)),
                rate: Some(rate),
                waiting: match waiting {
                    Wait::Answers => "Waiting for AWS".into(),
                    Wait::Limit(limit) => format!("AWS takes about {limit:.0} a second"),
                    Wait::Refusal(_) => "Waiting for a refusal to pass".into(),
                },
                failed: None,
            },
            Progress::Failed { name, error } => GroupsProgressView {
                done: None,
                of: None,
                rate: None,
                waiting: String::new(),
                failed: Some(Pair {
                    label: name,
                    value: error.to_string(),
                }),
            },
        }
    }
}

/// How a run ended.
#[derive(Debug, Serialize, Type)]
pub struct GroupsOutcomeView {
    pub finished: bool,
    pub stopped: bool,
    pub put: u32,
    pub deleted: u32,
    pub failed: Vec<Pair>,
    pub not_started: u32,
    /// Why nothing more was begun.
    pub broken_off: Option<String>,
    pub rate: f64,
}

impl From<Outcome> for GroupsOutcomeView {
    fn from(outcome: Outcome) -> Self {
        GroupsOutcomeView {
            finished: outcome.finished,
            stopped: outcome.stopped,
            put: number(outcome.put),
            deleted: number(outcome.deleted),
            failed: outcome
                .failed
                .into_iter()
                .map(|(label, error)| Pair {
                    label,
                    value: error.to_string(),
                })
                .collect(),
            not_started: number(outcome.not_started),
            broken_off: outcome.broken_off.map(|e| e.to_string()),
            rate: outcome.rate,
        }
    }
}
