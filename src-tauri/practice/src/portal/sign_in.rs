//! The sign-in page, the metadata download, and the web experience that a sign-in ends at.

use super::pages::frame;
use super::response;
use crate::World;
use crate::sts;
use crate::wire::escape;
use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use claimbridge_core::claims::{self, RolePair};
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
            .map(|a| response::metadata(t, a))
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
    let value = match response::response(tenant, app, user, serial) {
        Ok(value) => value,
        Err(why) => return error("AADSTS50003", &why),
    };
    let action = escape(&posted_to(&state, &app.reply_url));
    let body = format!(
        "<form method=\"post\" action=\"{action}\" name=\"hiddenform\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"{value}\"><noscript><p>Script is disabled. Click Submit to continue.</p></noscript><button>Submit</button></form><script>window.setTimeout(function(){{document.forms[0].submit()}},0)</script>"
    );
    Html(frame("Working…", &body)).into_response()
}

/// Web experiences of this world answer on its own port; any other address is used as typed.
fn posted_to(state: &crate::state::State, reply_url: &str) -> String {
    let host = reply_url
        .strip_prefix("https://")
        .and_then(|r| r.split('.').next())
        .unwrap_or_default();
    let ours = state
        .applications
        .values()
        .flat_map(|a| a.experiences.values())
        .any(|e| e.host == host);
    if ours && reply_url.contains(".chat.qbusiness.") {
        format!("/web-experience/{host}/saml")
    } else {
        reply_url.to_owned()
    }
}

/// Lets a good sign-in in, and says the one sentence that people see otherwise.
pub(super) async fn web_experience(
    State(world): State<Arc<World>>,
    Path(host): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let value = fields.get("SAMLResponse").cloned().unwrap_or_default();
    let known = web_experience_exists(&world.state(), &host);
    let pair = claimbridge_core::saml::response::Response::decode(value.as_bytes())
        .ok()
        .and_then(|r| {
            r.view()
                .assertions
                .first()?
                .values(claims::ROLE)?
                .first()
                .and_then(|v| RolePair::split(v))
        });
    let result = match pair {
        Some(pair) if known => sts::web_sign_in(&world, &pair.role, &pair.provider, &value).ok(),
        _ => None,
    };
    match result {
        Some(email) => Html(frame(
            "Amazon Q Business",
            &format!(
                "<p id=\"welcome\">Welcome, {}. What can I help you with?</p>",
                escape(&email)
            ),
        ))
        .into_response(),
        None => (
            StatusCode::FORBIDDEN,
            Html(frame(
                "Permission needed",
                "<p role=\"alert\">Permissions needed. Please check your permissions. 403 Forbidden</p>",
            )),
        )
            .into_response(),
    }
}

/// A web experience that has its role.
fn web_experience_exists(state: &crate::state::State, host: &str) -> bool {
    state
        .applications
        .values()
        .flat_map(|a| a.experiences.values())
        .any(|e| e.host == host && e.set.contains_key("roleArn"))
}
