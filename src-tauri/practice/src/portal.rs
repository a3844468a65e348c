//! The identity providers: portals with the labels of the vendors' own, in which every mistake of an
//! administrator can be made, and sign-in pages that send exactly what was typed into them.

use crate::World;
use axum::Router;
use axum::routing::post;
use claimbridge_core::idp::IdentityProvider;
use std::collections::BTreeMap;
use std::sync::Arc;

mod entra;
mod html;
mod oidc;
mod request;
mod response;
mod saml;
mod site;
mod web_experience;

pub(crate) use entra::{Claim, Tenant};
pub(crate) use oidc::oidc_keys;
pub(crate) use response::AWS_NAMESPACE;
pub use response::sign;
pub(crate) use site::{Portals, Withheld};

/// Where the practised portal of a provider begins: a path of the practice world.
pub fn portal_home(idp: IdentityProvider) -> &'static str {
    match idp {
        IdentityProvider::EntraGallery | IdentityProvider::EntraOwn => "/entra",
        IdentityProvider::OktaSaml | IdentityProvider::OktaOidc => "/okta",
        IdentityProvider::PingOne | IdentityProvider::PingFederate => "/ping",
        IdentityProvider::GenericSaml | IdentityProvider::GenericOidc => "/generic",
    }
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
    /// Without a NameID.
    WithoutNameId,
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
            user(
                number * 10 + 5,
                "Dora Diaz",
                &format!("dora@{domain}"),
                &format!("dora@{domain}"),
            ),
        ],
        clock_offset: 0,
        protects_identifiers: false,
    }
}

impl World {
    /// The JWKS of an issuer of this world, without the way over its address; None for any other.
    pub fn oidc_keys(&self, issuer: &str) -> Option<String> {
        oidc_keys(&self.state(), issuer)
    }
}

/// Pages and sign-in.
pub(crate) fn routes() -> Router<Arc<World>> {
    entra::routes()
        .merge(site::routes())
        .merge(saml::routes())
        .merge(oidc::routes())
        .route("/web-experience/{host}/saml", post(web_experience::page))
}
