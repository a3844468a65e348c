//! The acts on one resource, each journalled before and after: create, update, delete.

use super::wait::{Patience, passes};
use super::{Made, Progress, Shared, StepError, Wait, impossible};
use crate::journal::{Act, Event as Entry, Origin};
use crate::plan::{Action, Step, differences, other_issuer, pending};
use crate::resource::{
    Address, Candidate, CloudError, CloudErrorKind, Leftover, Observed, PhysicalId, Resource,
};
use crate::time::Instant;
use std::sync::PoisonError;

impl Shared<'_> {
    pub(super) async fn create(
        &self,
        address: Address,
        resource: &Resource<String>,
    ) -> Result<Made, StepError> {
        let resumed = {
            let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
            pending(&bindings, address)
                .filter(|(act, _)| *act == Act::Create)
                .map(|(_, token)| token.clone())
        };
        let again = resumed.is_some();
        let token = match resource {
            // AWS's own token of the write.
            Resource::Secret { version, .. } => version.clone(),
            _ => resumed.unwrap_or_else(|| self.run.ids.fresh()),
        };
        self.write(&Entry::Intent {
            address,
            act: Act::Create,
            token: token.clone(),
        })
        .map_err(StepError::Journal)?;
        // A secret that is there may hold an earlier value: it is written whatever is found.
        let again = again && !matches!(resource, Resource::Secret { .. });
        let mut id = if again { self.ours(resource).await? } else { None };
        let started = self.run.clock.now();
        let mut patience = Patience::new(self.run.timeouts);
        while id.is_none() {
            let error = match self.send_creation(resource, &token).await {
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

    pub(super) async fn update(
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
            // What is still on its way shows none; those that are known stay.
            outputs: if step.outputs.is_empty() {
                self.outputs_of(address, id)
            } else {
                step.outputs.clone()
            },
        })
        .map_err(StepError::Journal)?;
        self.write(&Entry::Intent {
            address,
            act: Act::Update,
            token: match resource {
                Resource::Secret { version, .. } => version.clone(),
                _ => self.run.ids.fresh(),
            },
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
        while let Err(error) = self.send_update(id, resource).await {
            let ours = step.origin == Some(Origin::Created);
            if error.kind == CloudErrorKind::Invalid && ours && other_issuer(step) {
                // Said with the plan: the same name has the same ARN, so nothing else changes.
                return self.replace(address, id, step.origin, resource).await;
            }
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

    async fn send_creation(
        &self,
        resource: &Resource<String>,
        token: &str,
    ) -> Result<PhysicalId, CloudError> {
        match resource {
            Resource::Secret { .. } => self.send_secret(resource).await,
            _ => self.run.cloud.create(resource, token).await,
        }
    }

    async fn send_update(&self, id: &PhysicalId, resource: &Resource<String>) -> Result<(), CloudError> {
        match resource {
            Resource::Secret { .. } => self.send_secret(resource).await.map(|_| ()),
            _ => self.run.cloud.update(id, resource).await,
        }
    }

    async fn send_secret(&self, resource: &Resource<String>) -> Result<PhysicalId, CloudError> {
        match self.run.secret {
            Some(value) => self.run.cloud.put_secret(resource, value).await,
            None => Err(impossible(
                Address::Secret,
                "the client secret was not given with the approval",
            )),
        }
    }

    /// Deletes it and creates it. What stands on it and is made anew for that reason is deleted
    /// first, or AWS would refuse; its own step then finds it gone.
    pub(super) async fn replace(
        &self,
        address: Address,
        id: &PhysicalId,
        origin: Option<Origin>,
        resource: &Resource<String>,
    ) -> Result<Made, StepError> {
        let stands_on_it = |step: &&Step| {
            step.action == Action::Replace
                && step.address.parent().is_none()
                && step
                    .resource
                    .as_ref()
                    .is_some_and(|r| r.needs().contains(&address))
        };
        for other in self.steps.iter().rev().filter(stands_on_it) {
            if let Some(id) = &other.id {
                self.delete(other.address, id, other.origin).await?;
            }
        }
        self.delete(address, id, origin).await?;
        self.create(address, resource).await
    }

    pub(super) async fn delete(
        &self,
        address: Address,
        id: &PhysicalId,
        origin: Option<Origin>,
    ) -> Result<(), StepError> {
        self.write(&Entry::Bound {
            address,
            id: id.clone(),
            origin: origin.unwrap_or(Origin::Created),
            // Should the deletion be refused, they are still true.
            outputs: self.outputs_of(address, id),
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
        while !address.is_act() {
            match self.run.cloud.read(address, id).await {
                // What AWS keeps for a while by its own rule is gone for everybody else.
                Observed::Absent | Observed::PendingDeletion { until: Some(_) } => break,
                Observed::Unreadable(error) => {
                    self.wait_or_fail(address, error, started, &mut patience).await?
                }
                Observed::Settling { status } => {
                    self.look_again(address, Wait::Status(status), started).await?
                }
                // Reads may lag behind the deletion of what had failed.
                Observed::Failed { .. } if patience.tries < 6 => {
                    self.run.clock.sleep(patience.next()).await;
                }
                Observed::Failed { why } => {
                    let mut error = impossible(address, &format!("it cannot be deleted: {why}"));
                    error.leftover = Leftover::Unfinished;
                    return Err(error.into());
                }
                Observed::PendingDeletion { until: None } | Observed::Ready(_) => {
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
        let (owner, owner_id) = match address.role_of_policy() {
            Some(role) => (role, PhysicalId(id.parts().0.to_owned())),
            None => (address, id.clone()),
        };
        loop {
            match self.run.cloud.read(owner, &owner_id).await {
                Observed::Unreadable(error) => self.wait_or_fail(address, error, started, patience).await?,
                Observed::Ready(snapshot)
                    if snapshot.is_of_another(self.setup, &self.outputs_of(owner, &owner_id)) =>
                {
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

    /// What the journal knows of the resource under this id.
    fn outputs_of(&self, address: Address, id: &PhysicalId) -> Made {
        let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        bindings
            .get(address)
            .filter(|b| b.id.as_ref() == Some(id))
            .map(|b| b.outputs.clone())
            .unwrap_or_default()
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
}
