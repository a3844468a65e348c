//! OpenID Connect: the discovery document, the keys, ID tokens and what AWS reads from them.
//!
//! Everything here is handed in as bytes; fetching is not this crate's business.

mod context;
pub mod discovery;
mod document;
mod fetched;
pub mod keys;
pub mod tags;
pub mod token;
mod verify;

pub use context::{trust_decision_for_token, web_identity_request};
pub use discovery::{Discovery, DiscoveryError, DiscoveryFault};
pub use document::DocumentError;
pub use fetched::{NotFetched, Unavailable, Why};
pub use keys::{Algorithm, KeySet, KeySetError};
pub use tags::{TagFault, TokenTags};
pub use token::{Claims, IdToken, NotAToken, TokenView};
pub use verify::{ClaimFault, ExpectedToken, LEEWAY_SECONDS, SignatureFault, TokenRejection, VerifiedToken};

/// STS takes this many characters of a token (STS: AssumeRoleWithWebIdentity).
pub const TOKEN_LENGTH: usize = 20_000;

/// A discovery document with its faults, or why it is not at hand.
pub type FetchedDiscovery = Result<(Discovery, Vec<DiscoveryFault>), Unavailable<DiscoveryError>>;

/// A key set, or why it is not at hand.
pub type FetchedKeys = Result<KeySet, Unavailable<KeySetError>>;
