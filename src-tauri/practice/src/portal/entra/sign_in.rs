//! The sign-in page, with and without a request, and the metadata download.

use super::pages::frame;
use super::{Access, App, Tenant, answer};
use crate::World;
use crate::portal::request::AuthnRequest;
use crate::portal::{html, web_experience};
use crate::state::State;
use crate::wire::escape;
use axum::extract::{self, Form, Path, Query};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

type Fields = BTreeMap<String, String>;
type Shared = extract::State<Arc<World>>;

/// Entra's code and its words.
type Refused = (&'static str, String);

pub(super) async fn metadata(
    extract::State(world): Shared,
    Path(tenant): Path<String>,
    Query(query): Query<Fields>,
) -> Response {
    let state = world.state();
    let wanted = query.get("appid").cloned().unwrap_or_default();
    if wanted.is_empty() {
        let whole = state.tenants.iter().find(|t| t.id == tenant);
        let xml = whole.and_then(|t| answer::metadata_of_tenant(t).ok());
        return match xml {
            Some(xml) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
            None => error(&not_found()),
        };
    }
    let found = state.tenants.iter().find(|t| t.id == tenant).and_then(|t| {
        t.apps
            .iter()
            .find(|a| a.id == wanted)
            .map(|a| answer::metadata(t, a))
    });
    match found {
        Some(xml) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        None => error(&not_found()),
    }
}

/// An error page of the sign-in, with Entra's code.
fn error((code, message): &Refused) -> Response {
    let body = html::alert(&format!("<b>{code}</b>: {}", escape(message)));
    (
        StatusCode::BAD_REQUEST,
        Html(frame("Sorry, but we’re having trouble signing you in.", &body)),
    )
        .into_response()
}

fn not_found() -> Refused {
    (
        "AADSTS700016",
        "Application not found in the directory.".to_owned(),
    )
}

/// By the application's id: a sign-in that begins at the identity provider.
fn by_id<'a>(state: &'a State, id: &str) -> Result<(&'a Tenant, &'a App), Refused> {
    state
        .tenants
        .iter()
        .find_map(|t| t.apps.iter().find(|a| a.id == id).map(|a| (t, a)))
        .ok_or_else(not_found)
}

/// By whoever asks: the request's Issuer is the Identifier (Entra ID: single sign-on SAML protocol).
fn by_request<'a>(
    state: &'a State,
    tenant: &str,
    request: &AuthnRequest,
) -> Result<(&'a Tenant, &'a App), Refused> {
    let tenant = state
        .tenants
        .iter()
        .find(|t| t.id == tenant)
        .ok_or_else(not_found)?;
    let app = tenant.apps.iter().find(|a| a.identifier == request.issuer);
    app.map(|a| (tenant, a)).ok_or_else(not_found)
}

fn request(uri: &Uri) -> Result<AuthnRequest, Refused> {
    AuthnRequest::of(uri.query().unwrap_or_default())
        .and_then(|r| r.ok_or_else(|| "There is no request.".to_owned()))
        .map_err(|why| ("AADSTS75005", why))
}

fn form(app: &App) -> Response {
    let body = format!(
        "<p>to continue to <b>{}</b></p><form method=\"post\"><label><span>User name</span><input name=\"login\" autofocus autocomplete=\"username\"></label><button>Next</button></form><p>Any password is taken here: this is the practice world.</p>",
        escape(&app.name)
    );
    Html(frame("Sign in", &body)).into_response()
}

pub(super) async fn page(extract::State(world): Shared, Path(app): Path<String>) -> Response {
    match by_id(&world.state(), &app) {
        Ok((_, app)) => form(app),
        Err(refused) => error(&refused),
    }
}

pub(super) async fn requested(
    extract::State(world): Shared,
    Path(tenant): Path<String>,
    uri: Uri,
) -> Response {
    match request(&uri).and_then(|r| by_request(&world.state(), &tenant, &r).map(|(_, app)| form(app))) {
        Ok(page) => page,
        Err(refused) => error(&refused),
    }
}

pub(super) async fn submit(
    extract::State(world): Shared,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let mut state = world.state();
    let serial = state.next();
    let answered =
        by_id(&state, &id).and_then(|(tenant, app)| sign_in(&state, tenant, app, &fields, serial, None));
    answered.unwrap_or_else(|refused| error(&refused))
}

pub(super) async fn submit_requested(
    extract::State(world): Shared,
    Path(tenant): Path<String>,
    uri: Uri,
    Form(fields): Form<Fields>,
) -> Response {
    let mut state = world.state();
    let serial = state.next();
    let answered = request(&uri).and_then(|request| {
        let (tenant, app) = by_request(&state, &tenant, &request)?;
        sign_in(&state, tenant, app, &fields, serial, Some(&request))
    });
    answered.unwrap_or_else(|refused| error(&refused))
}

fn sign_in(
    state: &State,
    tenant: &Tenant,
    app: &App,
    fields: &Fields,
    serial: u64,
    request: Option<&AuthnRequest>,
) -> Result<Response, Refused> {
    let refuse = |code, words: &str| Err((code, words.to_owned()));
    let login = fields.get("login").map(String::as_str).unwrap_or_default();
    let Some(user) = tenant.person(login) else {
        return refuse("AADSTS50034", "The user account does not exist in the directory.");
    };
    if user.get("accountenabled") == "No" {
        return refuse("AADSTS50057", "The user account is disabled.");
    }
    if app.access == Access::Block {
        return refuse(
            "AADSTS53003",
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        );
    }
    if !app.assignments.iter().any(|(u, _)| u == user.upn()) {
        return refuse(
            "AADSTS50105",
            "The signed in user is not assigned to a role for the application.",
        );
    }
    if app.identifier.is_empty() || app.reply_url.is_empty() {
        return refuse("AADSTS50010", "No audience is configured for the application.");
    }
    let wanted = request.and_then(|r| r.acs.as_ref()).unwrap_or(&app.reply_url);
    if *wanted != app.reply_url && !app.other_reply_urls.contains(wanted) {
        return refuse(
            "AADSTS50011",
            "The reply URL of the request is not one of those that are configured for the application.",
        );
    }
    // With a Sign on URL the application is to ask itself, which a web experience never does.
    if request.is_none() && !app.sign_on_url.is_empty() {
        let to = escape(&app.sign_on_url);
        let body = format!("<p role=\"status\">Taking you to <a href=\"{to}\">{to}</a></p>");
        return Ok(Html(frame("Working…", &body)).into_response());
    }
    if answer::name_id(app, user).is_none() {
        return refuse(
            "AADSTS501241",
            "Mandatory Input 'source' missing from transformation ID 'NameID'.",
        );
    }
    let asked = request.map(|r| r.id.as_str());
    let value =
        answer::response(tenant, app, user, serial, wanted, asked).map_err(|why| ("AADSTS50003", why))?;
    let to = web_experience::address(state, wanted);
    let relay = request.and_then(|r| r.relay_state.as_deref());
    Ok(Html(frame("Working…", &html::hidden_form(&to, &value, relay))).into_response())
}
