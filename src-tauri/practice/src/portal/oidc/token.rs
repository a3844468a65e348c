//! The token endpoint: a code, once and within a minute, for an ID token and an access token.

use super::claims::{Token, add};
use super::{Grant, answer, issuer, jwt, server};
use crate::World;
use crate::portal::site::{Row, Thing};
use crate::state::State;
use axum::extract::{self, Form, Path};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

const CODE_LASTS: Duration = Duration::from_secs(60);
const TOKEN_SECONDS: i64 = 3600;

/// An error of RFC 6749, 5.2: code and words.
type Refused = (&'static str, &'static str);

const BAD_CLIENT: Refused = (
    "invalid_client",
    "The client secret supplied for a confidential client is invalid.",
);
const BAD_CODE: Refused = (
    "invalid_grant",
    "The authorization code is invalid or has expired.",
);

pub(super) async fn redeem(
    extract::State(world): extract::State<Arc<World>>,
    Path((slug, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(form): Form<Row>,
) -> Response {
    let mut state = world.state();
    if server(&mut state, &slug, &id).is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    match tokens(&mut state, &id, &headers, &form) {
        Ok(tokens) => answer(&tokens),
        Err((error, words)) => {
            let status = if error == "invalid_client" {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::BAD_REQUEST
            };
            (
                status,
                answer(&json!({"error": error, "error_description": words})),
            )
                .into_response()
        }
    }
}

fn tokens(state: &mut State, server: &str, headers: &HeaderMap, form: &Row) -> Result<Json, Refused> {
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if get("grant_type") != "authorization_code" {
        return Err(("unsupported_grant_type", "Only authorization_code is practised."));
    }
    let client = authenticated(state, headers, form)?.id.clone();
    // Taken away first: a code is good for one attempt.
    let grant = state.portals.codes.remove(get("code")).ok_or(BAD_CODE)?;
    if grant.client != client || grant.server != server || grant.given.elapsed() > CODE_LASTS {
        return Err(BAD_CODE);
    }
    if grant.redirect != get("redirect_uri") {
        return Err(("invalid_grant", "The redirect URI is not the one of the request."));
    }
    if let Some(challenge) = &grant.challenge
        && URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier"))) != *challenge
    {
        return Err(("invalid_grant", "PKCE verification failed."));
    }
    issue(state, &grant).map_err(|_| ("server_error", "The tokens could not be made."))
}

/// Who asks: `client_secret_basic`, `client_secret_post`, or nobody's secret for a public client.
fn authenticated<'a>(state: &'a State, headers: &HeaderMap, form: &Row) -> Result<&'a Thing, Refused> {
    let (id, secret) = match headers.get(header::AUTHORIZATION) {
        Some(value) => basic(value.to_str().unwrap_or_default()).ok_or(BAD_CLIENT)?,
        None => (
            form.get("client_id").cloned().unwrap_or_default(),
            form.get("client_secret").cloned().unwrap_or_default(),
        ),
    };
    state
        .portals
        .client(&id)
        .filter(|c| c.get("authentication") == "none" || c.secret == secret)
        .ok_or(BAD_CLIENT)
}

/// Both parts are form-encoded before they are joined (RFC 6749, 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some((decoded(id)?, decoded(secret)?))
}

fn issue(state: &State, grant: &Grant) -> Result<Json, String> {
    let missing = || "gone meanwhile".to_owned();
    let client = state.portals.client(&grant.client).ok_or_else(missing)?;
    let server = state.portals.thing(client.site.slug, &grant.server);
    let server = server.ok_or_else(missing)?;
    let directory = state.tenants.first().ok_or_else(missing)?;
    let user = directory.person(&grant.person).ok_or_else(missing)?;
    let key = server.keys.get(server.active).ok_or_else(missing)?;
    let issued = OffsetDateTime::now_utc().unix_timestamp() + directory.clock_offset;
    let has = |scope: &str| grant.scope.split(' ').any(|s| s == scope);
    let token = |kind: Token, audience: &str, more: Json| {
        let mut claims = Map::new();
        claims.insert("iss".into(), json!(issuer(&state.portals, server)));
        claims.insert("sub".into(), json!(user.get("objectid")));
        claims.insert("aud".into(), json!(audience));
        claims.insert("iat".into(), json!(issued));
        claims.insert("exp".into(), json!(issued + TOKEN_SECONDS));
        if let Json::Object(more) = more {
            claims.extend(more.into_iter().filter(|(_, v)| !v.is_null()));
        }
        for thing in [server, client] {
            add(&mut claims, thing.rows("claims"), kind, &grant.scope, user);
        }
        jwt::sign(&Json::Object(claims), key)
    };
    let access = token(
        Token::Access,
        server.get("audience"),
        json!({"cid": client.id, "scp": grant.scope.split(' ').collect::<Vec<_>>()}),
    )?;
    let mut answer = json!({
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "access_token": access,
        "scope": grant.scope,
    });
    if has("openid") {
        let mail = Some(user.get("mail")).filter(|m| has("email") && !m.is_empty());
        let name = Some(user.get("displayname")).filter(|_| has("profile"));
        answer["id_token"] = json!(token(
            Token::Id,
            &client.id,
            json!({"auth_time": issued, "nonce": grant.nonce, "email": mail, "name": name}),
        )?);
    }
    Ok(answer)
}
