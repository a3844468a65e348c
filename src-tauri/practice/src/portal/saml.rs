//! SAML of the portals that are data: what the settings mean, the sign-in page, the response.

use super::request::AuthnRequest;
use super::response::{Attribute, Message, Metadata};
use super::site::pages::{frame, refusal};
use super::site::{Row, Sort, Thing};
use super::{Signing, User, html, web_experience};
use crate::World;
use crate::state::State;
use crate::wire::escape;
use axum::Router;
use axum::extract::{self, Form};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How long the assertions of these vendors are good for.
const VALID_MINUTES: i64 = 5;

/// PingFederate's name for the subject among the attributes.
const SUBJECT: &str = "SAML_SUBJECT";

fn filled(thing: &Thing, template: &str) -> String {
    let name: String = thing.name().chars().filter(char::is_ascii_alphanumeric).collect();
    template
        .replace("{id}", &thing.id)
        .replace("{name}", &name)
        .replace(
            "{audience}",
            &utf8_percent_encode(thing.get("audience"), NON_ALPHANUMERIC).to_string(),
        )
}

/// Where a sign-in begins; None for a thing without SAML.
pub(super) fn sign_on(thing: &Thing) -> Option<String> {
    Some(filled(thing, thing.kind.saml.as_ref()?.sign_on))
}

/// The federation metadata, with the certificate that signs; None for a thing without SAML.
pub(super) fn metadata(thing: &Thing) -> Option<String> {
    let places = thing.kind.saml.as_ref()?;
    let xml = Metadata {
        id: &thing.id,
        entity_id: &filled(thing, places.entity_id),
        sso: &filled(thing, places.sso),
        keys: thing.keys.get(thing.active).into_iter().collect(),
        ws_federation: false,
    }
    .xml();
    Some(xml)
}

/// An attribute of a person by the name that expressions have for it.
pub(super) fn attribute<'a>(user: &'a User, name: &str) -> &'a str {
    user.get(match name {
        "email" | "mail" => "mail",
        "login" | "username" => "userprincipalname",
        "id" | "subject" => "objectid",
        "displayName" => "displayname",
        other => other,
    })
}

/// What stands in a box: an attribute of the person, or a constant. An attribute that the person does
/// not have is left out.
fn evaluate(expression: &str, user: &User) -> Vec<String> {
    match expression.strip_prefix("user.") {
        Some(name) => Some(attribute(user, name).to_owned())
            .filter(|v| !v.is_empty())
            .into_iter()
            .collect(),
        None if expression.is_empty() => Vec::new(),
        // Several constants of one attribute are separated by `|`, for practice alone.
        None => expression.split('|').map(str::to_owned).collect(),
    }
}

/// A constant in PingOne's expressions (PingOne: expression language, samples).
fn quoted(expression: &str) -> Option<&str> {
    ['\'', '"'].iter().find_map(|q| {
        expression
            .strip_prefix(*q)?
            .strip_suffix(*q)
            .filter(|inside| !inside.contains(*q))
    })
}

/// Refuses what the vendor's form would not save.
pub(super) fn check_expression(thing: &Thing, row: &Row) -> Result<(), String> {
    let expression = row.get("expression").map(String::as_str).unwrap_or_default();
    let fits = expression.is_empty() || quoted(expression).is_some() || expression.starts_with("user.");
    if thing.kind.sort == Sort::Saml && !fits {
        return Err(format!(
            "“{expression}” is no expression: a constant stands in quotation marks."
        ));
    }
    Ok(())
}

/// The values of one row of attributes, however the vendor's form says them.
fn values(row: &Row, user: &User) -> Vec<String> {
    let get = |key: &str| row.get(key).map(String::as_str).unwrap_or_default();
    let expression = get("expression");
    match (quoted(expression), get("source")) {
        (Some(constant), _) => constant.split('|').map(str::to_owned).collect(),
        (None, _) if !expression.is_empty() => evaluate(expression, user),
        (None, "adapter") => evaluate(&format!("user.{}", get("value")), user),
        _ => evaluate(get("value"), user),
    }
}

fn signing(thing: &Thing) -> Signing {
    let each = (
        thing.get("sign-assertion") == "on",
        thing.get("sign-response") == "on",
    );
    match (thing.get("signing"), each) {
        ("assertion", _) | ("", (true, false)) => Signing::Assertion,
        ("response", _) | ("", (false, true)) => Signing::Response,
        ("both", _) | ("", (true, true)) => Signing::Both,
        _ => Signing::Nothing,
    }
}

/// The whole response, base64 as a form carries it.
fn response(
    thing: &Thing,
    user: &User,
    serial: u64,
    clock_offset: i64,
    acs: &str,
    request: Option<&AuthnRequest>,
) -> Result<String, String> {
    let places = thing
        .kind
        .saml
        .as_ref()
        .ok_or("this is no application with SAML")?;
    // Without boxes of their own, or with them unused, both follow the address that is answered; and so
    // they do where they only repeat the first one.
    let own = |key: &str| {
        Some(thing.get(key))
            .filter(|v| !v.is_empty() && *v != thing.get("acs") && thing.get("follow") != "on")
            .unwrap_or(acs)
    };
    let subject = thing
        .rows("attributes")
        .find(|r| r.get("name").is_some_and(|n| n == SUBJECT));
    let name_id = match subject {
        Some(row) => values(row, user),
        None => evaluate(thing.get("name-id"), user),
    };
    let format = Some(thing.get("name-id-format"))
        .filter(|f| !f.is_empty())
        .unwrap_or("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified");
    Message {
        serial,
        issued: OffsetDateTime::now_utc() + Duration::seconds(clock_offset),
        minutes: VALID_MINUTES,
        issuer: &filled(thing, places.entity_id),
        recipient: own("recipient"),
        destination: own("destination"),
        audience: thing.get("audience"),
        in_response_to: request.map(|r| r.id.as_str()),
        name_id: name_id.into_iter().next().map(|v| (format, v)),
        attributes: thing
            .rows("attributes")
            .filter(|r| r.get("name").is_none_or(|n| n != SUBJECT))
            .map(|r| Attribute {
                name: r.get("name").cloned().unwrap_or_default(),
                format: r.get("format").filter(|f| !f.is_empty()).cloned(),
                values: values(r, user),
            })
            .collect(),
        signing: signing(thing),
        encrypt: thing.get("encrypt") == "on",
        shape: thing.shape,
        key: thing.keys.get(thing.active),
    }
    .encode()
}

/// Where the response goes: the first address, or another of the application's that was asked for.
fn consumer<'a>(thing: &'a Thing, request: Option<&AuthnRequest>) -> Result<&'a str, String> {
    let first = thing.get("acs");
    let others = || {
        thing
            .rows("acs")
            .filter_map(|r| Some((r.get("name")?.as_str(), r.get("index").map(String::as_str))))
    };
    match request.map(|r| (r.acs.as_deref(), r.index.as_deref())) {
        None | Some((None, None)) => Ok(first),
        Some((Some(wanted), _)) => std::iter::once(first)
            .chain(others().map(|(url, _)| url))
            .find(|url| *url == wanted)
            .ok_or_else(|| format!("{wanted} is not among the addresses of this application.")),
        Some((None, Some(wanted))) => others()
            .find(|(_, index)| *index == Some(wanted))
            .map(|(url, _)| url)
            .ok_or_else(|| format!("This application has no address with the index {wanted}.")),
    }
}

/// The application that is asked for at an address of this world: where a sign-in begins, or where
/// requests go. Some vendors have one address for the requests of all; whoever asks tells them apart.
fn called<'a>(state: &'a State, uri: &Uri, request: Option<&AuthnRequest>) -> Option<&'a Thing> {
    let asked = uri.query().unwrap_or_default();
    state.portals.things.iter().find(|t| {
        let Some(places) = t.kind.saml.as_ref() else {
            return false;
        };
        let parsed = |template: &str| filled(t, template).parse::<Uri>().ok();
        match request {
            Some(request) => {
                parsed(places.sso).is_some_and(|a| a.path() == uri.path())
                    && request.issuer == t.get("audience")
            }
            None => parsed(places.sign_on)
                .is_some_and(|a| a.path() == uri.path() && asked.starts_with(a.query().unwrap_or_default())),
        }
    })
}

fn plain_refusal(status: StatusCode, words: &str) -> Response {
    let page = html::frame("Practice sign-in", &[], "Error", &html::alert(&escape(words)));
    (status, Html(page)).into_response()
}

fn nowhere() -> Response {
    plain_refusal(
        StatusCode::NOT_FOUND,
        "Page not found: there is no application at this address.",
    )
}

fn broken(why: &str) -> Response {
    plain_refusal(StatusCode::BAD_REQUEST, why)
}

/// The form in which people say who they are; what is in `hidden` goes along.
pub(super) fn sign_in_form(to: &str, hidden: &[(&str, &str)]) -> String {
    let hidden: String = hidden
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                escape(name),
                escape(value)
            )
        })
        .collect();
    format!(
        "<p>to continue to <b>{}</b></p><form method=\"post\">{hidden}<label><span>User name</span><input name=\"login\" autofocus autocomplete=\"username\"></label><button>Next</button></form><p>Any password is taken here: this is the practice world.</p>",
        escape(to)
    )
}

async fn page(extract::State(world): extract::State<Arc<World>>, uri: Uri) -> Response {
    let request = match AuthnRequest::of(uri.query().unwrap_or_default()) {
        Ok(request) => request,
        Err(why) => return broken(&why),
    };
    let state = world.state();
    match called(&state, &uri, request.as_ref()) {
        Some(thing) => Html(frame(thing.site, "Sign in", &sign_in_form(thing.name(), &[]))).into_response(),
        None => nowhere(),
    }
}

async fn submit(
    extract::State(world): extract::State<Arc<World>>,
    uri: Uri,
    Form(fields): Form<Row>,
) -> Response {
    let request = match AuthnRequest::of(uri.query().unwrap_or_default()) {
        Ok(request) => request,
        Err(why) => return broken(&why),
    };
    let request = request.as_ref();
    let login = fields.get("login").cloned().unwrap_or_default();
    let mut state = world.state();
    let serial = state.next();
    let (Some(thing), Some(directory)) = (called(&state, &uri, request), state.tenants.first()) else {
        return nowhere();
    };
    let Some(user) = directory.person(&login) else {
        return refusal(thing.site, StatusCode::UNAUTHORIZED, "Unable to sign in");
    };
    if !thing.has_person(user.upn()) {
        return refusal(
            thing.site,
            StatusCode::FORBIDDEN,
            "User is not assigned to this application",
        );
    }
    let acs = match consumer(thing, request) {
        Ok(acs) => acs,
        Err(why) => return refusal(thing.site, StatusCode::BAD_REQUEST, &why),
    };
    match response(thing, user, serial, directory.clock_offset, acs, request) {
        Ok(value) => {
            let to = web_experience::address(&state, acs);
            let relay = request.and_then(|r| r.relay_state.as_deref());
            Html(frame(
                thing.site,
                "Working…",
                &html::hidden_form(&to, &value, relay),
            ))
            .into_response()
        }
        Err(why) => refusal(thing.site, StatusCode::BAD_REQUEST, &why),
    }
}

/// The addresses at which sign-ins begin and to which requests go: the paths of the vendors' own.
pub(super) fn routes() -> Router<Arc<World>> {
    [
        "/app/{name}/{id}/sso/saml",
        "/{environment}/saml20/idp/startsso",
        "/{environment}/saml20/idp/sso",
        "/idp/startSSO.ping",
        "/idp/SSO.saml2",
        "/generic/sso/{id}",
    ]
    .into_iter()
    .fold(Router::new(), |router, path| {
        router.route(path, get(page).post(submit))
    })
}
