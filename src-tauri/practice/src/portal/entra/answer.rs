//! What Entra ID says in a response and in its metadata, from what was typed into the portal.

use super::{App, Claim, Tenant};
use crate::portal::User;
use crate::portal::response::{Attribute, Message, Metadata};
use time::{Duration, OffsetDateTime};

/// Entra's default is 70 minutes, without a buffer for clocks (Entra ID: token lifetimes).
const VALID_MINUTES: i64 = 70;

fn issuer(tenant: &Tenant) -> String {
    format!("https://sts.windows.net/{}/", tenant.id)
}

/// Whose keys a whole tenant's metadata has.
const OF_THE_TENANT: &str = "accounts.accesscontrol.windows.net";

/// The metadata of the tenant, which has no application's certificate (Microsoft Graph: configure SAML single
/// sign-on).
pub(super) fn metadata_of_tenant(tenant: &Tenant) -> Result<String, String> {
    let key = crate::keys::SigningKey::new(OF_THE_TENANT, 3 * 365)?;
    Ok(Metadata {
        id: &tenant.id,
        entity_id: &issuer(tenant),
        sso: &format!("https://login.microsoftonline.com/{}/saml2", tenant.id),
        keys: vec![&key],
        ws_federation: true,
    }
    .xml())
}

/// What the NameID of a person would be; None where its source is empty.
pub(super) fn name_id(app: &App, user: &User) -> Option<String> {
    values(&app.name_id.source, user, app).into_iter().next()
}

/// The federation metadata of one application.
pub(super) fn metadata(tenant: &Tenant, app: &App) -> String {
    Metadata {
        id: &app.id,
        entity_id: &issuer(tenant),
        sso: &format!("https://login.microsoftonline.com/{}/saml2", tenant.id),
        keys: app.keys.iter().collect(),
        ws_federation: true,
    }
    .xml()
}

/// The values that a claim has for a user; none where its source is empty, as Entra omits it.
fn values(source: &str, user: &User, app: &App) -> Vec<String> {
    match source.strip_prefix("user.") {
        Some("assignedroles") => app
            .assignments
            .iter()
            .filter(|(u, _)| u == user.upn())
            .filter_map(|(_, role)| app.roles.iter().find(|r| r.id == *role))
            .map(|r| r.value.clone())
            .collect(),
        Some(attribute) => Some(user.get(attribute).to_owned())
            .filter(|v| !v.is_empty())
            .into_iter()
            .collect(),
        // Several constants of one claim are separated by `|`, for practice alone.
        None => source.split('|').map(str::to_owned).collect(),
    }
}

fn name(claim: &Claim) -> String {
    if claim.namespace.is_empty() {
        claim.name.clone()
    } else {
        format!("{}/{}", claim.namespace, claim.name)
    }
}

/// The whole response, base64 as a form carries it.
pub(super) fn response(
    tenant: &Tenant,
    app: &App,
    user: &User,
    serial: u64,
    reply_url: &str,
    in_response_to: Option<&str>,
) -> Result<String, String> {
    let defaults = [
        (
            "http://schemas.microsoft.com/identity/claims/tenantid",
            tenant.id.as_str(),
        ),
        (
            "http://schemas.microsoft.com/identity/claims/objectidentifier",
            user.get("objectid"),
        ),
        (
            "http://schemas.microsoft.com/identity/claims/displayname",
            user.get("displayname"),
        ),
    ];
    let attribute = |name: String, values: Vec<String>| Attribute {
        name,
        format: None,
        values,
    };
    let format = match app.name_id.format.as_str() {
        "Persistent" => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "Email address" => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "Unspecified" => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        _ => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    };
    Message {
        serial,
        issued: OffsetDateTime::now_utc() + Duration::seconds(tenant.clock_offset),
        minutes: VALID_MINUTES,
        issuer: &issuer(tenant),
        in_response_to,
        // Entra sends the Reply URL as both (Entra ID: single sign-on SAML protocol).
        recipient: reply_url,
        destination: reply_url,
        // Entra strips a suffix that makes an identifier unique (Entra ID: AWS Single-Account Access tutorial).
        audience: app.identifier.split('#').next().unwrap_or_default(),
        name_id: name_id(app, user).map(|value| (format, value)),
        attributes: defaults
            .into_iter()
            .map(|(name, value)| attribute(name.to_owned(), vec![value.to_owned()]))
            .chain(
                app.claims
                    .iter()
                    .filter(|_| !app.claims_policy)
                    .map(|c| attribute(name(c), values(&c.source, user, app))),
            )
            .collect(),
        signing: app.signing,
        encrypt: app.encrypt,
        shape: app.shape,
        key: app.keys.get(app.active),
    }
    .encode()
}
