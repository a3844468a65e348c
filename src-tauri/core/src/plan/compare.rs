//! The comparison: what the set-up wants against what is observed, address by address.

use super::{Action, Change, Note, Plan, Refusal, SCHEMA, Step};
use crate::journal::{Act, Binding, Bindings, Origin};
use crate::policy::Document;
use crate::resource::{
    Address, Candidate, Cloud, CloudError, NO_ENDPOINT, Observed, Output, PhysicalId, Resource, Snapshot,
};
use crate::setup::{Setup, StandIn};
use futures::future::join_all;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// Compares the set-up with what is in AWS. Reads run side by side.
///
/// # Errors
/// [`crate::setup::SetupError`] when an answer is still missing.
pub async fn plan(
    setup: &Setup,
    bindings: &Bindings,
    cloud: &dyn Cloud,
) -> Result<Plan, crate::setup::SetupError> {
    let desired = setup.desired()?;
    let mut known = observe(&desired, bindings, cloud, &setup.id).await;
    let mut outputs = bindings.outputs();
    let mut steps: Vec<Step> = Vec::new();
    let mut changing: BTreeSet<Address> = BTreeSet::new();
    for (address, resource) in &desired {
        let seen = known.remove(address).unwrap_or(Seen::Absent);
        let replaced_parent = resource.needs().iter().any(|n| changing.contains(n));
        let step = decide(*address, resource, seen, replaced_parent, &outputs);
        if matches!(step.action, Action::Create | Action::Replace) {
            changing.insert(*address);
            outputs.retain(|(a, _), _| a != address);
        } else {
            for (output, value) in &step.outputs {
                outputs.insert((*address, *output), value.clone());
            }
        }
        steps.push(step);
    }
    // What this set-up made earlier and no longer wants, an index for example.
    let wanted: BTreeSet<Address> = desired.iter().map(|(a, _)| *a).collect();
    steps.extend(removals(bindings, |a| {
        !wanted.contains(&a) && a.parent().is_none_or(|p| !wanted.contains(&p))
    }));
    let notes = notes(setup, &steps);
    Ok(of_setup(setup, bindings, steps, notes))
}

/// The plan that removes everything this set-up made and forgets the rest.
pub fn removal(setup: &Setup, bindings: &Bindings) -> Plan {
    of_setup(setup, bindings, removals(bindings, |_| true), Vec::new())
}

fn of_setup(setup: &Setup, bindings: &Bindings, steps: Vec<Step>, notes: Vec<Note>) -> Plan {
    Plan {
        schema: SCHEMA,
        setup: setup.id.clone(),
        account: setup.account.clone(),
        region: setup.region,
        world: setup.world,
        basis: bindings.fingerprint(),
        steps,
        notes,
    }
}

enum Seen {
    Absent,
    /// Bound, or found by our tag.
    There {
        id: PhysicalId,
        origin: Origin,
        observed: Observed,
    },
    Foreign(Candidate),
    Unreadable(CloudError),
}

async fn observe(
    desired: &[(Address, Resource)],
    bindings: &Bindings,
    cloud: &dyn Cloud,
    setup: &str,
) -> BTreeMap<Address, Seen> {
    let outputs = bindings.outputs();
    let looks = desired.iter().map(|(address, resource)| {
        let outputs = &outputs;
        async move {
            let seen = match bindings.get(*address) {
                Some(Binding {
                    id: Some(id), origin, ..
                }) => match cloud.read(*address, id).await {
                    Observed::Ready(snapshot)
                        if *origin == Origin::Created && snapshot.is_of_another(setup) =>
                    {
                        Seen::Foreign(Candidate {
                            id: id.clone(),
                            setup: snapshot.setup.flatten(),
                        })
                    }
                    observed => Seen::There {
                        id: id.clone(),
                        origin: *origin,
                        observed,
                    },
                },
                // Never made, or made by a run that died before it could write the id down.
                _ => match resource.to_look_for(outputs) {
                    None => Seen::Absent,
                    Some(resolved) => match cloud.find(&resolved).await {
                        Err(error) => Seen::Unreadable(error),
                        Ok(None) => Seen::Absent,
                        Ok(Some(found)) if found.setup.as_deref() == Some(setup) => Seen::There {
                            observed: cloud.read(*address, &found.id).await,
                            id: found.id,
                            origin: Origin::Created,
                        },
                        Ok(Some(found)) => Seen::Foreign(found),
                    },
                },
            };
            (*address, seen)
        }
    });
    join_all(looks).await.into_iter().collect()
}

fn decide(
    address: Address,
    resource: &Resource,
    seen: Seen,
    parent_changes: bool,
    outputs: &BTreeMap<(Address, Output), String>,
) -> Step {
    let preview = resource.preview(outputs);
    let everything = || {
        preview
            .iter()
            .map(|(k, v)| Change {
                attribute: k.clone(),
                from: None,
                to: Some(v.clone()),
            })
            .collect::<Vec<_>>()
    };
    let step = |action, id, origin, outputs, changes| Step {
        address,
        action,
        resource: Some(resource.clone()),
        id,
        origin,
        outputs,
        changes,
        after: comes_after(resource),
    };
    let none = BTreeMap::new;
    match seen {
        Seen::Absent => step(Action::Create, None, None, none(), everything()),
        Seen::Unreadable(error) => step(
            Action::Refuse(Refusal::Unreadable {
                error: error.to_string(),
            }),
            None,
            None,
            none(),
            Vec::new(),
        ),
        Seen::Foreign(found) => step(
            Action::Refuse(Refusal::NameTaken { id: found.id.clone() }),
            Some(found.id),
            None,
            none(),
            Vec::new(),
        ),
        Seen::There { id, origin, observed } => match observed {
            Observed::Absent => step(Action::Create, None, None, none(), everything()),
            Observed::PendingDeletion { .. } => step(
                Action::Refuse(Refusal::PendingDeletion),
                Some(id),
                Some(origin),
                none(),
                Vec::new(),
            ),
            Observed::Unreadable(error) => step(
                Action::Refuse(Refusal::Unreadable {
                    error: error.to_string(),
                }),
                Some(id),
                Some(origin),
                none(),
                Vec::new(),
            ),
            Observed::Failed { .. } if origin == Origin::Created => {
                step(Action::Replace, Some(id), Some(origin), none(), everything())
            }
            Observed::Failed { why } => step(
                Action::Refuse(Refusal::FailedNotOurs { why }),
                Some(id),
                Some(origin),
                none(),
                Vec::new(),
            ),
            // It will never have an address without a role: made anew in the other order.
            Observed::Settling { status }
                if status == NO_ENDPOINT
                    && origin == Origin::Created
                    && matches!(resource, Resource::WebExperience { role: Some(_), .. }) =>
            {
                step(Action::Replace, Some(id), Some(origin), none(), everything())
            }
            Observed::Settling { .. }
                if parent_changes && is_inside(address) && origin == Origin::Created =>
            {
                step(Action::Replace, Some(id), Some(origin), none(), everything())
            }
            // Nothing differs that could be seen yet; the engine waits for it and looks again.
            Observed::Settling { .. } => step(Action::Update, Some(id), Some(origin), none(), Vec::new()),
            Observed::Ready(snapshot) => {
                let changes = differences(&preview, &snapshot);
                let lost: Vec<String> = changes
                    .iter()
                    .map(|c| c.attribute.clone())
                    .filter(|a| resource.immutable().contains(&a.as_str()))
                    .collect();
                let unfinished = cannot_be_finished(resource, &snapshot);
                let action =
                    if (parent_changes && is_inside(address)) || (unfinished && origin == Origin::Created) {
                        Action::Replace
                    } else if !lost.is_empty() {
                        Action::Refuse(Refusal::Immutable { attributes: lost })
                    } else if changes.is_empty() {
                        Action::Keep
                    } else {
                        Action::Update
                    };
                step(action, Some(id), Some(origin), snapshot.outputs, changes)
            }
        },
    }
}

/// The outputs it needs, and for the paid subscription the rest of the chain: nobody is to be billed
/// for a federation that did not come about, and while an application is being changed AWS may
/// refuse what is created in it.
fn comes_after(resource: &Resource) -> Vec<Address> {
    let mut after = resource.needs();
    if matches!(resource, Resource::AutoSubscription { .. }) {
        after.extend([
            Address::RoleTrust,
            Address::WebExperienceRole,
            Address::RolePolicy,
        ]);
    }
    after
}

/// A web experience that exists without a role, in the order that gives it one at creation: AWS
/// refused the later role, so it has to be made anew. Nobody can sign in through it yet.
fn cannot_be_finished(resource: &Resource, snapshot: &Snapshot) -> bool {
    matches!(resource, Resource::WebExperience { role: Some(_), .. })
        && snapshot.attributes.get("roleArn").is_none_or(Json::is_null)
}

/// Whether it lives inside an application and dies with it.
fn is_inside(address: Address) -> bool {
    matches!(
        address,
        Address::Index | Address::Retriever | Address::WebExperience
    )
}

pub(crate) fn differences(desired: &BTreeMap<String, Json>, snapshot: &Snapshot) -> Vec<Change> {
    desired
        .iter()
        .filter_map(|(attribute, to)| {
            let from = snapshot.attributes.get(attribute);
            let same = match from {
                Some(from) if attribute.ends_with("Document") && to.is_object() => {
                    match (Document::from_json(from), Document::from_json(to)) {
                        (Ok(from), Ok(to)) => from.same_meaning(&to),
                        _ => from == to,
                    }
                }
                Some(from) => from == to,
                None => to.is_null(),
            };
            (!same).then(|| Change {
                attribute: attribute.clone(),
                from: from.cloned(),
                to: Some(to.clone()),
            })
        })
        .collect()
}

fn removals(bindings: &Bindings, goes: impl Fn(Address) -> bool) -> Vec<Step> {
    let mut left: Vec<(Address, &Binding)> = bindings.iter().filter(|(a, _)| goes(*a)).collect();
    let deleted: BTreeSet<Address> = left
        .iter()
        .filter(|(_, b)| b.origin == Origin::Created)
        .map(|(a, _)| *a)
        .collect();
    let mut steps: Vec<Step> = Vec::new();
    while !left.is_empty() {
        let waiting: BTreeSet<Address> = left.iter().map(|(a, _)| *a).collect();
        let (now, later): (Vec<_>, Vec<_>) = left
            .into_iter()
            .partition(|(a, _)| !a.deleted_after().iter().any(|first| waiting.contains(first)));
        for (address, binding) in &now {
            // A part goes with its parent: no step of its own.
            if address.parent().is_some_and(|p| deleted.contains(&p)) {
                continue;
            }
            let action = match (binding.origin, &binding.id) {
                (Origin::Created, Some(_)) => Action::Delete,
                (Origin::Created, None) | (Origin::Adopted | Origin::Shared, _) => Action::Forget,
            };
            steps.push(Step {
                address: *address,
                action,
                resource: None,
                id: binding.id.clone(),
                origin: Some(binding.origin),
                outputs: BTreeMap::new(),
                changes: Vec::new(),
                after: address
                    .deleted_after()
                    .iter()
                    .copied()
                    .filter(|a| deleted.contains(a))
                    .collect(),
            });
        }
        left = later;
    }
    steps
}

fn notes(setup: &Setup, steps: &[Step]) -> Vec<Note> {
    let creates = |address| {
        steps
            .iter()
            .any(|s| s.address == address && matches!(s.action, Action::Create | Action::Replace))
    };
    let mut notes = Vec::new();
    if let (true, Some(index)) = (creates(Address::Index), setup.application.index) {
        notes.push(Note::IndexCost {
            kind: index.kind.as_str().into(),
            units: index.units,
        });
    }
    if creates(Address::AutoSubscription) {
        notes.push(Note::AutoSubscriptionCost {
            tier: setup.application.tier.as_str().into(),
        });
    }
    if creates(Address::Application) {
        notes.push(Note::Immutable {
            attributes: [
                "identity provider of the application",
                "encryption key",
                "index type",
                "retriever",
            ]
            .map(str::to_owned)
            .to_vec(),
        });
    }
    if creates(Address::WebExperience) && setup.order == crate::setup::Order::EndpointFirst {
        notes.push(Note::EndpointFirstInferred);
    }
    if let Ok((url, StandIn::MetadataSignOn)) = setup.authentication_url() {
        notes.push(Note::StandInAuthenticationUrl { url: url.to_string() });
    }
    notes
}

/// What a resumed run still has open for an address.
pub(crate) fn pending(bindings: &Bindings, address: Address) -> Option<&(Act, String)> {
    bindings.get(address).and_then(|b| b.pending.as_ref())
}
