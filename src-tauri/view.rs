//! What crosses to the screens: plain data with words put to it. No secret and no signed response
//! is in any of these types.

use claimbridge_core::idp::{Phase, guide};
use claimbridge_core::journal::Bindings;
use claimbridge_core::report::TestRecord;
use claimbridge_core::resource::Address;
use claimbridge_core::setup::Setup;
use claimbridge_runtime::preflight::{Check, CheckState};
use serde::{Deserialize, Serialize};
use specta::Type;

mod guide;
mod judgement;
mod plan;
mod setup;
pub mod words;

pub use guide::*;
pub use judgement::*;
pub use plan::*;
pub use setup::*;

/// A failed act, for a person.
#[derive(Debug, Serialize, Type)]
pub struct Failure {
    /// What happened, why, and the next act.
    pub message: String,
}

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure {
            message: error.to_string(),
        }
    }
}

/// Where a set-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Nothing of the identity provider yet.
    Metadata,
    /// Something in AWS is still to be made.
    Plan,
    /// The identity provider needs AWS's values.
    Configure,
    /// Somebody should sign in.
    Test,
    /// It works.
    Report,
}

impl Position {
    /// The first thing that is not done.
    pub fn of(setup: &Setup, bindings: &Bindings, test: Option<&TestRecord>) -> Position {
        let made = bindings
            .get(Address::AutoSubscription)
            .is_some_and(|b| b.pending.is_none() && b.id.is_some());
        let after = guide(setup.idp()).step.iter().filter(|s| s.phase == Phase::After);
        let told = after.clone().count() > 0 && after.into_iter().all(|s| setup.done.contains(&s.id));
        match (setup.metadata(), made, told, test) {
            (None, ..) => Position::Metadata,
            (Some(_), false, ..) => Position::Plan,
            (_, true, _, Some(t)) if t.passed => Position::Report,
            (_, true, false, _) => Position::Configure,
            (_, true, true, _) => Position::Test,
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// One row of Home.
#[derive(Debug, Serialize, Type)]
pub struct HomeRow {
    pub id: String,
    pub name: String,
    pub idp: String,
    pub place: String,
    pub practice: bool,
    pub position: Position,
    pub certificate_days: Option<i32>,
    pub last_test: Option<String>,
    pub passed: Option<bool>,
}

/// Home.
#[derive(Debug, Serialize, Type)]
pub struct Home {
    pub rows: Vec<HomeRow>,
    /// Set-ups that could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// Practice was asked for at the start.
    pub practice: bool,
}

/// What Goal offers.
#[derive(Debug, Serialize, Type)]
pub struct Choices {
    pub idps: Vec<Choice>,
    pub unavailable: Vec<Choice>,
    pub regions: Vec<String>,
    pub notice: String,
}

/// One option.
#[derive(Debug, Serialize, Type)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub detail: String,
}

/// Goal and connection, before there is a set-up.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct Draft {
    pub practice: bool,
    pub idp: String,
    pub profile: Option<String>,
    pub region: String,
}

/// Who the credentials belong to, and the checklist.
#[derive(Debug, Serialize, Type)]
pub struct ConnectionView {
    pub account: String,
    pub caller: String,
    pub checks: Vec<CheckRow>,
    pub blocked: bool,
}

/// One check.
#[derive(Debug, Serialize, Type)]
pub struct CheckRow {
    pub label: String,
    pub state: String,
    pub detail: String,
}

impl From<Check> for CheckRow {
    fn from(check: Check) -> Self {
        let state = match check.state {
            CheckState::Failed => "bad",
            CheckState::Warning => "warn",
            CheckState::Passed => "ok",
        };
        CheckRow {
            label: check.label.into(),
            state: state.into(),
            detail: check.detail,
        }
    }
}

/// Names that follow from a prefix.
#[derive(Debug, Serialize, Type)]
pub struct NamesView {
    pub rows: Vec<Pair>,
    pub faults: Vec<String>,
    pub used: u32,
    pub limit: u32,
}

/// Label and value.
#[derive(Debug, Serialize, Type)]
pub struct Pair {
    pub label: String,
    pub value: String,
}

/// A profile of the config files.
#[derive(Debug, Serialize, Type)]
pub struct ProfileRow {
    pub name: String,
    pub kind: String,
    pub region: Option<String>,
}
