//! The identity provider: a portal like Entra ID's, with its labels, in which every mistake of an
//! administrator can be made, and the sign-in page that sends exactly what was typed into it.

use crate::World;
use crate::keys::SigningKey;
use axum::Router;
use axum::routing::get;
use std::collections::BTreeMap;
use std::sync::Arc;

mod forms;
mod pages;
mod response;
mod sign_in;

pub(crate) use response::AWS_NAMESPACE;
pub use response::sign;

/// A directory of one company.
pub struct Tenant {
    pub(crate) id: String,
    pub(crate) apps: Vec<App>,
    pub(crate) users: Vec<User>,
    /// Seconds by which its clock is ahead.
    pub(crate) clock_offset: i64,
}

pub(crate) struct App {
    pub id: String,
    pub name: String,
    pub identifier: String,
    pub reply_url: String,
    pub sign_on_url: String,
    pub name_id: NameIdRule,
    pub claims: Vec<Claim>,
    pub roles: Vec<AppRole>,
    /// User name → ids of roles; an empty id is Default Access.
    pub assignments: Vec<(String, String)>,
    pub keys: Vec<SigningKey>,
    /// Index of the key that signs.
    pub active: usize,
    pub signing: Signing,
    pub encrypt: bool,
    /// How it builds its responses.
    pub shape: Shape,
}

/// How a response is built; all but the first are mistakes of an identity provider, not of an administrator.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As SAML wants it.
    Ordinary,
    /// An error status and no assertion.
    Refusal,
    /// The assertion twice.
    Twice,
    /// Without an end of the confirmation.
    WithoutEnd,
}

pub(crate) struct NameIdRule {
    pub format: String,
    pub source: String,
}

pub(crate) struct Claim {
    pub name: String,
    pub namespace: String,
    pub source: String,
}

pub(crate) struct AppRole {
    pub id: String,
    pub display_name: String,
    pub value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    Assertion,
    Both,
    Nothing,
    Response,
}

impl Signing {
    pub const ALL: [(Signing, &'static str); 4] = [
        (Signing::Assertion, "Sign SAML assertion"),
        (Signing::Response, "Sign SAML response"),
        (Signing::Both, "Sign SAML response and assertion"),
        (Signing::Nothing, "Do not sign (practice only)"),
    ];
}

/// A person; attributes by Entra's names without `user.`.
pub(crate) struct User {
    pub attributes: BTreeMap<String, String>,
}

impl User {
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn upn(&self) -> &str {
        self.get("userprincipalname")
    }
}

pub(crate) fn user(serial: u64, name: &str, upn: &str, mail: &str) -> User {
    let pairs = [
        ("displayname", name),
        ("userprincipalname", upn),
        ("mail", mail),
        ("city", "Bonn"),
        ("employeeid", ""),
    ];
    let mut attributes: BTreeMap<String, String> = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    attributes.insert(
        "objectid".into(),
        format!("0b1ec700-0000-4000-8000-{serial:012x}"),
    );
    User { attributes }
}

/// The company that a practice world starts with.
pub(crate) fn tenant(number: u64, name: &str) -> Tenant {
    let domain = format!("{name}.example");
    Tenant {
        id: format!("7e4a4700-0000-4000-8000-{number:012x}"),
        apps: Vec::new(),
        users: vec![
            user(
                number * 10 + 1,
                "Alice Adams",
                &format!("alice@{domain}"),
                &format!("alice@{domain}"),
            ),
            user(number * 10 + 2, "Bob Brown", &format!("bob@{domain}"), ""),
            user(
                number * 10 + 3,
                "Gina Guest",
                &format!("gina_partner.example#EXT#@{domain}"),
                "gina@partner.example",
            ),
            user(
                number * 10 + 4,
                "Conor O'Hara",
                &format!("conor@{domain}"),
                &format!("conor.o'hara@{domain}"),
            ),
        ],
        clock_offset: 0,
    }
}

/// Pages and sign-in.
pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/entra", get(pages::home).post(forms::create_app))
        .route("/entra/users", get(pages::users).post(forms::users))
        .route(
            "/entra/applications/{app}/{blade}",
            get(pages::blade).post(forms::blade),
        )
        .route(
            "/{tenant}/federationmetadata/2007-06/federationmetadata.xml",
            get(sign_in::metadata),
        )
        .route("/api/signin/{app}", get(sign_in::page).post(sign_in::submit))
        .route(
            "/web-experience/{host}/saml",
            axum::routing::post(sign_in::web_experience),
        )
}
