//! What is known about an ID token and the provider that issued it.

use crate::oidc::{Claims, FetchedDiscovery, FetchedKeys, TokenRejection, TokenView, VerifiedToken};
use crate::value::{ClientId, Issuer};

/// A token, its provider and what the set-up wants of both. The token itself, a credential, is not here.
#[derive(Clone, Debug, Default)]
pub struct TokenEvidence {
    /// The set-up's issuer.
    pub issuer: Option<Issuer>,
    /// The set-up's client.
    pub client_id: Option<ClientId>,
    /// The nonce that was sent; None for a token that was pasted.
    pub nonce: Option<String>,
    /// What the token says, unverified.
    pub view: Option<TokenView>,
    /// What verification said.
    pub verdict: Option<Result<VerifiedToken, TokenRejection>>,
    /// The provider's discovery document with its faults, or why it is not at hand.
    pub discovery: Option<FetchedDiscovery>,
    /// The provider's keys, or why they are not at hand.
    pub keys: Option<FetchedKeys>,
    /// The client ids of the provider in IAM.
    pub provider_clients: Option<Vec<String>>,
}

impl TokenEvidence {
    /// The claims to judge: the verified ones, else those of the token as it is.
    pub fn claims(&self) -> Option<&Claims> {
        match &self.verdict {
            Some(Ok(verified)) => Some(verified.claims()),
            _ => Some(&self.view.as_ref()?.claims),
        }
    }
}
