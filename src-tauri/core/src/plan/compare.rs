//! The comparison: what the set-up wants against what is observed, address by address.

use super::others::whose_metadata;
use super::{Action, Change, Note, Plan, Refusal, SCHEMA, Step};
use crate::journal::{Act, Binding, Bindings, Origin};
use crate::policy::Document;
use crate::resource::{
    Address, Candidate, Cloud, CloudError, CloudErrorKind, NO_ENDPOINT, Observed, Output, PhysicalId,
    Resource, SignIn, Snapshot, Tier,
};
use crate::saml::metadata::FederationMetadata;
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
    Ok(of_setup(setup, bindings, steps, notes))
}

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
    of_setup(setup, bindings, steps, notes)
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

/// Looks at everything, side by side where nothing has to be known first: what is not bound is looked
/// for by name and tag, and inside an application only once that is found.
async fn observe(
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

fn removals(bound: Vec<(Address, Binding)>, goes: impl Fn(Address) -> bool) -> Vec<Step> {
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

fn notes(setup: &Setup, steps: &[Step]) -> Vec<Note> {
    let creates = |address| {
        steps
            .iter()
            .any(|s| s.address == address && matches!(s.action, Action::Create | Action::Replace))
    };
    let mut notes = Vec::new();
    let anew: Vec<Address> = steps
        .iter()
        .filter(|s| s.action == Action::Replace)
        .map(|s| s.address)
        .collect();
    if !anew.is_empty() {
        notes.push(Note::MadeAnew { addresses: anew });
    }
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
    let decides =
        |s: &Step| matches!(s.address, Address::Application | Address::AutoSubscription) && s.action.writes();
    if setup.application.q_apps && setup.application.tier == Tier::QLite && steps.iter().any(decides) {
        notes.push(Note::QAppsNeedPro);
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
    let circle = steps.iter().any(|s| s.address == Address::WebExperienceRole);
    if creates(Address::WebExperience) && circle {
        notes.push(Note::EndpointFirstInferred);
    }
    if steps
        .iter()
        .any(|s| s.address == Address::Secret && s.action.writes())
    {
        notes.push(Note::SecretIsAsked);
    }
    match setup.authentication_url() {
        Ok((url, StandIn::MetadataSignOn)) => {
            notes.push(Note::StandInAuthenticationUrl { url: url.to_string() })
        }
        Ok((url, StandIn::Temporary)) => notes.push(Note::TemporaryMetadata { url: url.to_string() }),
        Ok((_, StandIn::None)) | Err(_) => {}
    }
    if let Some(provider) = steps
        .iter()
        .find(|s| s.address == Address::SamlProvider && other_issuer(s))
    {
        notes.push(if provider.origin == Some(Origin::Created) {
            Note::IssuerChanges
        } else {
            Note::IssuerOfOthersChanges
        });
    }
    notes
}

/// Whether the metadata of another issuer replaces what IAM holds.
pub(crate) fn other_issuer(step: &Step) -> bool {
    let issuer = |json: &Option<Json>| {
        let text = json.as_ref()?.as_str()?;
        FederationMetadata::parse(text.as_bytes(), None)
            .ok()
            .map(|m| m.entity_id)
    };
    step.action == Action::Update
        && step
            .changes
            .iter()
            .find(|c| c.attribute == "samlMetadataDocument")
            .is_some_and(|c| issuer(&c.from) != issuer(&c.to))
}

/// What a resumed run still has open for an address.
pub(crate) fn pending(bindings: &Bindings, address: Address) -> Option<&(Act, String)> {
    bindings.get(address).and_then(|b| b.pending.as_ref())
}
