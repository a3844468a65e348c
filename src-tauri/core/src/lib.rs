//! The whole subject of Claimbridge without a screen, a disk or a network: set-ups, federation
//! metadata, SAML responses, ID tokens, policies, the plan and the engine that runs it, and the rules that
//! explain a failed sign-in.
//!
//! Nothing here reads a clock, opens a file or a socket: time, ids and the cloud are passed in.

pub mod claims;
pub mod diagnose;
pub mod engine;
pub mod groups;
pub mod handoff;
pub mod idp;
pub mod journal;
mod letters;
pub mod oidc;
pub mod plan;
pub mod policy;
pub mod redact;
pub mod report;
pub mod resource;
pub mod saml;
pub mod setup;
pub mod simulate;
mod table;
pub mod time;
pub mod value;
