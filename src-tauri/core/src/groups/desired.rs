//! What is wanted: every group with its members and their digest, and where the members of a very
//! large one lie.

use super::read::Roster;
use crate::value::RoleArn;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

/// Groups as they should be in AWS. It can be made of a roster in which nothing blocks alone.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    words: Vec<Arc<str>>,
    groups: BTreeMap<Arc<str>, Wanted>,
    bulk: Option<Bulk>,
}

#[derive(Clone, Debug)]
struct Wanted {
    digest: String,
    users: Vec<u32>,
    groups: Vec<u32>,
}

/// The members of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members<'a> {
    /// Addresses, sorted, each once.
    pub users: Vec<&'a str>,
    /// Names of nested groups, sorted, each once.
    pub groups: Vec<&'a str>,
    /// Where they lie in S3, for a group with more than [`super::INLINE_MEMBERS`].
    pub object: Option<Object>,
}

/// A file in S3 that Amazon Q Business reads through a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The role that may read it.
    pub role: RoleArn,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Desired {
    pub(super) fn of(roster: Roster, bulk: Option<Bulk>) -> Desired {
        let mut groups = BTreeMap::new();
        for group in roster.groups() {
            let sorted = |of_groups: bool| {
                let mut numbers: Vec<u32> = group
                    .members
                    .iter()
                    .filter(|m| m.is_group == of_groups)
                    .map(|m| m.word)
                    .collect();
                numbers.sort_unstable_by_key(|n| roster.word(*n));
                numbers.dedup();
                numbers
            };
            let (users, nested) = (sorted(false), sorted(true));
            let digest = digest(
                users.iter().map(|n| roster.word(*n)),
                nested.iter().map(|n| roster.word(*n)),
            );
            groups.insert(
                roster.words()[group.name as usize].clone(),
                Wanted {
                    digest,
                    users,
                    groups: nested,
                },
            );
        }
        Desired {
            words: roster.into_words(),
            groups,
            bulk,
        }
    }

    /// Names and digests, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.groups.iter().map(|(name, g)| (&**name, g.digest.as_str()))
    }

    /// How many groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether no group is wanted.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The digest of a group.
    pub fn digest(&self, name: &str) -> Option<&str> {
        self.groups.get(name).map(|g| g.digest.as_str())
    }

    /// How many members a group has, nested groups included.
    pub fn size(&self, name: &str) -> usize {
        self.groups
            .get(name)
            .map_or(0, |g| g.users.len() + g.groups.len())
    }

    /// Where the members of a group lie, if it is too large for a call.
    pub fn object(&self, name: &str) -> Option<Object> {
        let bulk = self.bulk.as_ref()?;
        (self.size(name) > super::INLINE_MEMBERS).then(|| bulk.object(name))
    }

    /// The members of a group.
    pub fn members(&self, name: &str) -> Option<Members<'_>> {
        let group = self.groups.get(name)?;
        let words = |numbers: &[u32]| numbers.iter().map(|n| &*self.words[*n as usize]).collect();
        Some(Members {
            users: words(&group.users),
            groups: words(&group.groups),
            object: self.object(name),
        })
    }
}

/// SHA-256 over what a group has, sorted, each with its kind and length in front; hexadecimal.
fn digest<'a>(users: impl Iterator<Item = &'a str>, groups: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for (kind, word) in users.map(|u| ('u', u)).chain(groups.map(|g| ('g', g))) {
        hash.update(format!("{kind}{}:", word.len()));
        hash.update(word);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where the member files of very large groups lie, and the role that Amazon Q Business reads them
/// with. The files are the administrator's: their format is in AWS's example, not in its reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    bucket: String,
    path: String,
    role: RoleArn,
}

/// Why a path in S3 cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BulkError {
    /// Not `s3://BUCKET/KEY`.
    Path(String),
    /// No ARN of a role.
    Role(String),
}

impl fmt::Display for BulkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BulkError::Path(found) => write!(
                f,
                "“{found}” is no path in S3; expected s3://BUCKET/FILE for one large group, or s3://BUCKET/FOLDER/ for several."
            ),
            BulkError::Role(found) => write!(
                f,
                "“{found}” is no role; expected arn:aws:iam::ACCOUNT:role/NAME, of the role that may read the files in S3."
            ),
        }
    }
}

impl std::error::Error for BulkError {}

impl Bulk {
    /// Takes `s3://BUCKET/FILE` or `s3://BUCKET/FOLDER/`, and the role.
    ///
    /// # Errors
    /// [`BulkError`].
    pub fn parse(path: &str, role: &str) -> Result<Bulk, BulkError> {
        let bad = || BulkError::Path(path.to_owned());
        let (bucket, key) = path
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(bad)?;
        let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let named = (3..=63).contains(&bucket.len())
            && bucket.chars().all(|c| ends(c) || matches!(c, '.' | '-'))
            && bucket.starts_with(ends)
            && bucket.ends_with(ends);
        if !named || key.len() > LONGEST_KEY {
            return Err(bad());
        }
        Ok(Bulk {
            bucket: bucket.to_owned(),
            path: key.to_owned(),
            role: RoleArn::parse(role).map_err(|_| BulkError::Role(role.to_owned()))?,
        })
    }

    /// Whether it has a file for each group: the folder itself may be the bucket.
    fn is_folder(&self) -> bool {
        self.path.is_empty() || self.path.ends_with('/')
    }

    /// Whether all these groups get a file each, whose key S3 takes.
    pub(super) fn holds<'a>(&self, names: impl ExactSizeIterator<Item = &'a str>) -> bool {
        let several = names.len() > 1;
        (self.is_folder() || !several) && names.into_iter().all(|n| self.key(n).len() <= LONGEST_KEY)
    }

    fn key(&self, name: &str) -> String {
        if !self.is_folder() {
            return self.path.clone();
        }
        let mut key = self.path.clone();
        for byte in name.bytes() {
            // What S3 calls safe in a key (S3: object key naming).
            if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
                key.push(char::from(byte));
            } else {
                let _ = write!(key, "%{byte:02X}");
            }
        }
        key
    }

    fn object(&self, name: &str) -> Object {
        Object {
            bucket: self.bucket.clone(),
            key: self.key(name),
            role: self.role.clone(),
        }
    }
}

/// Bytes in a key of S3 (S3: object key naming).
const LONGEST_KEY: usize = 1_024;
