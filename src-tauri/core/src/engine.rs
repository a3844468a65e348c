//! Runs an approved plan: every step as soon as what it needs is there, independent steps side by
//! side, intent journalled before each act.
//!
//! The engine never reorders a plan, never retries an act whose outcome is unknown without reading
//! first, and never drops a write in flight: a stop starts no new step and lets the others finish.

use crate::journal::{Act, Bindings, Event as Entry, Journal, Origin};
use crate::plan::{Action, ApprovedPlan, Step, differences, pending};
use crate::resource::{
    Address, Candidate, Cloud, CloudError, CloudErrorKind, Leftover, NO_ENDPOINT, Observed, Output,
    PhysicalId, Resource, Snapshot,
};
use crate::setup::Order;
use crate::time::{Clock, Ids, Instant};
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Every wait of a run, in one table.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// One step, from its first call until it is usable. CloudFormation allows four hours; an
    /// index that takes more than one is not coming.
    pub step: Duration,
    /// How long a refusal that names a new role is taken for IAM's propagation (facts F127).
    pub propagation: Duration,
    /// Longest time without a look.
    pub poll: Duration,
    /// First pause after a refusal that will pass.
    pub backoff: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            step: Duration::from_secs(3600),
            propagation: Duration::from_secs(120),
            poll: Duration::from_secs(5),
            backoff: Duration::from_millis(500),
        }
    }
}

impl Timeouts {
    /// All of them shorter, for a practice world whose clock runs faster.
    pub fn scaled(self, factor: f64) -> Timeouts {
        let scale = |d: Duration| d.mul_f64(factor).max(Duration::from_millis(20));
        Timeouts {
            step: scale(self.step),
            propagation: scale(self.propagation),
            poll: scale(self.poll),
            backoff: scale(self.backoff),
        }
    }
}

/// Asks a run to stop: no new step is started.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a screen is told. The first event is `Queued` for every step, in the plan's order.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Progress {
    /// It will be done.
    Queued { address: Address, action: Action },
    /// Its first call is on its way.
    Started { address: Address, at: Instant },
    /// AWS gave it an id.
    Accepted { address: Address, id: PhysicalId },
    /// It is waiting, and for what.
    Waiting { address: Address, why: Wait },
    /// It is through.
    Done {
        address: Address,
        at: Instant,
        outputs: BTreeMap<Output, String>,
    },
    /// It failed.
    Failed {
        address: Address,
        at: Instant,
        error: CloudError,
    },
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// AWS's status, until it is usable.
    Status(String),
    /// A refusal that passes by itself.
    Refusal(CloudErrorKind),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every step is through.
    pub finished: bool,
    /// It was asked to stop.
    pub stopped: bool,
    /// Steps that failed, with what they left.
    pub failed: Vec<(Address, CloudError)>,
    /// Steps that were not started.
    pub not_started: Vec<Address>,
    /// The other order, where AWS refused this one's way through the circle.
    pub offer: Option<Order>,
}

/// What a run needs beside the plan.
pub struct Run<'a> {
    /// The cloud.
    pub cloud: &'a dyn Cloud,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Idempotency tokens.
    pub ids: &'a dyn Ids,
    /// The waits.
    pub timeouts: Timeouts,
    /// The stop button.
    pub stop: &'a Stop,
    /// The order that the set-up uses, so that the other can be offered.
    pub order: Order,
    /// A stand-in for AWS on this machine, if that is where the cloud is.
    pub endpoint: Option<String>,
}

struct Shared<'a> {
    run: &'a Run<'a>,
    setup: &'a str,
    bindings: Mutex<&'a mut Bindings>,
    journal: Mutex<&'a mut dyn Journal>,
    progress: Mutex<&'a mut (dyn FnMut(Progress) + Send)>,
}

/// Runs the plan. The bindings are brought up to date as the journal is written.
///
/// # Errors
/// Only when the journal cannot be written; nothing is then started any more.
pub async fn apply(
    plan: &ApprovedPlan,
    bindings: &mut Bindings,
    journal: &mut dyn Journal,
    run: &Run<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, String> {
    let body = plan.plan();
    let shared = Shared {
        run,
        setup: &body.setup,
        bindings: Mutex::new(bindings),
        journal: Mutex::new(journal),
        progress: Mutex::new(progress),
    };
    shared.write(&Entry::Began {
        plan: plan.digest().to_owned(),
        setup: body.setup.clone(),
        account: body.account.clone(),
        region: body.region,
        world: body.world,
        endpoint: run.endpoint.clone(),
    })?;
    for step in &body.steps {
        shared.tell(Progress::Queued {
            address: step.address,
            action: step.action.clone(),
        });
    }

    let mut outputs: BTreeMap<(Address, Output), String> = BTreeMap::new();
    let mut through: BTreeSet<Address> = BTreeSet::new();
    let mut failed: Vec<(Address, CloudError)> = Vec::new();
    let mut waiting: Vec<&Step> = body.steps.iter().collect();
    let mut broken: Option<String> = None;
    let mut running = FuturesUnordered::new();
    loop {
        let ready: Vec<&Step>;
        (ready, waiting) = waiting.into_iter().partition(|s| {
            s.after
                .iter()
                .all(|a| through.contains(a) || !in_plan(&body.steps, *a))
        });
        if shared.run.stop.asked() || broken.is_some() {
            waiting.splice(0..0, ready);
        } else {
            for step in ready {
                let known = outputs.clone();
                running.push(shared.step(step, known));
            }
        }
        let Some((address, result)) = running.next().await else {
            break;
        };
        match result {
            Ok(made) => {
                through.insert(address);
                outputs.extend(made.into_iter().map(|(o, v)| ((address, o), v)));
            }
            Err(StepError::Cloud(error)) => failed.push((address, error)),
            // What was sent is waited for; nothing new is started.
            Err(StepError::Journal(why)) => broken = Some(why),
        }
    }
    if let Some(why) = broken {
        return Err(why);
    }
    let not_started: Vec<Address> = waiting.iter().map(|s| s.address).collect();
    let finished = failed.is_empty() && not_started.is_empty();
    shared.write(&Entry::Ended { finished })?;
    let offer = (run.order == Order::EndpointFirst)
        .then(|| failed.iter().any(|(a, e)| refused_circle(*a, e)))
        .and_then(|refused| refused.then_some(Order::RoleFirst));
    Ok(Outcome {
        finished,
        stopped: run.stop.asked(),
        failed,
        not_started,
        offer,
    })
}

fn in_plan(steps: &[Step], address: Address) -> bool {
    steps.iter().any(|s| s.address == address)
}

/// The three ways in which AWS may refuse the endpoint-first order: no role-less web experience,
/// no endpoint on it, no later role.
fn refused_circle(address: Address, error: &CloudError) -> bool {
    let refused = matches!(error.kind, CloudErrorKind::Invalid | CloudErrorKind::NotYet);
    refused && matches!(address, Address::WebExperience | Address::WebExperienceRole)
}

enum StepError {
    Cloud(CloudError),
    Journal(String),
}

impl From<CloudError> for StepError {
    fn from(error: CloudError) -> Self {
        StepError::Cloud(error)
    }
}

type Made = BTreeMap<Output, String>;

impl Shared<'_> {
    fn write(&self, entry: &Entry) -> Result<(), String> {
        // A poisoned lock means a panic elsewhere; the journal itself is still whole lines.
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        // What cannot follow is not written: a journal that does not replay helps nobody.
        let mut next = bindings.clone();
        next.apply(entry)?;
        journal.append(entry)?;
        **bindings = next;
        Ok(())
    }

    fn tell(&self, progress: Progress) {
        let mut listener = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        listener(progress);
    }

    async fn step(
        &self,
        step: &Step,
        known: BTreeMap<(Address, Output), String>,
    ) -> (Address, Result<Made, StepError>) {
        let address = step.address;
        if step.action.writes() {
            self.tell(Progress::Started {
                address,
                at: self.run.clock.now(),
            });
        }
        let result = self.act(step, &known).await;
        match &result {
            Ok(outputs) => self.tell(Progress::Done {
                address,
                at: self.run.clock.now(),
                outputs: outputs.clone(),
            }),
            Err(StepError::Cloud(error)) => {
                if step.action.writes()
                    && let Err(why) = self.write(&Entry::Failed {
                        address,
                        error: error.clone(),
                    })
                {
                    return (address, Err(StepError::Journal(why)));
                }
                self.tell(Progress::Failed {
                    address,
                    at: self.run.clock.now(),
                    error: error.clone(),
                });
            }
            Err(StepError::Journal(_)) => {}
        }
        (address, result)
    }

    async fn act(&self, step: &Step, known: &BTreeMap<(Address, Output), String>) -> Result<Made, StepError> {
        let address = step.address;
        let id = step.id.as_ref();
        match (&step.action, &step.resource, id) {
            (Action::Keep, _, Some(id)) => {
                self.write(&Entry::Bound {
                    address,
                    id: id.clone(),
                    origin: step.origin.unwrap_or(Origin::Adopted),
                    outputs: step.outputs.clone(),
                })
                .map_err(StepError::Journal)?;
                Ok(step.outputs.clone())
            }
            (Action::Create, Some(resource), _) => {
                self.create(address, &resolve(address, resource, known)?).await
            }
            (Action::Replace, Some(resource), Some(id)) => {
                self.delete(address, id, step.origin).await?;
                self.create(address, &resolve(address, resource, known)?).await
            }
            (Action::Update, Some(resource), Some(id)) => {
                self.update(address, id, step, &resolve(address, resource, known)?)
                    .await
            }
            (Action::Delete, _, Some(id)) => {
                self.delete(address, id, step.origin).await?;
                Ok(Made::new())
            }
            (Action::Forget, ..) => {
                self.write(&Entry::Released { address })
                    .map_err(StepError::Journal)?;
                Ok(Made::new())
            }
            (
                Action::Create
                | Action::Delete
                | Action::Keep
                | Action::Refuse(_)
                | Action::Replace
                | Action::Update,
                ..,
            ) => Err(impossible(address, "the plan's step has no resource or no id").into()),
        }
    }

    async fn create(&self, address: Address, resource: &Resource<String>) -> Result<Made, StepError> {
        let resumed = {
            let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
            pending(&bindings, address)
                .filter(|(act, _)| *act == Act::Create)
                .map(|(_, token)| token.clone())
        };
        let again = resumed.is_some();
        let token = resumed.unwrap_or_else(|| self.run.ids.fresh());
        self.write(&Entry::Intent {
            address,
            act: Act::Create,
            token: token.clone(),
        })
        .map_err(StepError::Journal)?;
        let mut id = if again { self.ours(resource).await? } else { None };
        let started = self.run.clock.now();
        let mut patience = Patience::new(self.run.timeouts);
        while id.is_none() {
            let error = match self.run.cloud.create(resource, &token).await {
                Ok(made) => {
                    id = Some(made);
                    break;
                }
                Err(error) => error,
            };
            // The answer to an earlier try may be lost, and the name now be taken by ourselves.
            if matches!(
                error.kind,
                CloudErrorKind::OutcomeUnknown | CloudErrorKind::Conflict
            ) && let Some(found) = self.ours(resource).await?
            {
                id = Some(found);
                break;
            }
            self.pause_or_fail(address, resource, error, started, &mut patience)
                .await?;
        }
        let id = id.ok_or_else(|| impossible(address, "created without an id"))?;
        self.write(&Entry::Accepted {
            address,
            id: id.clone(),
        })
        .map_err(StepError::Journal)?;
        self.tell(Progress::Accepted {
            address,
            id: id.clone(),
        });
        let snapshot = self.settle(address, &id, started).await?;
        let outputs = snapshot.outputs;
        self.write(&Entry::Settled {
            address,
            outputs: outputs.clone(),
        })
        .map_err(StepError::Journal)?;
        Ok(outputs)
    }

    async fn update(
        &self,
        address: Address,
        id: &PhysicalId,
        step: &Step,
        resource: &Resource<String>,
    ) -> Result<Made, StepError> {
        self.write(&Entry::Bound {
            address,
            id: id.clone(),
            origin: step.origin.unwrap_or(Origin::Adopted),
            outputs: step.outputs.clone(),
        })
        .map_err(StepError::Journal)?;
        self.write(&Entry::Intent {
            address,
            act: Act::Update,
            token: self.run.ids.fresh(),
        })
        .map_err(StepError::Journal)?;
        let started = self.run.clock.now();
        // Something still on its way is waited for first: what differs cannot be seen before.
        if step.changes.is_empty() {
            let snapshot = self.settle(address, id, started).await?;
            if differences(&resource.attributes(), &snapshot).is_empty() {
                self.write(&Entry::Settled {
                    address,
                    outputs: snapshot.outputs.clone(),
                })
                .map_err(StepError::Journal)?;
                return Ok(snapshot.outputs);
            }
        }
        let mut patience = Patience::new(self.run.timeouts);
        while let Err(error) = self.run.cloud.update(id, resource).await {
            self.pause_or_fail(address, resource, error, started, &mut patience)
                .await?;
        }
        let snapshot = self.settle(address, id, started).await?;
        self.write(&Entry::Settled {
            address,
            outputs: snapshot.outputs.clone(),
        })
        .map_err(StepError::Journal)?;
        Ok(snapshot.outputs)
    }

    async fn delete(
        &self,
        address: Address,
        id: &PhysicalId,
        origin: Option<Origin>,
    ) -> Result<(), StepError> {
        self.write(&Entry::Bound {
            address,
            id: id.clone(),
            origin: origin.unwrap_or(Origin::Created),
            outputs: Made::new(),
        })
        .map_err(StepError::Journal)?;
        self.write(&Entry::Intent {
            address,
            act: Act::Delete,
            token: self.run.ids.fresh(),
        })
        .map_err(StepError::Journal)?;
        let started = self.run.clock.now();
        let mut patience = Patience::new(self.run.timeouts);
        self.still_ours(address, id, started, &mut patience).await?;
        loop {
            match self.run.cloud.delete(address, id).await {
                Ok(()) => break,
                Err(error) if error.kind == CloudErrorKind::Gone => break,
                Err(error) => self.wait_or_fail(address, error, started, &mut patience).await?,
            }
        }
        loop {
            match self.run.cloud.read(address, id).await {
                Observed::Absent => break,
                Observed::Unreadable(error) => {
                    self.wait_or_fail(address, error, started, &mut patience).await?
                }
                Observed::Settling { status } => {
                    self.look_again(address, Wait::Status(status), started).await?
                }
                Observed::Failed { why } => {
                    let mut error = impossible(address, &format!("it cannot be deleted: {why}"));
                    error.leftover = Leftover::Unfinished;
                    return Err(error.into());
                }
                Observed::PendingDeletion { .. } | Observed::Ready(_) => {
                    self.look_again(address, Wait::Status("DELETING".into()), started)
                        .await?;
                }
            }
        }
        self.write(&Entry::Released { address })
            .map_err(StepError::Journal)
    }

    /// Before anything is deleted: somebody may have put something of their own under its name. An
    /// inline policy is of whoever its role is of.
    async fn still_ours(
        &self,
        address: Address,
        id: &PhysicalId,
        started: Instant,
        patience: &mut Patience,
    ) -> Result<(), StepError> {
        let (owner, owner_id) = match address {
            Address::RolePolicy => (Address::Role, PhysicalId(id.parts().0.to_owned())),
            _ => (address, id.clone()),
        };
        loop {
            match self.run.cloud.read(owner, &owner_id).await {
                Observed::Unreadable(error) => self.wait_or_fail(address, error, started, patience).await?,
                Observed::Ready(snapshot) if snapshot.is_of_another(self.setup) => {
                    return Err(CloudError {
                        kind: CloudErrorKind::Conflict,
                        operation: format!("delete {address}"),
                        code: None,
                        message: format!(
                            "{} is not what this set-up made any more; it was left alone",
                            id.0
                        ),
                        request_id: None,
                        leftover: Leftover::Nothing,
                    }
                    .into());
                }
                Observed::Absent
                | Observed::Failed { .. }
                | Observed::PendingDeletion { .. }
                | Observed::Ready(_)
                | Observed::Settling { .. } => return Ok(()),
            }
        }
    }

    /// Ours under this name, if it is there.
    async fn ours(&self, resource: &Resource<String>) -> Result<Option<PhysicalId>, StepError> {
        let mut patience = Patience::new(self.run.timeouts);
        loop {
            match self.run.cloud.find(resource).await {
                Ok(Some(Candidate { id, setup })) if setup.as_deref() == Some(self.setup) => {
                    return Ok(Some(id));
                }
                Ok(_) => return Ok(None),
                Err(error) if patience.tries < 5 && passes(error.kind) => {
                    self.run.clock.sleep(patience.next()).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn settle(
        &self,
        address: Address,
        id: &PhysicalId,
        started: Instant,
    ) -> Result<Snapshot, StepError> {
        let mut patience = Patience::new(self.run.timeouts);
        loop {
            match self.run.cloud.read(address, id).await {
                Observed::Ready(snapshot) => return Ok(snapshot),
                Observed::Settling { status } => {
                    self.look_again(address, Wait::Status(status), started).await?
                }
                Observed::Failed { why } => {
                    return Err(CloudError {
                        kind: CloudErrorKind::Invalid,
                        operation: format!("create {address}"),
                        code: Some("FAILED".into()),
                        message: why,
                        request_id: None,
                        leftover: Leftover::Unfinished,
                    }
                    .into());
                }
                Observed::Unreadable(error) => {
                    self.wait_or_fail(address, error, started, &mut patience).await?
                }
                // Reads may lag behind writes; a resource that stays away was deleted by someone.
                Observed::Absent | Observed::PendingDeletion { .. } if patience.tries < 6 => {
                    self.run.clock.sleep(patience.next()).await;
                }
                Observed::Absent | Observed::PendingDeletion { .. } => {
                    return Err(CloudError {
                        kind: CloudErrorKind::Gone,
                        operation: format!("read {address}"),
                        code: None,
                        message: format!("{} disappeared while it was being set up", id.0),
                        request_id: None,
                        leftover: Leftover::Unknown,
                    }
                    .into());
                }
            }
        }
    }

    /// Pauses a twentieth of the time spent so far, so that what takes seconds is seen within
    /// milliseconds and what takes minutes is not asked for all the time.
    async fn look_again(&self, address: Address, why: Wait, started: Instant) -> Result<(), StepError> {
        let spent = self.spent(started);
        let most = match &why {
            Wait::Status(status) if status == NO_ENDPOINT => self.run.timeouts.propagation,
            Wait::Status(_) | Wait::Refusal(_) => self.run.timeouts.step,
        };
        if spent > most {
            return Err(CloudError {
                kind: CloudErrorKind::NotYet,
                operation: format!("wait for {address}"),
                code: None,
                message: format!("not usable after {} s ({why:?})", spent.as_secs()),
                request_id: None,
                leftover: Leftover::Unfinished,
            }
            .into());
        }
        self.tell(Progress::Waiting { address, why });
        let pause = (spent / 20).clamp(
            Duration::from_millis(20).min(self.run.timeouts.poll),
            self.run.timeouts.poll,
        );
        self.run.clock.sleep(pause).await;
        Ok(())
    }

    async fn pause_or_fail(
        &self,
        address: Address,
        resource: &Resource<String>,
        error: CloudError,
        started: Instant,
        patience: &mut Patience,
    ) -> Result<(), StepError> {
        // AWS names no code of its own for a role that IAM has not copied yet (facts F127).
        let propagating = error.kind == CloudErrorKind::Invalid
            && resource.names_iam_entity()
            && self.spent(started) < self.patience_for(resource);
        if propagating {
            self.tell(Progress::Waiting {
                address,
                why: Wait::Refusal(CloudErrorKind::NotYet),
            });
            let pause =
                (self.spent(started) / 20).clamp(self.run.timeouts.backoff / 10, self.run.timeouts.poll);
            self.run.clock.sleep(pause).await;
            return Ok(());
        }
        self.wait_or_fail(address, error, started, patience).await
    }

    /// A provider is known within seconds, and a refused application may mean that the account is not
    /// open for the service (facts F120): that must not take minutes to say.
    fn patience_for(&self, resource: &Resource<String>) -> Duration {
        match resource {
            Resource::Application { .. } => self.run.timeouts.propagation / 8,
            _ => self.run.timeouts.propagation,
        }
    }

    async fn wait_or_fail(
        &self,
        address: Address,
        error: CloudError,
        started: Instant,
        patience: &mut Patience,
    ) -> Result<(), StepError> {
        let limit = match error.kind {
            CloudErrorKind::Conflict | CloudErrorKind::Throttled => self.run.timeouts.propagation * 2,
            CloudErrorKind::NotYet => self.run.timeouts.propagation,
            // The SDK has tried several times already.
            CloudErrorKind::OutcomeUnknown => self.run.timeouts.propagation / 4,
            CloudErrorKind::Denied | CloudErrorKind::Gone | CloudErrorKind::Invalid => Duration::ZERO,
        };
        if self.spent(started) >= limit {
            return Err(error.into());
        }
        self.tell(Progress::Waiting {
            address,
            why: Wait::Refusal(error.kind),
        });
        self.run.clock.sleep(patience.next()).await;
        Ok(())
    }

    fn spent(&self, since: Instant) -> Duration {
        Duration::try_from(self.run.clock.now() - since).unwrap_or_default()
    }
}

fn passes(kind: CloudErrorKind) -> bool {
    matches!(
        kind,
        CloudErrorKind::NotYet | CloudErrorKind::OutcomeUnknown | CloudErrorKind::Throttled
    )
}

/// Pauses that grow by half, up to the longest time without a look.
struct Patience {
    tries: u32,
    pause: Duration,
    most: Duration,
}

impl Patience {
    fn new(timeouts: Timeouts) -> Self {
        Patience {
            tries: 0,
            pause: timeouts.backoff,
            most: timeouts.poll,
        }
    }

    fn next(&mut self) -> Duration {
        self.tries += 1;
        let now = self.pause;
        self.pause = (self.pause * 3 / 2).min(self.most);
        now
    }
}

fn resolve(
    address: Address,
    resource: &Resource,
    known: &BTreeMap<(Address, Output), String>,
) -> Result<Resource<String>, StepError> {
    resource.resolve(known).map_err(|(from, output)| {
        CloudError {
            kind: CloudErrorKind::Invalid,
            operation: format!("create {address}"),
            code: None,
            message: format!("{from} yielded no {output:?}"),
            request_id: None,
            leftover: Leftover::Nothing,
        }
        .into()
    })
}

fn impossible(address: Address, why: &str) -> CloudError {
    CloudError {
        kind: CloudErrorKind::Invalid,
        operation: format!("step {address}"),
        code: None,
        message: why.to_owned(),
        request_id: None,
        leftover: Leftover::Nothing,
    }
}
