//! What both faces need and the core must not know: set-ups and journals on disk, connections,
//! preflight, the jobs, groups, sign-ins by the system's browser, their judgement, the live half of a
//! diagnosis, what a person may do once signed in, and the rehearsal of it all.

pub mod cases;
mod clock;
pub mod connection;
pub mod demo;
pub mod diagnose;
pub mod examine;
pub mod groups;
mod http;
mod jobs;
pub mod judge;
pub mod listener;
pub mod oidc;
pub mod preflight;
pub mod session;
pub mod sign_in;
pub mod store;
mod temporary;

pub use claimbridge_aws::{Profile, profiles};
pub use claimbridge_practice as practice;
pub use clock::{RandomIds, SystemClock};
pub use connection::{Connection, Problem};
pub use http::Http;
pub use jobs::{
    Approval, apply, asks_for_secret, drift, plan_removal, plan_setup, remove, renew_secret_version,
};
pub use temporary::make_temporary;
