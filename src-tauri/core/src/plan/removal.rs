//! What goes, and in which order: of a set-up that is removed, and of one that no longer wants something.

use super::observe::{Seen, observe};
use super::{Action, Note, Plan, Refusal, Step};
use crate::journal::{Binding, Bindings, Origin};
use crate::resource::{Address, Cloud, Observed};
use crate::setup::Setup;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// The plan that removes everything this set-up made and forgets the rest. What the journal has lost
/// is found by our tag, so that nothing stays behind and costs.
pub async fn removal(setup: &Setup, bindings: &Bindings, cloud: &dyn Cloud) -> Plan {
    let mut bound: BTreeMap<Address, Binding> = bindings.iter().map(|(a, b)| (a, b.clone())).collect();
    // A set-up with an answer missing has only what its journal says.
    let desired = setup.desired().unwrap_or_default();
    let mut refused: BTreeMap<Address, String> = BTreeMap::new();
    let mut foreign: BTreeSet<Address> = BTreeSet::new();
    let mut notes: Vec<Note> = Vec::new();
    for (address, binding) in &bound {
        if binding.id.is_none() && desired.iter().all(|(a, _)| a != address) {
            refused.insert(
                *address,
                "its creation was not answered, and the set-up wants it no more; put it back into the set-up and plan again"
                    .to_owned(),
            );
        }
    }
    for (address, seen) in observe(&desired, bindings, cloud, &setup.id).await {
        let known = bound.get(&address).is_some_and(|b| b.id.is_some());
        match seen {
            Seen::There { id, origin, observed }
                if !known
                    && origin == Origin::Created
                    // What AWS keeps for a while by its own rule was removed already.
                    && !matches!(observed, Observed::Absent | Observed::PendingDeletion { until: Some(_) }) =>
            {
                let found = Binding {
                    id: Some(id),
                    origin,
                    outputs: BTreeMap::new(),
                    pending: None,
                };
                bound.insert(address, found);
            }
            Seen::Foreign(_) if known => {
                foreign.insert(address);
            }
            Seen::Unreadable(error) if !known => {
                if bound.contains_key(&address) {
                    refused.insert(address, error.to_string());
                } else {
                    notes.push(Note::NotLookedFor {
                        address,
                        error: error.to_string(),
                    });
                }
            }
            Seen::There { .. } | Seen::Absent | Seen::Foreign(_) | Seen::Unreadable(_) => {}
        }
    }
    // Somebody made their own under its name: it stays, and what is written through it.
    for address in Address::ALL {
        let through = address.role_of_policy().or(address.parent());
        if through.is_some_and(|owner| foreign.contains(&owner)) {
            foreign.insert(*address);
        }
    }
    stays_for_others(&mut bound, &setup.id, cloud, &mut notes).await;
    what_people_left(&mut bound, cloud, &mut notes).await;
    for address in foreign {
        match bound.get_mut(&address) {
            Some(binding) if bindings.get(address).is_some_and(|b| b.id.is_some()) => {
                binding.origin = Origin::Shared;
            }
            _ => {
                bound.remove(&address);
            }
        }
    }
    bound.retain(|address, _| !refused.contains_key(address));
    let mut steps = removals(bound.into_iter().collect(), |_| true);
    steps.extend(refused.into_iter().map(|(address, error)| Step {
        address,
        action: Action::Refuse(Refusal::Unreadable { error }),
        resource: None,
        id: None,
        origin: None,
        outputs: BTreeMap::new(),
        changes: Vec::new(),
        after: Vec::new(),
    }));
    if steps.iter().any(|s| s.action == Action::Delete) {
        notes.splice(0..0, [Note::RemovalIsFinal, Note::RemovalLeaves]);
    }
    if steps
        .iter()
        .any(|s| s.address == Address::Secret && s.action == Action::Delete)
    {
        notes.push(Note::SecretWaits);
    }
    Plan::of(setup, bindings, steps, notes)
}

/// A provider that other applications or roles use stays, and is theirs from then on; so does one of which
/// that cannot be seen.
async fn stays_for_others(
    bound: &mut BTreeMap<Address, Binding>,
    setup: &str,
    cloud: &dyn Cloud,
    notes: &mut Vec<Note>,
) {
    for address in [Address::OidcProvider, Address::SamlProvider] {
        let Some(binding) = bound.get_mut(&address) else {
            continue;
        };
        let Some(id) = binding.id.clone().filter(|_| binding.origin == Origin::Created) else {
            continue;
        };
        match cloud.users(address, &id, setup).await {
            Ok(users) if users.is_empty() => {}
            Ok(users) => {
                binding.origin = Origin::Shared;
                notes.push(Note::ProviderStays { users });
            }
            // Not to know is not to know of nobody.
            Err(error) => {
                binding.origin = Origin::Shared;
                notes.push(Note::UsersNotSeen {
                    address,
                    error: error.to_string(),
                });
            }
        }
    }
}

/// What others put into the application: paid subscriptions, which end only when they are cancelled,
/// and data sources, which have to go before their index.
async fn what_people_left(bound: &mut BTreeMap<Address, Binding>, cloud: &dyn Cloud, notes: &mut Vec<Note>) {
    let ours = |address| {
        bound
            .get(&address)
            .filter(|b: &&Binding| b.origin == Origin::Created)
            .and_then(|b| b.id.clone())
    };
    let looks = [
        (Address::Subscriptions, ours(Address::Application)),
        (Address::DataSources, ours(Address::Index)),
    ];
    for (address, id) in looks {
        let Some(id) = id else { continue };
        match cloud.read(address, &id).await {
            Observed::Ready(snapshot) => {
                let count = snapshot.attributes.get("count").and_then(Json::as_u64);
                notes.push(Note::GoesWithIt {
                    address,
                    count: count.unwrap_or_default(),
                });
                let found = Binding {
                    id: Some(id),
                    origin: Origin::Created,
                    outputs: BTreeMap::new(),
                    pending: None,
                };
                bound.insert(address, found);
            }
            Observed::Unreadable(error) => notes.push(Note::NotLookedFor {
                address,
                error: error.to_string(),
            }),
            Observed::Absent
            | Observed::Failed { .. }
            | Observed::PendingDeletion { .. }
            | Observed::Settling { .. } => {}
        }
    }
}

pub(super) fn removals(bound: Vec<(Address, Binding)>, goes: impl Fn(Address) -> bool) -> Vec<Step> {
    let mut left: Vec<(Address, Binding)> = bound.into_iter().filter(|(a, _)| goes(*a)).collect();
    left.sort_by_key(|(a, _)| *a);
    let deleted: BTreeSet<Address> = left
        .iter()
        .filter(|(_, b)| b.origin == Origin::Created)
        .map(|(a, _)| *a)
        .collect();
    // Parts with a step of their own: those whose parent stays.
    let parts: Vec<Address> = left
        .iter()
        .map(|(a, _)| *a)
        .filter(|a| a.parent().is_some_and(|p| !deleted.contains(&p)))
        .collect();
    let mut steps: Vec<Step> = Vec::new();
    while !left.is_empty() {
        let waiting: BTreeSet<Address> = left.iter().map(|(a, _)| *a).collect();
        // Whoever stays and is forgotten is so after its parts, or they would be forgotten with it.
        let has_parts =
            |a: Address| !deleted.contains(&a) && waiting.iter().any(|part| part.parent() == Some(a));
        let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(a, _)| {
            !a.deleted_after().iter().any(|first| waiting.contains(first)) && !has_parts(*a)
        });
        for (address, binding) in &now {
            // A part goes with its parent: no step of its own.
            if address.parent().is_some_and(|p| deleted.contains(&p)) {
                continue;
            }
            let action = match (binding.origin, &binding.id) {
                // Its parent stays, and keeps it.
                (Origin::Created, Some(_)) if address.is_field_of_parent() => Action::Forget,
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
                    .chain(
                        parts
                            .iter()
                            .copied()
                            .filter(|part| part.parent() == Some(*address)),
                    )
                    .collect(),
            });
        }
        left = later;
    }
    steps
}
