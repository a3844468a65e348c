//! The difference: what is wanted against the names that AWS lists and what was put last, for a
//! person to approve. It names groups and digests, no people.

use super::desired::Desired;
use super::memory::{Memory, Place};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;

/// The schema of a plan of groups.
pub const SCHEMA: u32 = 1;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupPlan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Where.
    pub place: Place,
    /// Fingerprint of the memory that it was compared with.
    pub basis: String,
    /// One row a group, by name.
    pub rows: Vec<Row>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What happens.
    pub action: Action,
    /// Digest of the members that are wanted; None for a group that is not.
    pub digest: Option<String>,
    /// How many members are wanted, nested groups included.
    pub members: usize,
    /// The file in S3 that holds them, for a very large group.
    pub object: Option<String>,
}

/// What happens to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is not there, or an earlier run did not learn what became of it.
    Put,
    /// Its members changed since it was put.
    Change,
    /// Somebody else put it; the administrator said that this file is right.
    TakeOver,
    /// It was put, and is no longer wanted.
    Delete,
    /// It is as it was put last, and that is what is wanted.
    Keep,
    /// Somebody else put it. Its members cannot be read, so nobody can tell whether they are right.
    Unknown,
    /// Somebody else put it, and the file does not have it.
    Foreign,
}

impl Action {
    /// The word for a person.
    pub fn word(self) -> &'static str {
        match self {
            Action::Put => "put",
            Action::Change => "change",
            Action::TakeOver => "take over",
            Action::Delete => "delete",
            Action::Keep => "keep",
            Action::Unknown => "unknown",
            Action::Foreign => "foreign",
        }
    }

    /// Whether something in AWS changes.
    pub fn writes(self) -> bool {
        match self {
            Action::Put | Action::Change | Action::TakeOver | Action::Delete => true,
            Action::Keep | Action::Unknown | Action::Foreign => false,
        }
    }
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Rows that put a group that was not there.
    pub put: usize,
    /// Rows that change one.
    pub change: usize,
    /// Rows that take one over.
    pub take_over: usize,
    /// Rows that delete one.
    pub delete: usize,
    /// Rows that leave one because it is right.
    pub keep: usize,
    /// Rows that leave one because nobody can tell.
    pub unknown: usize,
    /// Rows that leave one that is another's.
    pub foreign: usize,
}

impl Counts {
    /// How many calls write.
    pub fn writes(&self) -> usize {
        self.put + self.change + self.take_over + self.delete
    }
}

/// Compares. `listed` are the names that ListGroups gives; with `take_over` groups of the file that
/// somebody else put are put as well.
pub fn plan(
    place: &Place,
    desired: &Desired,
    listed: &BTreeSet<String>,
    memory: &Memory,
    take_over: bool,
) -> GroupPlan {
    let ours: BTreeSet<&str> = memory.iter(place).map(|(name, _)| name).collect();
    let wanted = desired.iter().map(|(name, digest)| {
        let action = match memory.get(place, name) {
            Some(held) if held.pending.is_some() => Action::Put,
            Some(_) if !listed.contains(name) => Action::Put,
            Some(held) if held.digest.as_deref() == Some(digest) => Action::Keep,
            Some(_) => Action::Change,
            None if !listed.contains(name) => Action::Put,
            None if take_over => Action::TakeOver,
            None => Action::Unknown,
        };
        Row {
            name: name.to_owned(),
            action,
            digest: Some(digest.to_owned()),
            members: desired.size(name),
            object: desired.object(name).map(|o| o.to_string()),
        }
    });
    let unwanted = |name: &str, action| Row {
        name: name.to_owned(),
        action,
        digest: None,
        members: 0,
        object: None,
    };
    let gone = |name: &&str| desired.digest(name).is_none();
    // One that AWS does not list may still be on its way into the list: deleting it is harmless.
    let deleted = ours
        .iter()
        .copied()
        .filter(gone)
        .map(|n| unwanted(n, Action::Delete));
    let foreign = listed
        .iter()
        .map(String::as_str)
        .filter(|n| gone(n) && !ours.contains(n))
        .map(|n| unwanted(n, Action::Foreign));
    let mut rows: Vec<Row> = wanted.chain(deleted).chain(foreign).collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    GroupPlan {
        schema: SCHEMA,
        place: place.clone(),
        basis: memory.fingerprint(),
        rows,
    }
}

impl GroupPlan {
    /// SHA-256 of the plan's canonical JSON, in hexadecimal.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("a plan has string keys only");
        Sha256::digest(&json).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// How many rows of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            *match row.action {
                Action::Put => &mut counts.put,
                Action::Change => &mut counts.change,
                Action::TakeOver => &mut counts.take_over,
                Action::Delete => &mut counts.delete,
                Action::Keep => &mut counts.keep,
                Action::Unknown => &mut counts.unknown,
                Action::Foreign => &mut counts.foreign,
            } += 1;
        }
        counts
    }

    /// Every group of the file is known to be as the file says, and no other of ours is there.
    pub fn is_clean(&self) -> bool {
        let counts = self.counts();
        counts.writes() == 0 && counts.unknown == 0
    }

    /// The primary verb: "Put 12 groups, delete 1".
    pub fn verb(&self) -> String {
        let counts = self.counts();
        let put = counts.put + counts.take_over;
        let parts: Vec<String> = [("put", put), ("change", counts.change), ("delete", counts.delete)]
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .enumerate()
            .map(|(i, (verb, n))| match (i, n) {
                (0, 1) => format!("{verb} 1 group"),
                (0, n) => format!("{verb} {n} groups"),
                (_, n) => format!("{verb} {n}"),
            })
            .collect();
        if parts.is_empty() {
            return "Nothing to change".into();
        }
        let text = parts.join(", ");
        text[..1].to_uppercase() + &text[1..]
    }

    /// Approves exactly what was seen, with the members that it is about.
    ///
    /// # Errors
    /// [`NotApproved`] when the digest is of another plan, or the members are.
    pub fn approve(self, seen: &str, desired: Desired) -> Result<ApprovedGroups, NotApproved> {
        let digest = self.digest();
        if digest != seen {
            return Err(NotApproved::OtherPlan {
                seen: seen.to_owned(),
                found: digest,
            });
        }
        let other = self
            .rows
            .iter()
            .find(|r| r.digest.as_deref() != desired.digest(&r.name));
        if let Some(row) = other {
            return Err(NotApproved::OtherMembers(row.name.clone()));
        }
        Ok(ApprovedGroups {
            plan: self,
            digest,
            desired,
        })
    }
}

/// A plan that a person approved by its digest. It can be made by [`GroupPlan::approve`] alone.
#[derive(Clone, Debug)]
pub struct ApprovedGroups {
    plan: GroupPlan,
    digest: String,
    desired: Desired,
}

impl ApprovedGroups {
    /// The plan.
    pub fn plan(&self) -> &GroupPlan {
        &self.plan
    }

    /// Its digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The members.
    pub fn desired(&self) -> &Desired {
        &self.desired
    }
}

/// Why a plan of groups was not approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// What was seen is not what is there.
    OtherPlan {
        /// Digest that the person approved.
        seen: String,
        /// Digest of this plan.
        found: String,
    },
    /// The members of this group are not those of the plan.
    OtherMembers(String),
}

impl fmt::Display for NotApproved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotApproved::OtherPlan { seen, found } => write!(
                f,
                "The groups changed after they were shown (digest {seen}, now {found}). Nothing was done; look at the new difference."
            ),
            NotApproved::OtherMembers(name) => write!(
                f,
                "The members of “{name}” are not those that were shown. Nothing was done; compare again."
            ),
        }
    }
}

impl std::error::Error for NotApproved {}
