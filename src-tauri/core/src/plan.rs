//! The plan: desired state against what is observed, step by step, for a person to approve.
//!
//! Creating, resuming, adopting, checking for drift, repairing, rolling over and removing are all
//! this one comparison. Only an [`ApprovedPlan`] can be run, and it carries the digest of what the
//! person saw.

use crate::journal::{Bindings, Origin};
use crate::policy::{Document, PolicyDifference, difference};
use crate::resource::{Address, Output, PhysicalId, Resource};
use crate::setup::{Setup, World};
use crate::value::{AccountId, Region};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

mod compare;
mod notes;
mod observe;
mod others;
mod removal;

pub use compare::plan;
pub(crate) use compare::{differences, pending};
pub(crate) use notes::other_issuer;
pub use others::other_users;
pub use removal::removal;

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
            // IAM has one provider for each issuer and account.
            Refusal::NameTaken { id } if id.0.contains(":oidc-provider/") => write!(
                f,
                "{} exists already and was not made by this set-up; share it, or remove it there",
                id.0
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

impl Change {
    /// Statement by statement, where both sides are policy documents.
    pub fn policy_differences(&self) -> Option<Vec<PolicyDifference>> {
        let policy = |json: &Option<Json>| Document::from_json(json.as_ref()?).ok();
        Some(difference(&policy(&self.from)?, &policy(&self.to)?))
    }
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
    /// Others put these into what is removed.
    GoesWithIt { address: Address, count: u64 },
    /// IAM is to hold another issuer's metadata under the same name.
    IssuerChanges,
    /// As [`Note::IssuerChanges`], of a provider that this set-up did not make.
    IssuerOfOthersChanges,
    /// These cannot be changed later without starting over.
    Immutable { attributes: Vec<String> },
    /// An index costs by the hour for each unit from its creation on.
    IndexCost { kind: String, units: u32 },
    /// These are deleted first, with what is in them.
    MadeAnew { addresses: Vec<Address> },
    /// Others sign people in by the metadata that changes.
    MetadataOfOthers { users: Vec<String> },
    /// The journal does not name it, and whether it exists could not be seen.
    NotLookedFor { address: Address, error: String },
    /// Who else a change concerns could not be seen.
    OthersNotSeen { address: Address, error: String },
    /// A provider stays, because others use it.
    ProviderStays { users: Vec<String> },
    /// Q Apps are on, and the subscription that people get has none.
    QAppsNeedPro,
    /// What a removal takes away for good.
    RemovalIsFinal,
    /// What a removal does not touch.
    RemovalLeaves,
    /// The client secret has to be given with the approval.
    SecretIsAsked,
    /// The secret can be had back for a while, and its name is taken until then.
    SecretWaits,
    /// The sign-in address is missing; this stands in.
    StandInAuthenticationUrl { url: String },
    /// Nobody can sign in yet.
    TemporaryMetadata { url: String },
    /// A provider stays, because who else uses it could not be seen.
    UsersNotSeen { address: Address, error: String },
}

impl Note {
    /// For a person.
    pub fn text(&self) -> String {
        match self {
            Note::AutoSubscriptionCost { tier } => format!(
                "Every person who signs in gets a paid {tier} subscription at the first question, billed by the month; one charge for each IAM provider a person comes through."
            ),
            Note::EndpointFirstInferred => "The web experience is created before its role, so that the role can name its address at once. AWS allows a web experience without a role for SAML; that it has its address by then is inferred. Should AWS refuse, the run stops and offers the documented order.".into(),
            Note::GoesWithIt { address: Address::Subscriptions, count } => format!(
                "The automatic subscription is switched off first, so that nobody is subscribed again by signing in; then {count} paid {} cancelled. AWS bills {} until the end of the month.",
                if *count == 1 { "subscription is" } else { "subscriptions are" },
                if *count == 1 { "it" } else { "them" }
            ),
            Note::GoesWithIt { address, count } => format!(
                "Others connected {count} {} to the index: {} deleted with {} before it.",
                if *count == 1 { "data source" } else { "data sources" },
                if *count == 1 { "it is" } else { "they are" },
                if *address == Address::DataSources { "all that was read" } else { "all that is in it" }
            ),
            Note::IssuerChanges => "The metadata is of another issuer than what IAM holds. That IAM takes it by an update is inferred; should it refuse, the provider is deleted and made again under the same name. Its ARN stays the same, so nothing else has to change.".into(),
            Note::IssuerOfOthersChanges => "The metadata is of another issuer than what IAM holds. That IAM takes it by an update is inferred; should it refuse, the provider stays as it is, because this set-up did not make it.".into(),
            Note::Immutable { attributes } => format!("Cannot be changed later: {}.", attributes.join(", ")),
            Note::IndexCost { kind, units } => format!(
                "The {kind} index of {units} {} is billed by the hour from its creation until it is deleted, used or not.",
                if *units == 1 { "unit" } else { "units" }
            ),
            Note::MadeAnew { addresses } => {
                let names: Vec<&str> = addresses.iter().map(|a| a.as_str()).collect();
                let lost: Vec<&str> = addresses
                    .iter()
                    .filter_map(|a| match a {
                        Address::Index => Some("the documents of the index"),
                        Address::WebExperience => Some("the address of the web experience, which people and the identity provider use"),
                        Address::Application => Some("everything inside the application"),
                        _ => None,
                    })
                    .collect();
                let lost = if lost.is_empty() { String::new() } else { format!(" Lost with it: {}.", lost.join("; ")) };
                format!("Deleted and made anew: {}.{lost}", names.join(", "))
            }
            Note::MetadataOfOthers { users } => format!(
                "The IAM provider whose metadata changes is also used by {}: their sign-in follows the new metadata from that moment on.",
                users.join(", ")
            ),
            Note::NotLookedFor { address: Address::Subscriptions, error } => format!(
                "The paid subscriptions of the application could not be listed ({error}), so none is cancelled. Those that exist go on being billed every month until they are cancelled. Allow qbusiness:ListSubscriptions and qbusiness:CancelSubscription and plan the removal again, or cancel them yourself in the application's user management in the Amazon Q Business console before you remove it."
            ),
            Note::NotLookedFor { address, error } => format!(
                "Whether this set-up also has {address} could not be seen ({error}). If it has, it stays."
            ),
            Note::OthersNotSeen { address, error } => format!(
                "Whether others use {address} too could not be seen ({error}). What changes in it changes for them as well; look yourself first if you are not sure."
            ),
            Note::ProviderStays { users } => format!(
                "The IAM provider stays in AWS, because it is used by {}.",
                users.join(", ")
            ),
            Note::QAppsNeedPro => "Q Apps are switched on, and people get Lite subscriptions, with which nobody can use them: they need Pro (Q Business: tiers). Choose Pro, or leave Q Apps off.".into(),
            Note::RemovalIsFinal => "Cannot be undone: the documents of the index, the address of the web experience, and whatever others put into the application. Nobody can sign in any more.".into(),
            Note::RemovalLeaves => "The application at the identity provider stays; delete it there, or people go on to see its tile.".into(),
            Note::SecretIsAsked => "The client secret is asked for when you agree. It goes to AWS Secrets Manager and is kept nowhere else; a later run asks for it again.".into(),
            Note::SecretWaits => "AWS keeps the deleted secret for 7 days, in which it can be restored and its name cannot be used for another.".into(),
            Note::StandInAuthenticationUrl { url } => format!(
                "The sign-in address is not known yet. Until it is entered, {url} from the metadata stands in, and nobody can start at the web experience."
            ),
            Note::TemporaryMetadata { url } => format!(
                "Nobody can sign in yet: the metadata was made here as a stand-in and its key was thrown away, and {url} stands in for the sign-in address. Both are replaced by what the identity provider's administrator hands back."
            ),
            Note::UsersNotSeen { address, error } => format!(
                "Whether other applications or roles use {address} could not be seen ({error}), so it stays in AWS. If nothing else uses it, delete it yourself in the IAM console under Identity providers."
            ),
        }
    }
}

impl Plan {
    /// Of a set-up, and of the bindings that it was made from.
    fn of(setup: &Setup, bindings: &Bindings, steps: Vec<Step>, notes: Vec<Note>) -> Plan {
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
        let (create, replace, update, delete) = (
            count(|a| *a == Action::Create),
            count(|a| *a == Action::Replace),
            count(|a| *a == Action::Update),
            count(|a| *a == Action::Delete),
        );
        match (create, replace, update, delete) {
            (0, 0, 0, 0) => match count(|a| *a == Action::Forget) {
                0 => "Nothing to change".into(),
                n => format!("Leave {} in AWS", things(n)),
            },
            (n, 0, 0, 0) => format!("Create {}", things(n)),
            (0, 0, n, 0) => format!("Change {}", things(n)),
            (0, 0, 0, n) => format!("Delete {}", things(n)),
            (c, r, 0, 0) => format!("Delete {r} and create {}", things(c + r)),
            (c, r, u, d) => format!("Apply {} changes", c + r + u + d),
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
