//! SAML 2.0: federation metadata, requests, responses, signatures.

pub mod certificate;
mod keys;
pub mod metadata;
pub mod request;
pub mod response;
pub mod signature;
mod text;
pub mod xml;

pub use text::{Encoding, NotText, to_utf8};
