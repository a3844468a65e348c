//! Plan, apply, drift and removal of one set-up: the same comparison and the same engine each time.

use crate::clock::{RandomIds, SystemClock};
use crate::connection::{Connection, Problem};
use crate::preflight;
use crate::store::{SetupFiles, StoreError};
use claimbridge_core::engine::{self, Outcome, Progress, Run, Stop};
use claimbridge_core::journal::Bindings;
use claimbridge_core::plan::{self, Action, Plan};
use claimbridge_core::resource::{Address, Resource, SecretValue};
use claimbridge_core::setup::{Federation, Setup, secret_fault};
use claimbridge_core::time::Ids;

/// The account of the credentials must be the set-up's, and the world too.
pub(crate) async fn right_place(
    setup: &Setup,
    bindings: &Bindings,
    connection: &Connection,
) -> Result<(), Problem> {
    if setup.world != connection.world {
        return Err(Problem::OtherWorld);
    }
    let place = bindings.place.as_ref().filter(|_| !bindings.is_empty());
    if let Some(place) = place
        && (&place.setup, &place.account, place.region) != (&setup.id, &setup.account, setup.region)
    {
        return Err(Problem::OtherPlace {
            expected: format!(
                "set-up {}, account {}, region {}",
                place.setup, place.account, place.region
            ),
            found: format!(
                "set-up {}, account {}, region {}",
                setup.id, setup.account, setup.region
            ),
        });
    }
    if let Some(place) = place
        && place.endpoint != connection.stand_in()
    {
        return Err(Problem::OtherEndpoint {
            expected: place.endpoint.clone(),
            found: connection.stand_in(),
        });
    }
    let identity = connection.aws.identity().await?;
    if identity.account != setup.account.as_str() {
        return Err(Problem::OtherAccount {
            expected: setup.account.to_string(),
            found: identity.account,
        });
    }
    Ok(())
}

/// Compares a set-up with AWS.
///
/// # Errors
/// [`Problem`].
pub async fn plan_setup(files: &SetupFiles, connection: &Connection) -> Result<Plan, Problem> {
    let mut setup = files.load()?;
    right_place(&setup, &files.bindings()?, connection).await?;
    let bindings = files.bindings()?;
    if bindings.get(Address::Application).is_none() {
        let named = preflight::named(&setup, connection).await;
        if !named.unusable.is_empty() {
            return Err(Problem::Unusable(named.unusable));
        }
    }
    if let Federation::Oidc {
        secret_version: None, ..
    } = &setup.federation
    {
        renew_secret_version(files, &mut setup)?;
    }
    let plan = plan::plan(&setup, &bindings, connection.aws.as_ref()).await?;
    // A version is of one value: what may have been written needs a new one to be written again.
    let used = |version: &str| asks_for_secret(&plan) && bindings.wrote_version(version);
    if let Federation::Oidc {
        secret_version: Some(version),
        ..
    } = &setup.federation
        && used(version)
    {
        renew_secret_version(files, &mut setup)?;
        return Ok(plan::plan(&setup, &bindings, connection.aws.as_ref()).await?);
    }
    Ok(plan)
}

/// The next plan writes the client secret again: a new version that only a value given then fills.
///
/// # Errors
/// The disk.
pub fn renew_secret_version(files: &SetupFiles, setup: &mut Setup) -> Result<(), StoreError> {
    if let Federation::Oidc { secret_version, .. } = &mut setup.federation {
        *secret_version = Some(RandomIds.fresh());
        files.save(setup)?;
    }
    Ok(())
}

/// The plan that removes a set-up from AWS.
///
/// # Errors
/// [`Problem`].
pub async fn plan_removal(files: &SetupFiles, connection: &Connection) -> Result<Plan, Problem> {
    let setup = files.load()?;
    right_place(&setup, &files.bindings()?, connection).await?;
    Ok(plan::removal(&setup, &files.bindings()?, connection.aws.as_ref()).await)
}

/// Everything in AWS that is not as the set-up wants it.
///
/// # Errors
/// [`Problem`].
pub async fn drift(files: &SetupFiles, connection: &Connection) -> Result<Plan, Problem> {
    plan_setup(files, connection).await
}

/// What a person gives with the approval of a plan.
#[derive(Clone, Copy)]
pub struct Approval<'a> {
    /// Digest of the plan that was seen.
    pub digest: &'a str,
    /// The client secret, where the plan writes one.
    pub secret: Option<&'a SecretValue>,
    /// The stop button.
    pub stop: &'a Stop,
}

/// Whether the client secret has to be given with the approval.
pub fn asks_for_secret(plan: &Plan) -> bool {
    plan.steps
        .iter()
        .any(|s| s.address == Address::Secret && s.action.writes() && s.resource.is_some())
}

fn check_secret(plan: &Plan, secret: Option<&SecretValue>) -> Result<(), Problem> {
    match secret {
        _ if !asks_for_secret(plan) => Ok(()),
        None => Err(Problem::SecretNeeded),
        Some(secret) => secret_fault(secret).map_or(Ok(()), |why| Err(Problem::SecretUnusable(why))),
    }
}

/// A plan may have been seen before a later one named another version.
fn keep_planned_version(files: &SetupFiles, plan: &Plan) -> Result<(), StoreError> {
    let planned = plan.steps.iter().find_map(|s| match &s.resource {
        Some(Resource::Secret { version, .. }) if s.action.writes() => Some(version.clone()),
        _ => None,
    });
    let mut setup = files.load()?;
    if let (Some(planned), Federation::Oidc { secret_version, .. }) = (planned, &mut setup.federation)
        && secret_version.as_ref() != Some(&planned)
    {
        *secret_version = Some(planned);
        files.save(&setup)?;
    }
    Ok(())
}

/// Runs a plan that was seen, and approved by its digest.
///
/// # Errors
/// [`Problem`]; failed steps are part of the outcome instead.
pub async fn apply(
    files: &SetupFiles,
    connection: &Connection,
    plan: Plan,
    approval: Approval<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, Problem> {
    check_secret(&plan, approval.secret)?;
    // Locked first: what is compared below is then what is run on.
    let mut journal = files.journal()?;
    let setup = files.load()?;
    let mut bindings = files.bindings()?;
    right_place(&setup, &bindings, connection).await?;
    if plan.setup != setup.id || plan.basis != bindings.fingerprint() {
        return Err(Problem::StalePlan);
    }
    let approved = plan.approve(approval.digest)?;
    keep_planned_version(files, approved.plan())?;
    let run = Run {
        cloud: connection.aws.as_ref(),
        clock: &SystemClock,
        ids: &RandomIds,
        timeouts: connection.timeouts,
        stop: approval.stop,
        order: setup.order,
        endpoint: connection.stand_in(),
        secret: approval.secret,
    };
    if address_goes(approved.plan()) {
        // Before the address goes, so that no death in between leaves ticks for one that is gone.
        let mut fresh = files.load()?;
        if !fresh.done.is_empty() {
            fresh.done.clear();
            files.save(&fresh)?;
        }
    }
    engine::apply(&approved, &mut bindings, &mut journal, &run, progress)
        .await
        .map_err(Problem::Journal)
}

/// Whether the web experience gets another address, or none: what was pasted at the identity provider
/// has to be pasted again then.
fn address_goes(plan: &Plan) -> bool {
    plan.steps.iter().any(|s| {
        s.address == Address::WebExperience
            && matches!(s.action, Action::Create | Action::Delete | Action::Replace)
    })
}

/// Plans the removal and runs it.
///
/// # Errors
/// [`Problem`].
pub async fn remove(
    files: &SetupFiles,
    connection: &Connection,
    stop: &Stop,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, Problem> {
    let plan = plan_removal(files, connection).await?;
    let digest = plan.digest();
    let approval = Approval {
        digest: &digest,
        secret: None,
        stop,
    };
    apply(files, connection, plan, approval, progress).await
}
