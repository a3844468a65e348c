//! Taking over what somebody built by hand or with a script: it is read, written down as a set-up with
//! its bindings, and compared by the same plan as everything else. Nothing in AWS is changed or tagged.

use crate::clock::RandomIds;
use crate::connection::{Connection, Problem};
use crate::store::{SetupFiles, StoreError};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::{Bindings, Event, Journal, Origin};
use claimbridge_core::plan::{self, Plan};
use claimbridge_core::resource::{Address, Output, PhysicalId};
use claimbridge_core::setup::Setup;
use claimbridge_core::value::AccountId;
use std::collections::BTreeMap;

mod federation;
mod provider;
mod reading;
mod refusal;
mod remark;
mod roles;
pub(crate) mod taking;
pub(crate) mod trust;
pub use provider::{ProviderThere, adopt_provider, provider_there};
pub use refusal::NotExamined;
pub use remark::Remark;

/// What to examine, where the application alone does not tell.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The account that it has to be in.
    pub account: Option<AccountId>,
    /// Which web experience, of several.
    pub web_experience: Option<String>,
    /// Which index, of several.
    pub index: Option<String>,
    /// Whose portal it is, where metadata or issuer do not tell.
    pub idp: Option<IdentityProvider>,
}

/// A resource that was found and belongs to the set-up.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is.
    pub address: Address,
    /// Its id in AWS.
    pub id: PhysicalId,
    /// Adopted, or shared where others use it.
    pub origin: Origin,
    /// What others take from it.
    pub outputs: BTreeMap<Output, String>,
}

/// What is there.
#[derive(Clone, Debug)]
pub struct Examined {
    /// A set-up that says what is there.
    pub setup: Setup,
    /// Its resources.
    pub found: Vec<Found>,
    /// What Claimbridge would change.
    pub plan: Plan,
    /// What the plan's rows do not say.
    pub remarks: Vec<Remark>,
}

impl Examined {
    /// Nothing would be changed, and nothing speaks against it as it is.
    pub fn in_order(&self) -> bool {
        self.plan.is_clean() && !self.remarks.iter().any(Remark::is_difference)
    }
}

/// Reads an application and all that its sign-in stands on.
///
/// # Errors
/// [`Problem::NotExamined`] where it cannot be taken over, with the reason; [`Problem::Setup`] where what
/// is there does not make a set-up; [`Problem::Aws`] where it could not be read.
pub async fn examine(
    connection: &Connection,
    application: &str,
    options: &Options,
) -> Result<Examined, Problem> {
    let (setup, found, mut remarks) = taking::take(connection, application, options).await?;
    let bindings =
        bindings(&setup, &found, connection.stand_in(), String::new()).map_err(Problem::Journal)?;
    let plan = plan::plan(&setup, &bindings, connection.aws.as_ref()).await?;
    remarks.sort_by_key(|r| !r.is_difference());
    Ok(Examined {
        setup,
        found,
        plan,
        remarks,
    })
}

fn events(setup: &Setup, found: &[Found], endpoint: Option<String>, plan: String) -> Vec<Event> {
    let began = Event::Began {
        plan,
        setup: setup.id.clone(),
        account: setup.account.clone(),
        region: setup.region,
        world: setup.world,
        endpoint,
    };
    let bound = found.iter().map(|f| Event::Bound {
        address: f.address,
        id: f.id.clone(),
        origin: f.origin,
        outputs: f.outputs.clone(),
    });
    std::iter::once(began)
        .chain(bound)
        .chain([Event::Ended { finished: true }])
        .collect()
}

fn bindings(
    setup: &Setup,
    found: &[Found],
    endpoint: Option<String>,
    plan: String,
) -> Result<Bindings, String> {
    let mut bindings = Bindings::default();
    for event in events(setup, found, endpoint, plan) {
        bindings.apply(&event)?;
    }
    Ok(bindings)
}

/// Writes set-up and journal, so that plan, apply, verify, report and removal work on what was found.
///
/// # Errors
/// [`Problem::Store`] where files are there already; nothing is half-written.
pub fn adopt(examined: &Examined, files: &SetupFiles, connection: &Connection) -> Result<(), Problem> {
    if files.path().exists() || !files.bindings()?.is_empty() {
        return Err(StoreError::Exists(files.path().to_owned()).into());
    }
    files.save(&examined.setup)?;
    let written = write_journal(examined, files, connection);
    if written.is_err() {
        // A set-up without its journal would take its own resources for a stranger's.
        let _ = std::fs::remove_file(files.path());
    }
    written
}

fn write_journal(examined: &Examined, files: &SetupFiles, connection: &Connection) -> Result<(), Problem> {
    let mut journal = files.journal()?;
    let Examined {
        setup, found, plan, ..
    } = examined;
    for event in events(setup, found, connection.stand_in(), plan.digest()) {
        journal.append(&event).map_err(Problem::Journal)?;
    }
    Ok(())
}

/// An id of our own for what AWS has none for.
fn fresh() -> String {
    use claimbridge_core::time::Ids;
    RandomIds.fresh()
}
