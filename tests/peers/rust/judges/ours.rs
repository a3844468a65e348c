//! Our own verifier.

use super::Trust;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::saml::certificate::Certificate;
use claimbridge_core::saml::response::{NotAResponse, Response};
use claimbridge_core::saml::signature::{Pinned, Rejection, VerifiedAssertion, verify};

/// Why ours believes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It was not read.
    Unread(NotAResponse),
    /// It was read.
    Rejected(Rejection),
}

/// What is believed of a document.
pub fn ask(document: &[u8], trust: &Trust) -> Result<VerifiedAssertion, Refusal> {
    let certificates: Vec<Certificate> = trust
        .certificates
        .iter()
        .filter_map(|der| Certificate::from_der(der.clone()).ok())
        .collect();
    let response = Response::decode(STANDARD.encode(document).as_bytes()).map_err(Refusal::Unread)?;
    let pinned = Pinned::new(&certificates).map_err(Refusal::Rejected)?;
    verify(&response, &pinned).map_err(Refusal::Rejected)
}
