//! The portal's pages, with the labels and the order of Entra's.

use super::{Access, App, Tenant};
use crate::World;
use crate::portal::html::{choice, field};
use crate::portal::{Signing, html};
use crate::wire::escape;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// The frame of Entra's pages; `body` is HTML.
pub(super) fn frame(title: &str, body: &str) -> String {
    let nav = [("Enterprise apps", "/entra"), ("Users", "/entra/users")];
    html::frame("Practice directory", &nav, title, body)
}

const BLADES: [(&str, &str); 8] = [
    ("overview", "Overview"),
    ("properties", "Properties"),
    ("basic-saml", "Basic SAML Configuration"),
    ("claims", "Attributes & Claims"),
    ("certificates", "SAML Certificates"),
    ("roles", "App roles"),
    ("users", "Users and groups"),
    ("conditional-access", "Conditional Access"),
];

pub(super) async fn home(State(world): State<Arc<World>>) -> Html<String> {
    let state = world.state();
    let mut body = String::from("<table><thead><tr><th>Name</th><th>Application ID</th></tr></thead><tbody>");
    for app in state.tenants.iter().flat_map(|t| &t.apps) {
        body.push_str(&format!(
            "<tr><td><a href=\"/entra/applications/{}/overview\">{}</a></td><td>{}</td></tr>",
            app.id,
            escape(&app.name),
            app.id
        ));
    }
    body.push_str("</tbody></table>");
    for (kind, legend) in [
        ("gallery", "AWS Single-Account Access (gallery)"),
        ("own", "Create your own application"),
    ] {
        body.push_str(&format!(
            "<form method=\"post\" id=\"{kind}\"><fieldset><legend>New application: {legend}</legend>\
<input type=\"hidden\" name=\"kind\" value=\"{kind}\">{}<button>Create</button></fieldset></form>",
            field("Name", "name", "")
        ));
    }
    Html(frame("Enterprise apps", &body))
}

pub(super) async fn users(State(world): State<Arc<World>>) -> Html<String> {
    let state = world.state();
    let mut body = String::from(
        "<table><thead><tr><th>Display name</th><th>User principal name</th><th>Mail</th></tr></thead><tbody>",
    );
    for user in state.tenants.first().into_iter().flat_map(|t| &t.users) {
        body.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(user.get("displayname")),
            escape(user.upn()),
            escape(user.get("mail"))
        ));
    }
    body.push_str(&format!(
        "</tbody></table><form method=\"post\"><fieldset><legend>New user, or change one</legend>{}{}{}<button>Save</button></fieldset></form>",
        field("Display name", "displayname", ""),
        field("User principal name", "userprincipalname", ""),
        format_args!(
            "{}{}",
            field("Mail", "mail", ""),
            choice("Account enabled", "accountenabled", [("", "Yes"), ("No", "No")].into_iter(), "")
        )
    ));
    Html(frame("Users", &body))
}

pub(super) async fn blade(
    State(world): State<Arc<World>>,
    Path((id, blade)): Path<(String, String)>,
) -> Response {
    let state = world.state();
    let found = state
        .tenants
        .iter()
        .find_map(|t| t.apps.iter().find(|a| a.id == id).map(|a| (t, a)));
    let title = BLADES.iter().find(|(b, _)| *b == blade).map(|(_, t)| *t);
    let (Some((tenant, app)), Some(title)) = (found, title) else {
        return (
            StatusCode::NOT_FOUND,
            Html(frame("Not found", "<p>There is no such page.</p>")),
        )
            .into_response();
    };
    let mut body = format!(
        "<p><b>{}</b></p><p><nav aria-label=\"Application\">",
        escape(&app.name)
    );
    for (name, label) in BLADES {
        body.push_str(&format!(
            "<a href=\"/entra/applications/{id}/{name}\">{}</a> ",
            escape(label)
        ));
    }
    body.push_str("</nav></p>");
    body.push_str(&match blade.as_str() {
        "overview" => format!(
            "<p>Application ID <code>{}</code></p><p>Directory (tenant) ID <code>{}</code></p>",
            app.id, tenant.id
        ),
        "properties" => format!(
            "<p>User access URL <code id=\"user-access-url\">https://launcher.myapps.microsoft.com/api/signin/{}?tenantId={}</code></p>",
            app.id, tenant.id
        ),
        "basic-saml" => basic_saml(app),
        "claims" => claims(app),
        "certificates" => certificates(app, &tenant.id),
        "conditional-access" => conditional_access(app),
        "roles" => roles(app),
        _ => assignments(app, tenant),
    });
    Html(frame(&escape(title), &body)).into_response()
}

fn basic_saml(app: &App) -> String {
    let others: String = app
        .other_reply_urls
        .iter()
        .map(|url| format!("<p>Reply URL <code>{}</code></p>", escape(url)))
        .collect();
    format!(
        "<form method=\"post\">{}{}{}<button>Save</button></form>{others}<form method=\"post\" id=\"add-reply-url\"><input type=\"hidden\" name=\"action\" value=\"add-reply-url\">{}<button>Add</button></form>",
        field("Identifier (Entity ID)", "identifier", &app.identifier),
        field(
            "Reply URL (Assertion Consumer Service URL)",
            "reply-url",
            &app.reply_url
        ),
        field("Sign on URL", "sign-on-url", &app.sign_on_url),
        field("Add reply URL", "other-reply-url", "")
    )
}

fn claims(app: &App) -> String {
    let formats = [
        "Persistent",
        "Email address",
        "Unspecified",
        "Transient (practice only)",
    ];
    let notice = if app.claims_policy {
        "<p role=\"status\">This configuration was overwritten by a claim mapping policy created via Graph/PowerShell.</p>"
    } else {
        ""
    };
    let mut out = format!(
        "{notice}<form method=\"post\" id=\"name-id\"><fieldset><legend>Unique User Identifier (Name ID)</legend><input type=\"hidden\" name=\"action\" value=\"name-id\">{}{}<button>Save</button></fieldset></form><table><thead><tr><th>Claim name</th><th>Namespace</th><th>Value</th><th></th></tr></thead><tbody>",
        choice(
            "Name identifier format",
            "format",
            formats.iter().map(|f| (*f, *f)),
            &app.name_id.format
        ),
        field("Source attribute", "source", &app.name_id.source)
    );
    for (i, claim) in app.claims.iter().enumerate() {
        out.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"delete\"><input type=\"hidden\" name=\"claim\" value=\"{i}\"><button>Delete</button></form></td></tr>",
            escape(&claim.name),
            escape(&claim.namespace),
            escape(&claim.source)
        ));
    }
    out.push_str(&format!(
        "</tbody></table><form method=\"post\" id=\"claim\"><fieldset><legend>Add new claim, or manage one</legend><input type=\"hidden\" name=\"action\" value=\"save\">{}{}{}<button>Save</button></fieldset></form>",
        field("Name", "name", ""),
        field("Namespace", "namespace", ""),
        field("Source attribute", "source", "")
    ));
    out
}

fn certificates(app: &App, tenant: &str) -> String {
    let mut out = format!(
        "<p>Federation Metadata XML <a id=\"download\" href=\"/{tenant}/federationmetadata/2007-06/federationmetadata.xml?appid={}\" download=\"{}.xml\">Download</a></p><table><thead><tr><th>Status</th><th>Expiration</th><th></th></tr></thead><tbody>",
        app.id,
        escape(&app.name)
    );
    for (i, key) in app.keys.iter().enumerate() {
        let status = if i == app.active { "Active" } else { "Inactive" };
        out.push_str(&format!(
            "<tr><td>{status}</td><td>{}</td><td><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"activate\"><input type=\"hidden\" name=\"certificate\" value=\"{i}\"><button>Make certificate active</button></form><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"delete\"><input type=\"hidden\" name=\"certificate\" value=\"{i}\"><button>Delete Certificate</button></form></td></tr>",
            claimbridge_core::time::format_instant(key.not_after)
        ));
    }
    let signing = Signing::ALL
        .iter()
        .find(|(s, _)| *s == app.signing)
        .map(|(_, l)| *l)
        .unwrap_or_default();
    out.push_str(&format!(
        "</tbody></table><form method=\"post\" id=\"new\"><input type=\"hidden\" name=\"action\" value=\"new\"><button>New Certificate</button></form><form method=\"post\" id=\"signing\"><input type=\"hidden\" name=\"action\" value=\"signing\">{}<button>Save</button></form><form method=\"post\" id=\"encryption\"><input type=\"hidden\" name=\"action\" value=\"encryption\"><label><input type=\"checkbox\" name=\"encrypt\" style=\"width:auto\"{}> Token encryption</label><button>Save</button></form>",
        choice("Signing Option", "signing-option", Signing::ALL.iter().map(|(_, l)| (*l, *l)), signing),
        if app.encrypt { " checked" } else { "" }
    ));
    out
}

fn conditional_access(app: &App) -> String {
    let access = Access::ALL.iter().find(|(a, _)| *a == app.access);
    format!(
        "<form method=\"post\"><fieldset><legend>Policy for this application</legend>{}<button>Save</button></fieldset></form>",
        choice(
            "Access controls",
            "access",
            Access::ALL.iter().map(|(_, l)| (*l, *l)),
            access.map(|(_, l)| *l).unwrap_or_default()
        )
    )
}

fn roles(app: &App) -> String {
    let mut out = String::from("<table><thead><tr><th>Display name</th><th>Value</th></tr></thead><tbody>");
    for role in &app.roles {
        out.push_str(&format!(
            "<tr><td>{}</td><td>{}</td></tr>",
            escape(&role.display_name),
            escape(&role.value)
        ));
    }
    out.push_str(&format!(
        "</tbody></table><form method=\"post\"><fieldset><legend>Create app role</legend>{}{}{}{}<button>Apply</button></fieldset></form>",
        field("Display name", "display-name", ""),
        choice(
            "Allowed member types",
            "members",
            ["Both (Users/Groups + Applications)", "Users/Groups", "Applications"].iter().map(|m| (*m, *m)),
            "Users/Groups"
        ),
        field("Value", "value", ""),
        field("Description", "description", "")
    ));
    out
}

fn assignments(app: &App, tenant: &Tenant) -> String {
    let mut out =
        String::from("<table><thead><tr><th>User</th><th>Role assigned</th><th></th></tr></thead><tbody>");
    for (user, role) in &app.assignments {
        let name = app
            .roles
            .iter()
            .find(|r| r.id == *role)
            .map_or("Default Access", |r| r.display_name.as_str());
        out.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"remove\"><input type=\"hidden\" name=\"user\" value=\"{}\"><button>Remove</button></form></td></tr>",
            escape(user),
            escape(name),
            escape(user)
        ));
    }
    let users: Vec<(&str, &str)> = tenant
        .users
        .iter()
        .map(|u| (u.upn(), u.get("displayname")))
        .collect();
    let roles: Vec<(&str, &str)> = std::iter::once(("", "Default Access"))
        .chain(app.roles.iter().map(|r| (r.id.as_str(), r.display_name.as_str())))
        .collect();
    out.push_str(&format!(
        "</tbody></table><form method=\"post\" id=\"assign\"><fieldset><legend>Add user/group</legend>{}{}<button>Assign</button></fieldset></form>",
        choice("Users", "user", users.into_iter(), ""),
        choice("Select a role", "role", roles.into_iter(), "")
    ));
    out
}
