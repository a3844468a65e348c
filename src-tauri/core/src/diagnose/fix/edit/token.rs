//! A token as if the provider had sent and signed it otherwise.

use crate::diagnose::{Evidence, TokenEvidence};
use crate::oidc::{Claims, TokenRejection, TokenView};
use serde_json::Value as Json;

pub(super) fn set_claim(e: &mut Evidence, name: &str, value: Option<&Json>) {
    let Some(token) = &mut e.token else { return };
    let Some(claims) = token.claims() else { return };
    let claims = claims.with(name, value);
    match &mut token.view {
        Some(view) => view.claims = claims,
        None => token.view = Some(token_view(claims)),
    }
    unclaim(token);
    if matches!(token.verdict, Some(Ok(_))) {
        token.verdict = None;
    }
}

fn token_view(claims: Claims) -> TokenView {
    TokenView {
        algorithm: "RS256".into(),
        kid: None,
        kind: None,
        critical: Vec::new(),
        claims,
        length: 0,
    }
}

/// A refusal for a claim says nothing about other claims.
pub(super) fn unclaim(token: &mut TokenEvidence) {
    if matches!(token.verdict, Some(Err(TokenRejection::Claim(_)))) {
        token.verdict = None;
    }
}
