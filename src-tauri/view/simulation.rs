//! What would come of many people's sign-ins.

use claimbridge_core::diagnose::{RuleId, Severity, words};
use claimbridge_core::simulate::{Outcome, People, Row, Simulation};
use serde::Serialize;
use specta::Type;

/// People that the table shows; those with findings come first.
const MOST_ROWS: usize = 500;

/// Counts by cause, and people.
#[derive(Debug, Serialize, Type)]
pub struct SimulationView {
    pub users: u32,
    pub passing: u32,
    /// Neither passing nor stopped: the trust policy compares what only the sign-in itself has.
    pub unknown: u32,
    pub causes: Vec<CountView>,
    pub rows: Vec<UserView>,
    /// What was taken for granted.
    pub assumed: Vec<String>,
}

/// How many people a rule names.
#[derive(Debug, Serialize, Type)]
pub struct CountView {
    pub id: String,
    pub title: String,
    pub severity: String,
    pub users: u32,
}

/// One person.
#[derive(Debug, Serialize, Type)]
pub struct UserView {
    pub user: String,
    /// `passes`, `warns`, `stops` or `unknown`.
    pub result: String,
    pub findings: Vec<String>,
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl SimulationView {
    /// For the screen; names of people stay in this answer and on no disk.
    pub fn of(simulation: &Simulation, people: &People) -> SimulationView {
        let mut causes: Vec<(RuleId, usize, bool)> = simulation
            .counts
            .iter()
            .map(|(rule, count)| (*rule, count.people, count.blocked > 0))
            .collect();
        causes.sort_by_key(|(_, people, blocks)| (!blocks, std::cmp::Reverse(*people)));
        let mut rows: Vec<&Row> = simulation.rows.iter().collect();
        rows.sort_by_key(|row| (row.outcome, row.findings.is_empty()));
        rows.truncate(MOST_ROWS);
        SimulationView {
            users: number(simulation.rows.len()),
            passing: number(simulation.count(Outcome::Admitted)),
            unknown: number(simulation.count(Outcome::Unknown)),
            causes: causes
                .into_iter()
                .map(|(rule, people, blocks)| CountView {
                    id: rule.to_string(),
                    title: words(rule).title.clone(),
                    severity: match (blocks, words(rule).severity) {
                        (true, _) => "bad",
                        (false, Severity::Info) => "info",
                        (false, _) => "warn",
                    }
                    .into(),
                    users: number(people),
                })
                .collect(),
            rows: rows
                .into_iter()
                .map(|row| UserView {
                    user: people.list.get(row.person).map(|p| p.name()).unwrap_or_default(),
                    result: match (row.outcome, row.findings.is_empty()) {
                        (Outcome::Refused, _) => "stops",
                        (Outcome::Unknown, _) => "unknown",
                        (Outcome::Admitted, false) => "warns",
                        (Outcome::Admitted, true) => "passes",
                    }
                    .into(),
                    findings: row.findings.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            assumed: simulation.assumed.iter().map(ToString::to_string).collect(),
        }
    }
}
