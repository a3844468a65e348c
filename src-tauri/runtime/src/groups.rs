//! Groups of one set-up: a file is read and checked, compared with AWS, and the difference carried out.

use crate::clock::SystemClock;
use crate::connection::{Connection, Problem};
use crate::jobs::right_place;
use crate::store::{SetupFiles, StoreError};
use claimbridge_core::engine::Stop;
use claimbridge_core::groups::{
    self as core, Desired, Finding, GroupPlan, Groups, NotApproved, Outcome, Place, Progress, Roster, Rules,
    Run, Unreadable,
};
use claimbridge_core::journal::Bindings;
use claimbridge_core::resource::{Address, CloudError, Output};
use claimbridge_core::setup::Setup;
use std::fmt;

/// A file held against AWS.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What was found in the file, blocking ones first.
    pub findings: Vec<Finding>,
    /// What is to be done and the members that it is about; None where a finding blocks.
    pub difference: Option<Difference>,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Difference {
    /// For a person to approve by its digest.
    pub plan: GroupPlan,
    /// The members. They are on no disk.
    pub desired: Desired,
}

/// Why groups could not be compared or put.
#[derive(Debug)]
pub enum GroupsProblem {
    /// The file was not taken.
    File(Unreadable),
    /// The set-up has no index, or not yet: groups are put into one.
    NoIndex {
        /// Whether the set-up wants one.
        wanted: bool,
    },
    /// The plan was not approved as it is.
    NotApproved(NotApproved),
    /// As for every other act.
    Other(Problem),
}

impl fmt::Display for GroupsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GroupsProblem::File(error) => error.fmt(f),
            GroupsProblem::NoIndex { wanted: true } => f.write_str(
                "The index of this set-up is not there yet, and groups are put into it. Nothing was done; apply the set-up first.",
            ),
            GroupsProblem::NoIndex { wanted: false } => f.write_str(
                "This set-up has no index, so there are no documents whose readers groups could name. Nothing was done; add an index to the set-up and apply it first.",
            ),
            GroupsProblem::NotApproved(error) => error.fmt(f),
            GroupsProblem::Other(problem) => problem.fmt(f),
        }
    }
}

impl std::error::Error for GroupsProblem {}

impl From<Unreadable> for GroupsProblem {
    fn from(error: Unreadable) -> Self {
        GroupsProblem::File(error)
    }
}

impl From<Problem> for GroupsProblem {
    fn from(problem: Problem) -> Self {
        GroupsProblem::Other(problem)
    }
}

impl From<StoreError> for GroupsProblem {
    fn from(error: StoreError) -> Self {
        GroupsProblem::Other(Problem::Store(error))
    }
}

impl From<CloudError> for GroupsProblem {
    fn from(error: CloudError) -> Self {
        GroupsProblem::Other(Problem::Aws(error))
    }
}

/// The index that groups of this set-up go into.
fn place(setup: &Setup, bindings: &Bindings) -> Result<Place, GroupsProblem> {
    let outputs = bindings.outputs();
    let id = |address| outputs.get(&(address, Output::Id)).cloned();
    match (id(Address::Application), id(Address::Index)) {
        (Some(application), Some(index)) => Ok(Place {
            setup: setup.id.clone(),
            application,
            index,
        }),
        _ => Err(GroupsProblem::NoIndex {
            wanted: setup.application.index.is_some(),
        }),
    }
}

/// Reads a file of groups, CSV or JSON, checks it, and compares it with AWS. With `take_over`, groups of
/// the file that somebody else put are put as well. `read` is told how many names AWS has given so far.
///
/// # Errors
/// [`GroupsProblem`]; what is wrong with groups and members is in the findings instead.
pub async fn compare(
    files: &SetupFiles,
    connection: &Connection,
    file: &[u8],
    rules: &Rules,
    take_over: bool,
    read: &mut (dyn FnMut(usize) + Send),
) -> Result<Compared, GroupsProblem> {
    let setup = files.load()?;
    let bindings = files.bindings()?;
    // What needs no connection first.
    let checked = core::check(Roster::read(file)?, rules);
    let place = place(&setup, &bindings)?;
    let Some(desired) = checked.desired else {
        return Ok(Compared {
            findings: checked.findings,
            difference: None,
        });
    };
    right_place(&setup, &bindings, connection).await?;
    let groups = connection.aws.groups(&place.application, &place.index);
    let listed = groups.list(read).await?;
    let plan = core::plan(&place, &desired, &listed, &files.group_memory()?, take_over);
    Ok(Compared {
        findings: checked.findings,
        difference: Some(Difference { plan, desired }),
    })
}

/// Carries out a difference that was seen, and approved by its digest.
///
/// # Errors
/// [`GroupsProblem`]; groups that failed are part of the outcome instead.
pub async fn apply(
    files: &SetupFiles,
    connection: &Connection,
    difference: Difference,
    seen: &str,
    stop: &Stop,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, GroupsProblem> {
    // Locked first: what is compared below is then what is run on.
    let mut journal = files.group_journal()?;
    let setup = files.load()?;
    let bindings = files.bindings()?;
    right_place(&setup, &bindings, connection).await?;
    let place = place(&setup, &bindings)?;
    let mut memory = files.group_memory()?;
    if difference.plan.place != place || difference.plan.basis != memory.fingerprint() {
        return Err(Problem::StalePlan.into());
    }
    let approved = difference
        .plan
        .approve(seen, difference.desired)
        .map_err(GroupsProblem::NotApproved)?;
    let groups = connection.aws.groups(&place.application, &place.index);
    let run = Run {
        groups: &groups,
        clock: &SystemClock,
        timeouts: connection.timeouts,
        stop,
    };
    core::apply(&approved, &mut memory, &mut journal, &run, progress)
        .await
        .map_err(|why| Problem::Journal(why).into())
}
