//! The door to the cloud: what can be asked of it, observed in it, and go wrong with it.

use super::{Address, CloudFuture, Output, PhysicalId, Resource};
use crate::redact::without_people;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt;

/// Reads and writes resources. Each call is one act; waiting and retrying is the engine's.
pub trait Cloud: Send + Sync {
    /// What is there under an id. Errors are part of the answer.
    fn read<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Observed>;
    /// Looks for a resource by its name and parents, for a binding that was lost.
    fn find<'a>(
        &'a self,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<Option<Candidate>, CloudError>>;
    /// Writes a secret's value under the version that `resource` names: creates the secret, restores
    /// one that waits for its deletion, or adds the version. Harmless when repeated with the same value.
    fn put_secret<'a>(
        &'a self,
        resource: &'a Resource<String>,
        value: &'a SecretValue,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>>;
    /// Who else uses it than what carries the tag of `setup`, by name: a provider may serve other
    /// applications and roles.
    fn users<'a>(
        &'a self,
        address: Address,
        id: &'a PhysicalId,
        setup: &'a str,
    ) -> CloudFuture<'a, Result<Vec<String>, CloudError>>;
    /// Starts a creation and returns at once; `token` makes a repetition harmless where AWS allows.
    fn create<'a>(
        &'a self,
        resource: &'a Resource<String>,
        token: &'a str,
    ) -> CloudFuture<'a, Result<PhysicalId, CloudError>>;
    /// Makes an existing one equal to `resource`.
    fn update<'a>(
        &'a self,
        id: &'a PhysicalId,
        resource: &'a Resource<String>,
    ) -> CloudFuture<'a, Result<(), CloudError>>;
    /// Starts a deletion; one that is not there any more is no error.
    fn delete<'a>(&'a self, address: Address, id: &'a PhysicalId) -> CloudFuture<'a, Result<(), CloudError>>;
}

/// A secret on its way in: it is shown, stored and logged nowhere, and wiped after use.
pub type SecretValue = secrecy::SecretString;

/// What was found under an id.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// Nothing.
    Absent,
    /// It exists and will not become usable.
    Failed {
        /// AWS's own words.
        why: String,
    },
    /// It goes away by itself.
    PendingDeletion {
        /// When, if AWS says.
        until: Option<Instant>,
    },
    /// Usable.
    Ready(Snapshot),
    /// On its way.
    Settling {
        /// AWS's status, `CREATING` for example.
        status: String,
    },
    /// It could not be read.
    Unreadable(CloudError),
}

/// A usable resource: what it is made of and what it yields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// By the API's names, as [`Resource::attributes`].
    pub attributes: BTreeMap<String, Json>,
    /// What other resources take from it.
    pub outputs: BTreeMap<Output, String>,
    /// AWS's status where it has one.
    pub status: Option<String>,
    /// The value of our tag, where the read tells: `Some(None)` is a resource without it.
    pub setup: Option<Option<String>>,
}

impl Snapshot {
    /// Whether somebody else made what now has our name. `known` is what the journal holds of ours:
    /// where AWS's unique id is among it, that decides, and a lost tag means nothing. Without it, the
    /// tag has to be ours.
    pub fn is_of_another(&self, setup: &str, known: &BTreeMap<Output, String>) -> bool {
        match (known.get(&Output::Unique), self.outputs.get(&Output::Unique)) {
            (Some(ours), Some(now)) => ours != now,
            _ => self
                .setup
                .as_ref()
                .is_some_and(|tag| tag.as_deref() != Some(setup)),
        }
    }
}

/// A resource found by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: PhysicalId,
    /// The value of our tag on it, if it has one.
    pub setup: Option<String>,
}

/// What kind of failure a call had; the engine decides by this alone, never by text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudErrorKind {
    /// The name is taken, or the parent is busy.
    Conflict,
    /// The caller may not.
    Denied,
    /// Not there, or not there any more.
    Gone,
    /// AWS will not take this input.
    Invalid,
    /// Something it depends on is not visible yet.
    NotYet,
    /// No answer: it may have happened.
    OutcomeUnknown,
    /// Too many calls.
    Throttled,
}

/// Whether something was left behind by the failed act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leftover {
    /// It is there, as it was before.
    AsItWas,
    /// Nothing was changed.
    Nothing,
    /// It exists, unfinished.
    Unfinished,
    /// Nobody can tell until it is read again.
    Unknown,
}

/// A failed call, with AWS's own code and words one click away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudError {
    /// What the engine decides by.
    pub kind: CloudErrorKind,
    /// The API operation: `CreateRole`.
    pub operation: String,
    /// AWS's error code, if it answered.
    pub code: Option<String>,
    /// AWS's message, or what the connection said.
    pub message: String,
    /// AWS's request id.
    pub request_id: Option<String>,
    /// What the act left behind.
    pub leftover: Leftover,
}

impl Leftover {
    /// For a person, after the name of what failed.
    pub fn words(self) -> &'static str {
        match self {
            Leftover::AsItWas => "it is there as it was before",
            Leftover::Nothing => "nothing was left behind by it",
            Leftover::Unfinished => "it exists, unfinished; the next run takes it up",
            Leftover::Unknown => "whether it exists is read again by the next run",
        }
    }
}

impl CloudError {
    /// A call that this kind of resource does not have.
    pub fn unsupported(operation: &str) -> CloudError {
        CloudError {
            kind: CloudErrorKind::Invalid,
            operation: operation.to_owned(),
            code: None,
            message: "AWS has no such call for this resource".into(),
            request_id: None,
            leftover: Leftover::Nothing,
        }
    }

    /// Somebody else's resource has the name.
    pub fn foreign(operation: &str, id: &str) -> CloudError {
        CloudError {
            kind: CloudErrorKind::Conflict,
            message: format!("{id} was not made by this set-up; it was left alone"),
            ..CloudError::unsupported(operation)
        }
    }

    /// As it may be kept: AWS's words can name the caller.
    pub fn redacted(&self) -> CloudError {
        CloudError {
            message: without_people(&self.message),
            ..self.clone()
        }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for CloudError {}
