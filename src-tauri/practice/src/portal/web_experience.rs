//! The web experience that a sign-in ends at.

use crate::World;
use crate::portal::html;
use crate::sts;
use crate::wire::escape;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use claimbridge_core::claims::{self, RolePair};
use std::collections::BTreeMap;
use std::sync::Arc;

type Fields = BTreeMap<String, String>;

fn frame(title: &str, body: &str) -> String {
    html::frame("Practice web experience", &[], title, body)
}

/// Web experiences of this world answer on its own port; any other address is used as typed.
pub(super) fn address(state: &crate::state::State, reply_url: &str) -> String {
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
pub(super) async fn page(
    State(world): State<Arc<World>>,
    Path(host): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let value = fields.get("SAMLResponse").cloned().unwrap_or_default();
    let own_role = role_of(&world.state(), &host);
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
        // With another role than its own it lets nobody in (inferred).
        Some(pair) if own_role.as_deref() == Some(pair.role.as_str()) => {
            sts::web_sign_in(&world, &pair.role, &pair.provider, &value).ok()
        }
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

/// The role of a web experience, once it has one.
fn role_of(state: &crate::state::State, host: &str) -> Option<String> {
    let mut experiences = state.applications.values().flat_map(|a| a.experiences.values());
    let found = experiences.find(|e| e.host == host)?;
    found.set.get("roleArn")?.as_str().map(str::to_owned)
}
