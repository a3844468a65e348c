//! The comparison: what the set-up wants against what is observed, address by address.

use super::notes::notes;
use super::observe::{Seen, observe};
use super::others::whose_metadata;
use super::removal::removals;
use super::{Action, Change, Plan, Refusal, Step};
use crate::journal::{Act, Bindings, Origin};
use crate::policy::Document;
use crate::resource::{Address, Cloud, NO_ENDPOINT, Observed, Output, Resource, SignIn, Snapshot};
use crate::setup::Setup;
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
        let seen = match address.parent() {
            // A part went with its parent, whatever is read of it now.
            Some(parent) if changing.contains(&parent) => Seen::Absent,
            _ => seen,
        };
        let step = decide(*address, resource, seen, replaced_parent, &outputs);
        if matches!(step.action, Action::Create | Action::Replace) {
            changing.insert(*address);
            outputs.retain(|(a, _), _| a != address);
            // A provider of the same name has the same ARN: nothing that names it has to change.
            if let (Address::SamlProvider | Address::OidcProvider, Some(arn)) =
                (*address, setup.provider_arn())
            {
                outputs.insert((*address, Output::Arn), arn);
            }
        } else {
            for (output, value) in &step.outputs {
                outputs.insert((*address, *output), value.clone());
            }
        }
        steps.push(step);
    }
    // What this set-up made earlier and no longer wants, an index for example.
    let wanted: BTreeSet<Address> = desired.iter().map(|(a, _)| *a).collect();
    let bound = bindings.iter().map(|(a, b)| (a, b.clone())).collect();
    steps.extend(removals(bound, |a| {
        !wanted.contains(&a) && a.parent().is_none_or(|p| !wanted.contains(&p))
    }));
    let mut notes = notes(setup, &steps);
    notes.extend(whose_metadata(setup, &steps, cloud).await);
    Ok(Plan::of(setup, bindings, steps, notes))
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
            // A secret of ours that waits for its deletion is taken back.
            Observed::PendingDeletion { until: Some(_) } if origin == Origin::Created => {
                step(Action::Update, Some(id), Some(origin), none(), everything())
            }
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
                if parent_changes && address.is_inside_application() && origin == Origin::Created =>
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
                let action = if origin == Origin::Created
                    && (unfinished || (parent_changes && address.is_inside_application()))
                {
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

/// The outputs it needs, the permissions without which a role is of no use yet, and for the paid
/// subscription the rest of the chain: nobody is to be billed for a federation that did not come about,
/// and while an application is being changed AWS may refuse what is created in it.
fn comes_after(resource: &Resource) -> Vec<Address> {
    let mut after = resource.needs();
    let also: &[Address] = match resource {
        Resource::AutoSubscription { .. } => &[
            Address::PolicyAttachment,
            Address::RolePolicy,
            Address::RoleTrust,
            Address::WebExperience,
            Address::WebExperienceRole,
        ],
        Resource::Application { .. } => &[Address::ApplicationRolePolicy, Address::OidcClient],
        Resource::Retriever { .. } => &[Address::RetrieverRolePolicy],
        Resource::WebExperience { .. } => &[Address::SecretsRolePolicy],
        _ => &[],
    };
    after.extend(
        also.iter()
            .filter(|a| !after.contains(a))
            .copied()
            .collect::<Vec<_>>(),
    );
    after
}

/// A web experience that exists without a role, in the order that gives it one at creation: AWS
/// refused the later role, so it has to be made anew. Nobody can sign in through it yet.
fn cannot_be_finished(resource: &Resource, snapshot: &Snapshot) -> bool {
    // With OIDC it is created with its role from the start.
    matches!(
        resource,
        Resource::WebExperience {
            role: Some(_),
            sign_in: SignIn::Saml { .. },
            ..
        }
    ) && snapshot.attributes.get("roleArn").is_none_or(Json::is_null)
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

/// What a resumed run still has open for an address.
pub(crate) fn pending(bindings: &Bindings, address: Address) -> Option<&(Act, String)> {
    bindings.get(address).and_then(|b| b.pending.as_ref())
}
