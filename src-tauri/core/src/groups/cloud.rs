//! The door to the groups of an index: what can be asked of it, and how a put is known to be through.

use super::desired::Members;
use super::run::Run;
use crate::resource::{CloudError, CloudErrorKind, CloudFuture, Leftover};
use std::collections::BTreeSet;
use std::time::Duration;

/// Groups of one index.
pub trait Groups: Send + Sync {
    /// The names of all groups that are there now. `read` is told how many there are so far: AWS gives ten
    /// names a call (Q Business API: ListGroups), and of ten thousand that takes minutes.
    fn list<'a>(
        &'a self,
        read: &'a mut (dyn FnMut(usize) + Send),
    ) -> CloudFuture<'a, Result<BTreeSet<String>, CloudError>>;
    /// Makes a group have these members and no others. One call; nothing is retried.
    fn put<'a>(&'a self, name: &'a str, members: Members<'a>) -> CloudFuture<'a, Result<(), Refused>>;
    /// What became of a put: AWS takes it at once and works on it afterwards.
    fn state<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<GroupState, CloudError>>;
    /// Deletes a group; one that is not there is no error. One call; nothing is retried.
    fn delete<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<(), Refused>>;
}

/// What AWS says about a group (Q Business API: GetGroup).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// It is not there, or going.
    Absent,
    /// AWS could not take the members; the words are AWS's own.
    Failed(String),
    /// AWS is working on it.
    Processing,
    /// It is as it was put.
    Succeeded,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// How.
    pub error: CloudError,
    /// How long AWS asks to wait, where it says.
    pub retry_after: Option<Duration>,
}

impl From<CloudError> for Refused {
    fn from(error: CloudError) -> Self {
        Refused {
            error,
            retry_after: None,
        }
    }
}

/// Puts a group. Whether AWS could read a file in S3 shows only afterwards.
pub(super) async fn put(run: &Run<'_>, name: &str, members: Members<'_>) -> Result<(), Refused> {
    let Some(object) = members.object.clone() else {
        return run.groups.put(name, members).await;
    };
    run.groups.put(name, members).await?;
    let since = run.clock.now();
    let failed = |why: String| CloudError {
        kind: CloudErrorKind::Invalid,
        operation: "PutGroup".into(),
        code: None,
        message: why,
        request_id: None,
        leftover: Leftover::Unknown,
    };
    loop {
        match run.groups.state(name).await? {
            GroupState::Succeeded => return Ok(()),
            GroupState::Failed(why) => {
                return Err(failed(format!("AWS did not take the members in {object}: {why}")).into());
            }
            GroupState::Absent | GroupState::Processing
                if run.clock.now() - since > run.timeouts.propagation =>
            {
                return Err(failed(format!("AWS still works on {object}; compare again later")).into());
            }
            GroupState::Absent | GroupState::Processing => run.clock.sleep(run.timeouts.poll).await,
        }
    }
}
