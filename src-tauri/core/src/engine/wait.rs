//! Waiting: for a resource to be usable, for IAM's propagation, for a refusal that will pass; each
//! with its limit.

use super::{Progress, Shared, StepError, Wait};
use crate::resource::{
    Address, CloudError, CloudErrorKind, Leftover, NO_ENDPOINT, Observed, PhysicalId, Resource, Snapshot,
};
use crate::time::Instant;
use std::time::Duration;

/// Every wait of a run, in one table.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// One step, from its first call until it is usable. CloudFormation allows four hours; an
    /// index that takes more than one is not coming.
    pub step: Duration,
    /// How long a refusal that names a new role is taken for IAM's propagation (IAM: eventual consistency).
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

impl Shared<'_> {
    pub(super) async fn settle(
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
    pub(super) async fn look_again(
        &self,
        address: Address,
        why: Wait,
        started: Instant,
    ) -> Result<(), StepError> {
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

    pub(super) async fn pause_or_fail(
        &self,
        address: Address,
        resource: &Resource<String>,
        error: CloudError,
        started: Instant,
        patience: &mut Patience,
    ) -> Result<(), StepError> {
        // AWS names no code of its own for a role that IAM has not copied yet (IAM: eventual consistency).
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
    /// open for the service (Q Business: availability change): that must not take minutes to say.
    fn patience_for(&self, resource: &Resource<String>) -> Duration {
        match resource {
            Resource::Application { .. } => self.run.timeouts.propagation / 8,
            _ => self.run.timeouts.propagation,
        }
    }

    pub(super) async fn wait_or_fail(
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

pub(super) fn passes(kind: CloudErrorKind) -> bool {
    matches!(
        kind,
        CloudErrorKind::NotYet | CloudErrorKind::OutcomeUnknown | CloudErrorKind::Throttled
    )
}

/// Pauses that grow by half, up to the longest time without a look.
pub(super) struct Patience {
    pub(super) tries: u32,
    pause: Duration,
    most: Duration,
}

impl Patience {
    pub(super) fn new(timeouts: Timeouts) -> Self {
        Patience {
            tries: 0,
            pause: timeouts.backoff,
            most: timeouts.poll,
        }
    }

    pub(super) fn next(&mut self) -> Duration {
        self.tries += 1;
        let now = self.pause;
        self.pause = (self.pause * 3 / 2).min(self.most);
        now
    }
}
