//! Runs an approved plan: every step as soon as what it needs is there, independent steps side by
//! side, intent journalled before each act.
//!
//! The engine never reorders a plan, never retries an act whose outcome is unknown without reading
//! first, and never drops a write in flight: a stop starts no new step and lets the others finish.

use crate::journal::{Bindings, Event as Entry, Journal, Origin};
use crate::plan::{Action, ApprovedPlan, Step};
use crate::resource::{
    Address, Cloud, CloudError, CloudErrorKind, Leftover, Output, PhysicalId, Resource, SecretValue,
};
use crate::setup::Order;
use crate::time::{Clock, Ids, Instant};
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

mod acts;
mod wait;

pub use wait::Timeouts;

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
    /// What this set-up has in AWS now.
    pub left: Vec<Address>,
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
    /// The client secret, where the plan writes one.
    pub secret: Option<&'a SecretValue>,
}

struct Shared<'a> {
    run: &'a Run<'a>,
    setup: &'a str,
    steps: &'a [Step],
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
        steps: &body.steps,
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
        left: shared.bound(),
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

    /// What exists in AWS as far as the journal knows.
    fn bound(&self) -> Vec<Address> {
        let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        bindings
            .iter()
            .filter(|(_, b)| b.id.is_some())
            .map(|(a, _)| a)
            .collect()
    }

    /// A refused change leaves behind what was there before.
    fn with_leftover(&self, address: Address, error: StepError) -> StepError {
        match error {
            StepError::Cloud(error)
                if error.leftover == Leftover::Nothing && self.bound().contains(&address) =>
            {
                StepError::Cloud(CloudError {
                    leftover: Leftover::AsItWas,
                    ..error
                })
            }
            error => error,
        }
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
        let result = self
            .act(step, &known)
            .await
            .map_err(|e| self.with_leftover(address, e));
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
                        error: error.redacted(),
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
                let resource = resolve(address, resource, known)?;
                self.replace(address, id, step.origin, &resource).await
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
