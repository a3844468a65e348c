//! What is there of a set-up: looked at side by side, by its binding, its name and its tag.

use crate::journal::{Binding, Bindings, Origin};
use crate::resource::{
    Address, Candidate, Cloud, CloudError, CloudErrorKind, Observed, PhysicalId, Resource,
};
use futures::future::join_all;
use std::collections::BTreeMap;

pub(super) enum Seen {
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

/// Looks at everything, side by side where nothing has to be known first: what is not bound is looked
/// for by name and tag, and inside an application only once that is found.
pub(super) async fn observe(
    desired: &[(Address, Resource)],
    bindings: &Bindings,
    cloud: &dyn Cloud,
    setup: &str,
) -> BTreeMap<Address, Seen> {
    let mut outputs = bindings.outputs();
    let mut seen: BTreeMap<Address, Seen> = BTreeMap::new();
    let mut left: Vec<&(Address, Resource)> = desired.iter().collect();
    loop {
        let mut looks = Vec::new();
        left.retain(|(address, resource)| {
            let bound = bindings.get(*address).filter(|b| b.id.is_some());
            let unbound = match &bound {
                Some(_) => None,
                None => resource.to_look_for(&outputs),
            };
            let now = bound.is_some() || unbound.is_some();
            if now {
                looks.push(async move {
                    let found = match (bound, unbound) {
                        (Some(binding), _) => read_bound(cloud, *address, binding, setup).await,
                        (None, Some(resolved)) => {
                            let part_of = origin_of_part(bindings, *address);
                            find(cloud, *address, &resolved, setup, part_of).await
                        }
                        (None, None) => Seen::Absent,
                    };
                    (*address, found)
                });
            }
            !now
        });
        if looks.is_empty() {
            return seen;
        }
        for (address, found) in join_all(looks).await {
            if let Seen::There {
                observed: Observed::Ready(snapshot),
                ..
            } = &found
            {
                outputs.extend(snapshot.outputs.iter().map(|(o, v)| ((address, *o), v.clone())));
            }
            seen.insert(address, found);
        }
    }
}

async fn read_bound(cloud: &dyn Cloud, address: Address, binding: &Binding, setup: &str) -> Seen {
    let Some(id) = binding.id.clone() else {
        return Seen::Absent;
    };
    match cloud.read(address, &id).await {
        Observed::Ready(snapshot)
            if binding.origin == Origin::Created && snapshot.is_of_another(setup, &binding.outputs) =>
        {
            Seen::Foreign(Candidate {
                id,
                setup: snapshot.setup.flatten(),
            })
        }
        observed => Seen::There {
            id,
            origin: binding.origin,
            observed,
        },
    }
}

/// Whose a part is that is there and not bound: of whoever its owner is of, unless a run of ours died
/// while it wrote the part.
fn origin_of_part(bindings: &Bindings, address: Address) -> Origin {
    let owner = address.role_of_policy().or(address.parent());
    match owner.and_then(|o| bindings.get(o)) {
        Some(owner) if bindings.get(address).is_none() => owner.origin,
        _ => Origin::Created,
    }
}

/// Never made, or made by a run that died before it could write the id down, or by one whose journal
/// is lost.
async fn find(
    cloud: &dyn Cloud,
    address: Address,
    resource: &Resource<String>,
    setup: &str,
    part_of: Origin,
) -> Seen {
    if let Some(id) = resource.part_id() {
        return match cloud.read(address, &id).await {
            Observed::Absent => Seen::Absent,
            observed => Seen::There {
                id,
                origin: part_of,
                observed,
            },
        };
    }
    match cloud.find(resource).await {
        // What it would be in is gone.
        Err(error) if error.kind == CloudErrorKind::Gone => Seen::Absent,
        Err(error) => Seen::Unreadable(error),
        Ok(None) => Seen::Absent,
        Ok(Some(found)) if found.setup.as_deref() == Some(setup) => Seen::There {
            observed: cloud.read(address, &found.id).await,
            id: found.id,
            origin: Origin::Created,
        },
        Ok(Some(found)) => Seen::Foreign(found),
    }
}
