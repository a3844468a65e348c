//! A portal like Entra ID's, with its labels, and its sign-in page.

use super::{Shape, Signing, User};
use crate::World;
use crate::keys::SigningKey;
use axum::Router;
use axum::routing::get;
use std::sync::Arc;

mod answer;
mod forms;
mod pages;
mod sign_in;

/// A directory of one company.
pub struct Tenant {
    pub(crate) id: String,
    pub(crate) apps: Vec<App>,
    pub(crate) users: Vec<User>,
    /// Seconds by which its clock is ahead.
    pub(crate) clock_offset: i64,
    /// New identifiers have to contain a verified domain, the tenant's id or the application's (Entra ID:
    /// identifier URI restrictions).
    pub(crate) protects_identifiers: bool,
}

impl Tenant {
    /// By the user name, in any case.
    pub(super) fn person(&self, login: &str) -> Option<&User> {
        self.users
            .iter()
            .find(|u| u.upn().eq_ignore_ascii_case(login.trim()))
    }
}

pub(crate) struct App {
    pub id: String,
    pub name: String,
    pub identifier: String,
    pub reply_url: String,
    /// Further ones, to which a request may ask to be answered.
    pub other_reply_urls: Vec<String>,
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
    /// A policy of Graph's overrules the claims of the portal: none of them is sent.
    pub claims_policy: bool,
    /// What Conditional Access does with a sign-in.
    pub access: Access,
}

/// What a Conditional Access policy does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Grant,
    Block,
}

impl Access {
    pub const ALL: [(Access, &'static str); 2] =
        [(Access::Grant, "Grant access"), (Access::Block, "Block access")];
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

/// Pages and sign-in.
pub(super) fn routes() -> Router<Arc<World>> {
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
            "/{tenant}/saml2",
            get(sign_in::requested).post(sign_in::submit_requested),
        )
}
