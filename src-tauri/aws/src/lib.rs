//! The AWS SDK behind the core's own types: one module a service. No type of the SDK leaves this
//! crate, and nothing here decides: it reads, writes, and says what came back.

mod cloud;
mod connect;
mod error;
mod examine;
mod iam;
mod keys;
mod preflight;
mod profiles;
mod qbusiness;
mod secret;
mod session;
mod sts;
mod trail;

pub use connect::{Aws, ConnectError, Target, ca_bundle};
pub use keys::Unusable;
pub use preflight::{ApplicationSummary, Identity, Simulation};
pub use profiles::{Profile, ProfileKind, ProfilesError, profiles};
pub use qbusiness::{DataSource, DocumentState, IndexGroups, NewDocument, Synchronisation};
pub use session::{Answer, Seen, Source};
pub use sts::{FederatedCredentials, FederatedSession};
