//! OpenID Connect of the portals that are data: each authorization server with its discovery document,
//! its keys, its sign-in page and its token endpoint (OpenID Connect Core, code flow; RFC 7636).

use super::Withheld;
use super::site::{Site, Sort, Thing, site};
use crate::World;
use crate::state::State;
use axum::Router;
use axum::extract::{self, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Instant;

mod authorize;
mod claims;
mod jwt;
mod token;

/// The scopes that these servers know.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What a code stands for until it is redeemed.
pub(crate) struct Grant {
    client: String,
    server: String,
    person: String,
    redirect: String,
    scope: String,
    nonce: Option<String>,
    /// Of PKCE, S256.
    challenge: Option<String>,
    given: Instant,
}

/// `http://127.0.0.1:PORT/SITE/oauth2/SERVER`.
pub(super) fn issuer(portals: &super::Portals, server: &Thing) -> String {
    format!("{}/{}/oauth2/{}", portals.origin, server.site.slug, server.id)
}

/// The JWKS of an issuer of this world, as its address would answer; None for any other issuer.
pub(crate) fn oidc_keys(state: &State, issuer_url: &str) -> Option<String> {
    if state.portals.withheld != Withheld::Nothing {
        return None;
    }
    state
        .portals
        .things
        .iter()
        .filter(|t| t.kind.sort == Sort::Server)
        .find(|t| issuer(&state.portals, t) == issuer_url)
        .and_then(|server| jwt::key_set(&server.keys).ok())
        .map(|set| set.to_string())
}

/// The server of an address, once its site is seeded.
fn server<'a>(state: &'a mut State, slug: &str, id: &str) -> Option<(&'static Site, &'a Thing)> {
    let site = site(slug)?;
    state.portals.seed(site).ok()?;
    let server = state.portals.of(site, Sort::Server).find(|s| s.id == id)?;
    Some((site, server))
}

fn answer(json: &Json) -> Response {
    (
        [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
        ],
        json.to_string(),
    )
        .into_response()
}

async fn discovery(
    extract::State(world): extract::State<Arc<World>>,
    Path((slug, id)): Path<(String, String)>,
) -> Response {
    let mut state = world.state();
    if state.portals.withheld == Withheld::Discovery || server(&mut state, &slug, &id).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(server) = state.portals.thing(&slug, &id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let issuer = issuer(&state.portals, server);
    answer(&json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/v1/authorize"),
        "token_endpoint": format!("{issuer}/v1/token"),
        "jwks_uri": format!("{issuer}/v1/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "claims_supported": ["iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "email", "name"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(
    extract::State(world): extract::State<Arc<World>>,
    Path((slug, id)): Path<(String, String)>,
) -> Response {
    let mut state = world.state();
    if state.portals.withheld == Withheld::Keys {
        return StatusCode::FORBIDDEN.into_response();
    }
    match server(&mut state, &slug, &id).map(|(_, s)| jwt::key_set(&s.keys)) {
        Some(Ok(set)) => answer(&set),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The endpoints of every authorization server.
pub(super) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route(
            "/{site}/oauth2/{server}/.well-known/openid-configuration",
            get(discovery),
        )
        .route("/{site}/oauth2/{server}/v1/keys", get(keys))
        .route(
            "/{site}/oauth2/{server}/v1/authorize",
            get(authorize::page).post(authorize::submit),
        )
        .route("/{site}/oauth2/{server}/v1/token", post(token::redeem))
}
