//! What crosses to the screens: plain data with words put to it. No secret and no signed response
//! is in any of these types.

use claimbridge_core::idp::{IdentityProvider, Phase, Protocol, UNAVAILABLE, guide, values, visits};
use claimbridge_core::journal::Bindings;
use claimbridge_core::report::{CLOSED, TestRecord};
use claimbridge_core::resource::{Address, Purpose};
use claimbridge_core::setup::{Federation, Names, Setup};
use claimbridge_core::value::Region;
use claimbridge_runtime::preflight::{Check, CheckState};
use serde::{Deserialize, Serialize};
use specta::Type;

mod diagnose;
mod examine;
mod groups;
mod guide;
mod handoff;
mod judgement;
mod kept;
mod options;
mod plan;
mod session;
mod setup;
mod signature;
mod simulation;
pub mod words;

pub use diagnose::*;
pub use examine::*;
pub use groups::*;
pub use guide::*;
pub use handoff::*;
pub use judgement::*;
pub use kept::*;
pub use options::*;
pub use plan::*;
pub use session::*;
pub use setup::*;
pub use signature::*;
pub use simulation::*;

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

impl Failure {
    /// What was asked for needs a set-up of this computer.
    pub fn no_setup() -> Failure {
        Failure {
            message: "This case belongs to no set-up of this computer. Take the application over first."
                .into(),
        }
    }
}

/// Where a set-up stands, and the screen for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// What the application offers; never in the way.
    Options,
    /// Nothing of the identity provider yet: its metadata, or issuer and client.
    Metadata,
    /// Something in AWS is still to be made or changed.
    Plan,
    /// The identity provider needs AWS's values.
    Configure,
    /// Somebody should sign in.
    Test,
    /// What a signed-in person sees; never in the way.
    Session,
    /// Groups that the documents' readers are named by; never in the way.
    Groups,
    /// It works.
    Report,
}

impl Position {
    /// The first thing that is not done.
    pub fn of(setup: &Setup, bindings: &Bindings, test: Option<&TestRecord>) -> Position {
        let made = bindings
            .get(Address::AutoSubscription)
            .is_some_and(|b| b.pending.is_none() && b.id.is_some());
        if !can_be_planned(setup) {
            Position::Metadata
        } else if !made || setup.changed_since(bindings) {
            Position::Plan
        } else if test.is_some_and(|t| t.passed) {
            Position::Report
        } else if !is_told(setup, bindings) {
            Position::Configure
        } else if setup.is_temporary() {
            Position::Metadata
        } else {
            Position::Test
        }
    }

    /// The screens in the order in which they are met. With AWS first, the identity provider's
    /// administrator comes after the plan.
    pub fn order(setup: &Setup) -> [Position; 8] {
        use Position::{Configure, Groups, Metadata, Options, Plan, Report, Session, Test};
        if setup.is_temporary() {
            [Options, Plan, Configure, Metadata, Test, Session, Groups, Report]
        } else {
            [Options, Metadata, Plan, Configure, Test, Session, Groups, Report]
        }
    }

    /// Whether nobody has to come by here.
    pub fn is_optional(self) -> bool {
        matches!(self, Position::Groups | Position::Options | Position::Session)
    }
}

/// Whether every value of AWS was entered at the identity provider, by the ticks.
fn is_told(setup: &Setup, bindings: &Bindings) -> bool {
    let known = values(setup, bindings.web_experience().as_ref());
    visits(setup, &known)
        .iter()
        .filter(|v| v.phase == Phase::After && !v.optional)
        .all(|v| v.done)
}

fn can_be_planned(setup: &Setup) -> bool {
    match &setup.federation {
        Federation::Saml { .. } => setup.metadata().is_some(),
        Federation::Oidc {
            issuer, client_id, ..
        } => issuer.is_some() && client_id.is_some(),
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
    /// Nobody can sign in: AWS holds the stand-in, or will.
    pub nobody_yet: bool,
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
    pub idps: Vec<IdpChoice>,
    pub unavailable: Vec<Choice>,
    pub regions: Vec<String>,
    pub notice: String,
}

/// An identity provider with its protocol.
#[derive(Debug, Serialize, Type)]
pub struct IdpChoice {
    pub id: String,
    pub label: String,
    pub detail: String,
    pub vendor: String,
    /// `saml` or `oidc`.
    pub protocol: String,
}

/// One option.
#[derive(Debug, Serialize, Type)]
pub struct Choice {
    pub id: String,
    pub label: String,
    pub detail: String,
}

impl Choices {
    /// Every guide, and what Amazon Q Business does not take.
    pub fn all() -> Choices {
        Choices {
            idps: IdentityProvider::ALL
                .iter()
                .map(|idp| {
                    let guide = guide(*idp);
                    IdpChoice {
                        id: idp.as_str().into(),
                        label: guide.name.clone(),
                        detail: guide.detail.clone(),
                        vendor: guide.vendor.clone(),
                        protocol: words::protocol_id(guide.protocol).into(),
                    }
                })
                .collect(),
            unavailable: UNAVAILABLE
                .iter()
                .map(|u| Choice {
                    id: u.id.into(),
                    label: u.label.into(),
                    detail: u.reason.into(),
                })
                .collect(),
            regions: Region::ALL.iter().map(ToString::to_string).collect(),
            notice: CLOSED.into(),
        }
    }
}

/// Goal and connection, before there is a set-up.
#[derive(Debug, Clone, Deserialize, Type)]
pub struct Draft {
    pub practice: bool,
    pub idp: String,
    pub profile: Option<String>,
    pub region: String,
    /// AWS is set up before the identity provider's metadata is there; SAML only.
    pub aws_first: bool,
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
    /// What the portal leaves for role and provider together; None where it has no limit.
    pub limit: Option<u32>,
}

impl NamesView {
    /// For the screen.
    pub fn of(names: &Names, room: Option<usize>, protocol: Protocol) -> NamesView {
        let pair = |label: &str, value: &str| Pair {
            label: label.into(),
            value: value.into(),
        };
        let used = names.role.chars().count() + names.provider.chars().count();
        let mut rows = vec![
            pair("Role", &names.role),
            pair("Policy in the role", &names.policy),
        ];
        match protocol {
            Protocol::Saml => rows.insert(0, pair("IAM provider", &names.provider)),
            Protocol::Oidc => {
                rows.push(pair("Secret", &names.secret()));
                rows.push(pair("Role that reads it", &names.service_role(Purpose::Secrets)));
            }
        }
        rows.extend([
            pair("Application", &names.application),
            pair("Index", &names.index),
            pair("Retriever", &names.retriever),
            pair("Title of the web experience", &names.title),
        ]);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        NamesView {
            rows,
            faults: names
                .faults(room)
                .into_iter()
                .map(|f| format!("“{}”: expected {}", f.found, f.expected))
                .collect(),
            used: number(used),
            limit: room.map(number),
        }
    }
}

/// Label and value.
#[derive(Debug, Clone, Serialize, Type)]
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
