//! The authorization endpoint: the sign-in page, and everything that a server refuses there.

use super::{Grant, SCOPES, server};
use crate::World;
use crate::portal::Portals;
use crate::portal::saml::sign_in_form;
use crate::portal::site::pages::{frame, refusal};
use crate::portal::site::{Row, Site, Sort, Thing};
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::sync::Arc;
use std::time::Instant;
use url::Url;

/// A refusal: on a page of the server, or to the client by way of its redirect URI.
enum Refusal {
    Page(String),
    Client(&'static str, String),
}

/// A request that may go on to the sign-in.
struct Asked<'a> {
    client: &'a Thing,
    redirect: &'a str,
    scope: &'a str,
}

fn get<'a>(query: &'a Row, name: &str) -> &'a str {
    query.get(name).map(String::as_str).unwrap_or_default()
}

fn may_redirect(client: &Thing, to: &str) -> bool {
    let added = client.rows("redirects").filter_map(|r| r.get("name"));
    std::iter::once(client.get("redirect"))
        .chain(added.map(String::as_str))
        .any(|known| known == to)
}

/// Checks the request before anybody signs in.
fn asked<'a>(portals: &'a Portals, site: &'a Site, query: &'a Row) -> Result<Asked<'a>, Refusal> {
    let client = portals
        .of(site, Sort::Client)
        .find(|c| c.id == get(query, "client_id"))
        .ok_or_else(|| Refusal::Page("Invalid value for 'client_id' parameter.".into()))?;
    let redirect = get(query, "redirect_uri");
    // Compared whole (OpenID Connect Core, 3.1.2.1).
    if !may_redirect(client, redirect) {
        return Err(Refusal::Page(
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.".into(),
        ));
    }
    let refuse = |error, words: &str| Err(Refusal::Client(error, words.into()));
    if get(query, "response_type") != "code" {
        return refuse(
            "unsupported_response_type",
            "Only response_type=code is practised.",
        );
    }
    if client.get("grant") != "authorization_code" {
        return refuse(
            "unauthorized_client",
            "The client is not allowed to use the authorization code.",
        );
    }
    let scope = get(query, "scope");
    if scope.is_empty() || scope.split(' ').any(|s| !SCOPES.contains(&s)) {
        return refuse(
            "invalid_scope",
            "One or more scopes are not known to this server.",
        );
    }
    match (get(query, "code_challenge"), get(query, "code_challenge_method")) {
        ("", _) if client.get("pkce") == "on" => refuse(
            "invalid_request",
            "PKCE code challenge is required by the application.",
        ),
        ("", _) | (_, "S256") => Ok(Asked {
            client,
            redirect,
            scope,
        }),
        _ => refuse("invalid_request", "Only code_challenge_method=S256 is practised."),
    }
}

/// Whether an access policy of the server has a rule for this (Okta: access policies).
fn policy_allows(portals: &Portals, site: &Site, server: &Thing, asked: &Asked<'_>) -> bool {
    let (name, id) = (asked.client.name(), asked.client.id.as_str());
    portals
        .of(site, Sort::Policy)
        .filter(|p| p.parent == server.id)
        .filter(|p| {
            p.get("assign") == "all"
                || p.get("clients")
                    .split(',')
                    .any(|c| [name, id].contains(&c.trim()))
        })
        .flat_map(|p| p.rows("rules"))
        .any(|rule| {
            get(rule, "grant") == "authorization_code"
                && get(rule, "user") != "nobody"
                && (get(rule, "scope").is_empty() || asked.scope.split(' ').any(|s| s == get(rule, "scope")))
        })
}

/// Goes back to the client with these parameters, and with its state.
fn back(query: &Row, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut to) = Url::parse(get(query, "redirect_uri")) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    to.query_pairs_mut().extend_pairs(parameters);
    if let Some(state) = query.get("state") {
        to.query_pairs_mut().append_pair("state", state);
    }
    Redirect::to(to.as_str()).into_response()
}

fn refused(site: &Site, query: &Row, refusal_: &Refusal) -> Response {
    match refusal_ {
        Refusal::Page(words) => refusal(site, StatusCode::BAD_REQUEST, words),
        Refusal::Client(error, words) => back(query, &[("error", error), ("error_description", words)]),
    }
}

pub(super) async fn page(
    State(world): State<Arc<World>>,
    Path((slug, id)): Path<(String, String)>,
    Query(query): Query<Row>,
) -> Response {
    let mut state = world.state();
    let Some(site) = server(&mut state, &slug, &id).map(|(site, _)| site) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match asked(&state.portals, site, &query) {
        // Without an address of its own the form comes back to this one, parameters and all.
        Ok(asked) => Html(frame(site, "Sign in", &sign_in_form(asked.client.name(), &[]))).into_response(),
        Err(why) => refused(site, &query, &why),
    }
}

pub(super) async fn submit(
    State(world): State<Arc<World>>,
    Path((slug, id)): Path<(String, String)>,
    Query(query): Query<Row>,
    Form(fields): Form<Row>,
) -> Response {
    let mut state = world.state();
    let Some(site) = server(&mut state, &slug, &id).map(|(site, _)| site) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let person = state
        .tenants
        .first()
        .and_then(|t| t.person(get(&fields, "login")))
        .map(|u| u.upn().to_owned());
    let Some(person) = person else {
        return refusal(site, StatusCode::UNAUTHORIZED, "Unable to sign in");
    };
    let grant = match grant(&state.portals, site, &id, &query, person) {
        Ok(grant) => grant,
        Err(why) => return refused(site, &query, &why),
    };
    let code = uuid::Uuid::new_v4().simple().to_string();
    state.portals.codes.insert(code.clone(), grant);
    back(&query, &[("code", &code)])
}

/// What a person who signed in gives to the client.
fn grant(portals: &Portals, site: &Site, id: &str, query: &Row, person: String) -> Result<Grant, Refusal> {
    let asked = asked(portals, site, query)?;
    let server = portals
        .of(site, Sort::Server)
        .find(|s| s.id == id)
        .ok_or_else(|| Refusal::Page("There is no such server.".into()))?;
    let denied = |words: &str| Refusal::Client("access_denied", words.into());
    if !asked.client.has_person(&person) {
        return Err(denied("User is not assigned to the client application."));
    }
    if site.has_policies && !policy_allows(portals, site, server, &asked) {
        return Err(denied(
            "Policy evaluation failed for this request, please check the policy configuration.",
        ));
    }
    let optional = |name: &str| query.get(name).filter(|v| !v.is_empty()).cloned();
    Ok(Grant {
        client: asked.client.id.clone(),
        server: server.id.clone(),
        person,
        redirect: asked.redirect.to_owned(),
        scope: asked.scope.to_owned(),
        nonce: optional("nonce"),
        challenge: optional("code_challenge"),
        given: Instant::now(),
    })
}
