//! Groups of people for Amazon Q Business: a federation through IAM carries none (Q Business: IAM
//! federation), so a company keeps them equal to a file of its own by PutGroup and DeleteGroup.
//!
//! A file is read whole or not at all ([`Roster::read`]), checked ([`check`]), and compared by name
//! and digest with what AWS lists and what was put last ([`plan`]), because AWS gives names and no
//! members. What was approved is run at the rate that AWS takes ([`apply`]). Plan and memory hold
//! names of groups and digests; people are in the file and on the wire alone.

mod book;
mod check;
mod cloud;
mod csv;
mod desired;
mod finding;
mod json;
mod memory;
mod pace;
mod plan;
mod read;
mod run;

pub use check::{Checked, KnownUsers, Rules, check};
pub use cloud::{GroupState, Groups, Refused};
pub use desired::{Bulk, BulkError, Desired, Members, Object};
pub use finding::{Finding, FindingKind, Where};
pub use memory::{Event, Held, Memory, Pending, Place};
pub use plan::{Action, ApprovedGroups, Counts, GroupPlan, NotApproved, Row, plan};
pub use read::{Fault, FaultKind, Roster, Unreadable};
pub use run::{Outcome, Progress, Run, Wait, apply};

/// Members of one group that PutGroup takes inline, users and nested groups together (Q Business API:
/// PutGroup).
pub const INLINE_MEMBERS: usize = 1_000;

/// Members of one group that PutGroup takes from a file in S3 (Q Business API: PutGroup).
pub const BULK_MEMBERS: usize = 100_000;

/// Characters in the name of a group or of a member (Q Business API: PutGroup).
pub const LONGEST_NAME: usize = 1_024;

/// Bytes in a file of groups.
pub const LONGEST_FILE: usize = 256 << 20;

/// Memberships in a file of groups.
pub const MOST_ROWS: usize = 1_000_000;
