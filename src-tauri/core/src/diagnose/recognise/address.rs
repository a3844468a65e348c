//! What an address, its fragment or a form body carries. Of the address itself only scheme, host and path are kept.

use super::{Found, saml};
use crate::diagnose::case::Content;
use crate::letters::is_quote;
use crate::oidc::IdToken;
use crate::saml::response::NotAResponse;
use std::borrow::Cow;
use url::Url;

/// What OAuth 2.0 and OpenID Connect call what went wrong (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
const ERRORS: [&str; 13] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

/// Scheme, host and path.
pub(super) fn bare(address: &str) -> Option<String> {
    let url = Url::parse(address.get(..address.find(['?', '#']).unwrap_or(address.len()))?).ok()?;
    let host = url.host_str()?;
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    let text = format!("{}://{host}{port}{}", url.scheme(), url.path());
    Some(text.chars().take(300).collect())
}

/// Percent-encoding undone; a `+` stays, because base64 has some.
pub(super) fn decoded(value: &str) -> Cow<'_, str> {
    if !value.contains('%') {
        return Cow::Borrowed(value);
    }
    let guarded = value.replace('+', "%2B").replace('&', "%26");
    url::form_urlencoded::parse(format!("v={guarded}").as_bytes())
        .next()
        .map(|(_, v)| Cow::Owned(v.into_owned()))
        .unwrap_or_default()
}

/// As [`decoded`] for words: a `+` is a blank.
fn words(value: &str) -> String {
    decoded(&value.replace('+', " ")).into_owned()
}

/// The value of a parameter, as it is written.
fn parameter<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(name).map(|i| i + from) {
        let end = at + name.len();
        let begins = text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        let rest = text.get(end..)?;
        if begins && let Some(value) = rest.strip_prefix('=') {
            return Some(value);
        }
        from = end;
    }
    None
}

fn until<'a>(value: &'a str, stops: &[char]) -> &'a str {
    value.split(stops).next().unwrap_or_default()
}

const ENDS: [char; 10] = ['&', '#', '"', '\'', '<', '>', ' ', '\t', '\r', '\n'];

/// Keeps what the text carries in parameters.
///
/// # Errors
/// It carries a `SAMLResponse` that is none.
pub(super) fn harvest(text: &str, found: &mut Found) -> Result<(), NotAResponse> {
    let mut answer = Ok(());
    if let Some(value) = parameter(text, "SAMLResponse") {
        // A command line and a script put the value in quotes.
        let value = value.strip_prefix(is_quote).unwrap_or(value);
        let end = value.find(|c| matches!(c, '&' | '#' | '<' | ';') || is_quote(c));
        answer = saml::field(value.get(..end.unwrap_or(value.len())).unwrap_or_default(), found);
    }
    if let Some(value) = parameter(text, "SAMLRequest") {
        let value = until(value, &['&', '#', '"', '\'', '<']);
        let first = value.split_ascii_whitespace().next().unwrap_or_default();
        let _ = saml::request(value, found) || saml::request(first, found);
    }
    if let Some(value) = parameter(text, "id_token")
        && let Ok(token) = IdToken::decode(&decoded(until(value, &ENDS)))
    {
        found.add(Content::Token(token));
    }
    let value = |name| parameter(text, name).map(|v| words(until(v, &ENDS)));
    match (value("error"), value("error_description")) {
        (error, Some(description)) => found.say(&format!("{}: {description}", error.unwrap_or_default())),
        (Some(error), None) if ERRORS.contains(&error.as_str()) => found.say(&error),
        _ => {}
    }
    answer
}
