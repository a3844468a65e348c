//! The sign-in page and the metadata download.

use super::answer;
use super::pages::frame;
use crate::World;
use crate::portal::{html, web_experience};
use crate::wire::escape;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

type Fields = BTreeMap<String, String>;

pub(super) async fn metadata(
    State(world): State<Arc<World>>,
    Path(tenant): Path<String>,
    Query(query): Query<Fields>,
) -> Response {
    let state = world.state();
    let wanted = query.get("appid").cloned().unwrap_or_default();
    let found = state.tenants.iter().find(|t| t.id == tenant).and_then(|t| {
        t.apps
            .iter()
            .find(|a| a.id == wanted)
            .map(|a| answer::metadata(t, a))
    });
    match found {
        Some(xml) => ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        None => error("AADSTS700016", "Application not found in the directory."),
    }
}

/// An error page of the sign-in, with Entra's code.
fn error(code: &str, message: &str) -> Response {
    let body = format!("<p role=\"alert\"><b>{code}</b>: {}</p>", escape(message));
    (
        StatusCode::BAD_REQUEST,
        Html(frame("Sorry, but we’re having trouble signing you in.", &body)),
    )
        .into_response()
}

pub(super) async fn page(State(world): State<Arc<World>>, Path(app): Path<String>) -> Response {
    let state = world.state();
    let known = state.tenants.iter().flat_map(|t| &t.apps).find(|a| a.id == app);
    let Some(app) = known else {
        return error("AADSTS700016", "Application not found in the directory.");
    };
    let body = format!(
        "<p>to continue to <b>{}</b></p><form method=\"post\"><label><span>User name</span><input name=\"login\" autofocus autocomplete=\"username\"></label><button>Next</button></form><p>Any password is taken here: this is the practice world.</p>",
        escape(&app.name)
    );
    Html(frame("Sign in", &body)).into_response()
}

pub(super) async fn submit(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let login = fields.get("login").cloned().unwrap_or_default();
    let mut state = world.state();
    let serial = state.next();
    let found = state
        .tenants
        .iter()
        .find_map(|t| t.apps.iter().find(|a| a.id == id).map(|a| (t, a)));
    let Some((tenant, app)) = found else {
        return error("AADSTS700016", "Application not found in the directory.");
    };
    let Some(user) = tenant
        .users
        .iter()
        .find(|u| u.upn().eq_ignore_ascii_case(login.trim()))
    else {
        return error("AADSTS50034", "The user account does not exist in the directory.");
    };
    if !app.assignments.iter().any(|(u, _)| u == user.upn()) {
        return error(
            "AADSTS50105",
            "The signed in user is not assigned to a role for the application.",
        );
    }
    if app.identifier.is_empty() || app.reply_url.is_empty() {
        return error("AADSTS50010", "No audience is configured for the application.");
    }
    let value = match answer::response(tenant, app, user, serial) {
        Ok(value) => value,
        Err(why) => return error("AADSTS50003", &why),
    };
    let to = web_experience::address(&state, &app.reply_url);
    Html(frame("Working…", &html::hidden_form(&to, &value))).into_response()
}
