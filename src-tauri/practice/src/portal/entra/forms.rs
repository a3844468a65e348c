//! What the portal does with a submitted form: it stores what was typed, byte for byte.

use super::{Access, App, AppRole, Claim, NameIdRule, pages};
use crate::World;
use crate::keys::SigningKey;
use crate::portal::{AWS_NAMESPACE, Shape, Signing, user};
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) type Fields = BTreeMap<String, String>;

/// Entra's limit on an app role's value (Entra ID: appRole value).
const ROLE_VALUE: usize = 120;

fn refuse(message: &str) -> Response {
    let page = pages::frame(
        "Error",
        &format!("<p role=\"alert\">{}</p>", crate::wire::escape(message)),
    );
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

pub(super) async fn create_app(State(world): State<Arc<World>>, Form(fields): Form<Fields>) -> Response {
    let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let gallery = get("kind") == "gallery";
    let key = match SigningKey::new(
        "Microsoft Azure Federated SSO Certificate",
        world.certificate_days(),
    ) {
        Ok(key) => key,
        Err(why) => return refuse(&why),
    };
    let mut state = world.state();
    let serial = state.next();
    let claim = |name: &str, source: &str| Claim {
        name: name.into(),
        namespace: AWS_NAMESPACE.into(),
        source: source.into(),
    };
    let id = format!("a99a9900-0000-4000-8000-{serial:012x}");
    let app = App {
        id: id.clone(),
        name: get("name"),
        identifier: String::new(),
        reply_url: String::new(),
        other_reply_urls: Vec::new(),
        sign_on_url: String::new(),
        name_id: NameIdRule {
            format: "Email address".into(),
            source: "user.userprincipalname".into(),
        },
        // What the gallery app brings.
        claims: if gallery {
            vec![
                claim("Role", "user.assignedroles"),
                claim("RoleSessionName", "user.userprincipalname"),
                claim("SessionDuration", "900"),
            ]
        } else {
            Vec::new()
        },
        roles: Vec::new(),
        assignments: Vec::new(),
        keys: vec![key],
        active: 0,
        signing: Signing::Assertion,
        encrypt: false,
        shape: Shape::Ordinary,
        claims_policy: false,
        access: Access::Grant,
    };
    let tenant = get("tenant");
    let Some(tenant) = state
        .tenants
        .iter_mut()
        .find(|t| tenant.is_empty() || t.id == tenant)
    else {
        return refuse("No such directory.");
    };
    tenant.apps.push(app);
    Redirect::to(&format!("/entra/applications/{id}/overview")).into_response()
}

pub(super) async fn users(State(world): State<Arc<World>>, Form(fields): Form<Fields>) -> Response {
    let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let mut state = world.state();
    let serial = state.next();
    let Some(tenant) = state.tenants.first_mut() else {
        return refuse("No directory.");
    };
    match tenant
        .users
        .iter_mut()
        .find(|u| u.upn() == get("userprincipalname"))
    {
        Some(known) => {
            for (name, value) in &fields {
                known.attributes.insert(name.clone(), value.clone());
            }
        }
        None => tenant.users.push(user(
            serial,
            &get("displayname"),
            &get("userprincipalname"),
            &get("mail"),
        )),
    }
    Redirect::to("/entra/users").into_response()
}

pub(super) async fn blade(
    State(world): State<Arc<World>>,
    Path((id, blade)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let get = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let fresh = if blade == "certificates" && get("action") == "new" {
        match SigningKey::new(
            "Microsoft Azure Federated SSO Certificate",
            world.certificate_days(),
        ) {
            Ok(key) => Some(key),
            Err(why) => return refuse(&why),
        }
    } else {
        None
    };
    let mut state = world.state();
    let serial = state.next();
    let found = state.tenants.iter_mut().find_map(|t| {
        let (tenant, protects) = (t.id.clone(), t.protects_identifiers);
        let app = t.apps.iter_mut().find(|a| a.id == id)?;
        Some((tenant, protects, app))
    });
    let Some((tenant, protects, app)) = found else {
        return refuse("No such application.");
    };
    let identifier = get("identifier");
    let allowed = [tenant.as_str(), app.id.as_str(), "contoso.example"];
    if blade == "basic-saml"
        && get("action").is_empty()
        && protects
        && identifier != app.identifier
        && !allowed.iter().any(|part| identifier.contains(part))
    {
        return refuse(&format!(
            "Failed to add identifier URI {identifier}. All newly added URIs must contain a tenant verified domain, tenant ID, or app ID, as per the default tenant policy of your organization."
        ));
    }
    match (blade.as_str(), get("action").as_str()) {
        ("basic-saml", "add-reply-url") => app.other_reply_urls.push(get("other-reply-url")),
        ("basic-saml", _) => {
            app.identifier = get("identifier");
            app.reply_url = get("reply-url");
            app.sign_on_url = get("sign-on-url");
        }
        ("claims", "name-id") => {
            app.name_id = NameIdRule {
                format: get("format"),
                source: get("source"),
            };
        }
        ("claims", "save") => {
            let claim = Claim {
                name: get("name"),
                namespace: get("namespace"),
                source: get("source"),
            };
            // Saving under a name that is there replaces that claim, as the portal's Manage claim does.
            match app
                .claims
                .iter_mut()
                .find(|c| c.name == claim.name && c.namespace == claim.namespace)
            {
                Some(known) => *known = claim,
                None => app.claims.push(claim),
            }
        }
        ("claims", "delete") => {
            let at = get("claim").parse().unwrap_or(usize::MAX);
            if at < app.claims.len() {
                app.claims.remove(at);
            }
        }
        ("roles", _) => {
            let value = get("value");
            if value.chars().count() > ROLE_VALUE
                || value.contains(' ') && value.trim().contains(' ')
                || value.starts_with('.')
            {
                return refuse(
                    "The value of an app role has at most 120 characters, no blanks, and no period at its start.",
                );
            }
            // One of that name is edited.
            match app
                .roles
                .iter_mut()
                .find(|r| r.display_name == get("display-name"))
            {
                Some(known) => known.value = value,
                None => app.roles.push(AppRole {
                    id: format!("{serial:08x}-0000-4000-8000-000000000000"),
                    display_name: get("display-name"),
                    value,
                }),
            }
        }
        ("users", "remove") => {
            let who = get("user");
            app.assignments.retain(|(u, _)| *u != who);
        }
        ("users", _) => {
            let (user, role) = (get("user"), get("role"));
            // Edit assignment: Default Access gives way to a role.
            app.assignments
                .retain(|(u, r)| *u != user || (!r.is_empty() && *r != role));
            app.assignments.push((user, role));
        }
        ("certificates", "new") => app.keys.extend(fresh),
        ("certificates", "delete") => {
            let at = get("certificate").parse().unwrap_or(usize::MAX);
            if at < app.keys.len() {
                app.keys.remove(at);
                app.active = app.active.saturating_sub(usize::from(app.active > at));
            }
        }
        ("conditional-access", _) => {
            let label = get("access");
            if let Some((access, _)) = Access::ALL.into_iter().find(|(_, l)| *l == label) {
                app.access = access;
            }
        }
        ("certificates", "activate") => {
            let at = get("certificate").parse().unwrap_or(usize::MAX);
            if at < app.keys.len() {
                app.active = at;
            }
        }
        ("certificates", "signing") => {
            let label = get("signing-option");
            if let Some((signing, _)) = Signing::ALL.into_iter().find(|(_, l)| *l == label) {
                app.signing = signing;
            }
        }
        ("certificates", "encryption") => app.encrypt = get("encrypt") == "on",
        _ => return refuse("This page has no form."),
    }
    Redirect::to(&format!("/entra/applications/{id}/{blade}")).into_response()
}
