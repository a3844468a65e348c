//! The plan: desired state against what is observed, step by step, for a person to approve.
//!
//! Creating, resuming, adopting, checking for drift, repairing, rolling over and removing are all
//! this one comparison. Only an [`ApprovedPlan`] can be run, and it carries the digest of what the
//! person saw.

use crate::journal::{Act, Binding, Bindings, Origin};
use crate::policy::Document;
use crate::resource::{
    Address, Candidate, Cloud, CloudError, NO_ENDPOINT, Observed, Output, PhysicalId, Resource, Snapshot,
};
use crate::setup::{Setup, StandIn, World};
use crate::value::{AccountId, Region};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The schema of a plan file.
pub const SCHEMA: u32 = 1;

/// What is to be done, in an order in which every step stands after what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Id of the set-up.
    pub setup: String,
    /// The only account it may run in.
    pub account: AccountId,
    /// The only region it may run in.
    pub region: Region,
    /// Live or practice.
    pub world: World,
    /// Fingerprint of the bindings that it was compared with.
    pub basis: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// What a person should know before approving.
    pub notes: Vec<Note>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Of what.
    pub address: Address,
    /// What happens.
    pub action: Action,
    /// The resource as it should be; None for a removal.
    pub resource: Option<Resource>,
    /// Its id, where it exists.
    pub id: Option<PhysicalId>,
    /// Whose it is, where it exists.
    pub origin: Option<Origin>,
    /// What it yields already.
    pub outputs: BTreeMap<Output, String>,
    /// Attribute by attribute, what differs; for a creation, everything.
    pub changes: Vec<Change>,
    /// Steps that must be through first.
    pub after: Vec<Address>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is not there.
    Create,
    /// We made it and it is no longer wanted.
    Delete,
    /// It was never ours: it stays in AWS and leaves this set-up.
    Forget,
    /// It is as it should be.
    Keep,
    /// Nothing can be done here without the administrator; the step says why.
    Refuse(Refusal),
    /// We made it, and it failed or cannot be finished: delete, then create.
    Replace,
    /// It differs.
    Update,
}

impl Action {
    /// The word for a person, and for counting.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Delete => "delete",
            Action::Forget => "forget",
            Action::Keep => "keep",
            Action::Refuse(_) => "refuse",
            Action::Replace => "replace",
            Action::Update => "update",
        }
    }

    /// Whether something in AWS changes.
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Action::Create | Action::Delete | Action::Replace | Action::Update
        )
    }
}

/// Why a step cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Refusal {
    /// It failed in AWS and is not ours to replace.
    FailedNotOurs { why: String },
    /// Attributes differ that AWS cannot change.
    Immutable { attributes: Vec<String> },
    /// The name is taken by something that this set-up did not make.
    NameTaken { id: PhysicalId },
    /// It is being deleted in AWS.
    PendingDeletion,
    /// It could not be read.
    Unreadable { error: String },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::FailedNotOurs { why } => {
                write!(f, "it failed in AWS and was not made by this set-up: {why}")
            }
            Refusal::Immutable { attributes } => write!(
                f,
                "AWS cannot change {} after creation; remove it first, or change the set-up back",
                attributes.join(", ")
            ),
            Refusal::NameTaken { id } => write!(
                f,
                "{} exists already and was not made by this set-up; choose another name, or remove it there",
                id.0
            ),
            Refusal::PendingDeletion => f.write_str("it is being deleted in AWS; plan again when it is gone"),
            Refusal::Unreadable { error } => write!(f, "it could not be read: {error}"),
        }
    }
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// By the API's name.
    pub attribute: String,
    /// In AWS now.
    pub from: Option<Json>,
    /// As it will be.
    pub to: Option<Json>,
}

/// What a person should know before approving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Note {
    /// Someone pays for every person who signs in.
    AutoSubscriptionCost { tier: String },
    /// The endpoint before the role is inferred, not documented.
    EndpointFirstInferred,
    /// These cannot be changed later without starting over.
    Immutable { attributes: Vec<String> },
    /// An index costs by the hour for each unit from its creation on.
    IndexCost { kind: String, units: u32 },
    /// The User access URL is missing; this stands in.
    StandInAuthenticationUrl { url: String },
}

impl Note {
    /// For a person.
    pub fn text(&self) -> String {
        match self {
            Note::AutoSubscriptionCost { tier } => format!(
                "Every person who signs in gets a paid {tier} subscription at the first question, billed by the month; one charge for each IAM provider a person comes through."
            ),
            Note::EndpointFirstInferred => "The web experience is created before its role, so that the role can name its address at once. AWS allows a web experience without a role for SAML; that it has its address by then is inferred. Should AWS refuse, the run stops and offers the documented order.".into(),
            Note::Immutable { attributes } => format!("Cannot be changed later: {}.", attributes.join(", ")),
            Note::IndexCost { kind, units } => format!(
                "The {kind} index of {units} {} is billed by the hour from its creation until it is deleted, used or not.",
                if *units == 1 { "unit" } else { "units" }
            ),
            Note::StandInAuthenticationUrl { url } => format!(
                "The User access URL is not known yet. Until it is entered, {url} from the metadata stands in, and nobody can start at the web experience."
            ),
        }
    }
}

impl Plan {
    /// SHA-256 of the plan's canonical JSON, in hexadecimal.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("a plan has string keys only");
        Sha256::digest(&json).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Approves exactly what was seen.
    ///
    /// # Errors
    /// [`NotApproved`] when the digest is of another plan, or a step is refused.
    pub fn approve(self, seen: &str) -> Result<ApprovedPlan, NotApproved> {
        let digest = self.digest();
        if digest != seen {
            return Err(NotApproved::OtherPlan {
                seen: seen.to_owned(),
                found: digest,
            });
        }
        let refused: Vec<Address> = self.refusals().map(|(a, _)| a).collect();
        if !refused.is_empty() {
            return Err(NotApproved::Refused(refused));
        }
        Ok(ApprovedPlan { plan: self, digest })
    }

    /// Every refused step with its reason.
    pub fn refusals(&self) -> impl Iterator<Item = (Address, &Refusal)> {
        self.steps.iter().filter_map(|s| match &s.action {
            Action::Refuse(why) => Some((s.address, why)),
            Action::Create
            | Action::Delete
            | Action::Forget
            | Action::Keep
            | Action::Replace
            | Action::Update => None,
        })
    }

    /// How many steps write to AWS.
    pub fn writes(&self) -> usize {
        self.steps.iter().filter(|s| s.action.writes()).count()
    }

    /// Anything but *keep* is drift.
    pub fn is_clean(&self) -> bool {
        self.steps.iter().all(|s| s.action == Action::Keep)
    }

    /// The primary verb: "Create 8 resources".
    pub fn verb(&self) -> String {
        let count = |f: fn(&Action) -> bool| self.steps.iter().filter(|s| f(&s.action)).count();
        let things = |n: usize| {
            if n == 1 {
                "1 resource".to_owned()
            } else {
                format!("{n} resources")
            }
        };
        let (create, update, delete) = (
            count(|a| matches!(a, Action::Create | Action::Replace)),
            count(|a| *a == Action::Update),
            count(|a| *a == Action::Delete),
        );
        match (create, update, delete) {
            (0, 0, 0) => "Nothing to change".into(),
            (n, 0, 0) => format!("Create {}", things(n)),
            (0, n, 0) => format!("Change {}", things(n)),
            (0, 0, n) => format!("Delete {}", things(n)),
            (c, u, d) => format!("Apply {} changes", c + u + d),
        }
    }
}

/// A plan that a person approved by its digest. It can be made by [`Plan::approve`] alone.
#[derive(Clone, Debug)]
pub struct ApprovedPlan {
    plan: Plan,
    digest: String,
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Why a plan was not approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// What was seen is not what is there.
    OtherPlan {
        /// Digest that the person approved.
        seen: String,
        /// Digest of this plan.
        found: String,
    },
    /// Steps that cannot be done.
    Refused(Vec<Address>),
}

impl fmt::Display for NotApproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotApproved::OtherPlan { seen, found } => write!(
                f,
                "The plan changed after it was shown (digest {seen}, now {found}). Nothing was done; look at the new plan."
            ),
            NotApproved::Refused(addresses) => {
                let names: Vec<&str> = addresses.iter().map(|a| a.as_str()).collect();
                write!(
                    f,
                    "The plan has steps that cannot be done: {}. Nothing was done.",
                    names.join(", ")
                )
            }
        }
    }
}

impl std::error::Error for NotApproved {}

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
