//! The claims of an administrator's own: what was typed, evaluated for a person. Nothing is checked,
//! as no portal checks it: a text that is no JSON becomes a string.

use crate::portal::User;
use crate::portal::saml::attribute;
use crate::portal::site::Row;
use serde_json::{Map, Value as Json, json};

/// Which token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Access,
    Id,
}

/// Puts the claims of these rows that are for this token and these scopes into it.
pub(super) fn add<'a>(
    claims: &mut Map<String, Json>,
    rows: impl Iterator<Item = &'a Row>,
    token: Token,
    scope: &str,
    user: &User,
) {
    for row in rows {
        let get = |key: &str| row.get(key).map(String::as_str).unwrap_or_default();
        let wanted = match get("token") {
            "id" => Token::Id,
            _ => Token::Access,
        };
        let asked = get("scope").is_empty() || scope.split(' ').any(|s| s == get("scope"));
        if wanted != token || !asked || get("disabled") == "on" || get("when") == "userinfo" {
            continue;
        }
        let value = match get("type") {
            "json" => Some(parsed(filled(get("value"), user))),
            "string" => string(get("value"), user),
            "groups" => Some(json!([])),
            _ => expression(get("value"), user),
        };
        if let Some(value) = value {
            claims.insert(get("name").to_owned(), value);
        }
    }
}

fn parsed(text: String) -> Json {
    serde_json::from_str(&text).unwrap_or(Json::String(text))
}

/// An attribute; None where the person has none.
fn of(user: &User, name: &str) -> Option<String> {
    Some(attribute(user, name.trim()).to_owned()).filter(|v| !v.is_empty())
}

/// `${user.x}` in quotation marks, replaced by the value or by null.
fn filled(template: &str, user: &User) -> String {
    replaced(template, "\"${user.", "}\"", |name| {
        Some(json!(of(user, name)).to_string())
    })
}

fn string(template: &str, user: &User) -> Option<Json> {
    match template.strip_prefix("${user.").and_then(|t| t.strip_suffix('}')) {
        Some(name) => of(user, name).map(Json::String),
        None => Some(Json::String(replaced(template, "${user.", "}", |name| {
            of(user, name)
        }))),
    }
}

/// Okta's expressions, as far as AWS's page uses them: an attribute, or JSON with lists in braces
/// (Okta: expression language).
fn expression(text: &str, user: &User) -> Option<Json> {
    if let Some(name) = text.strip_prefix("user.") {
        return of(user, name).map(Json::String);
    }
    if !text.contains('{') {
        return Some(Json::String(text.to_owned()));
    }
    let json = replaced(text, "{user.", "}", |inside| Some(list(inside, user)));
    Some(serde_json::from_str(&json).unwrap_or_else(|_| Json::String(text.to_owned())))
}

/// `x`, or `x != null ? user.x : "y"`, as a list of one.
fn list(inside: &str, user: &User) -> String {
    let value = match inside.split_once(" != null ? ") {
        Some((name, choices)) => of(user, name).or_else(|| {
            let (_, otherwise) = choices.split_once(" : ")?;
            Some(otherwise.trim().trim_matches('"').to_owned())
        }),
        None => of(user, inside),
    };
    json!([value]).to_string()
}

/// Replaces what stands between `open` and `close`; what has no value goes.
fn replaced(text: &str, open: &str, close: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((inside, after)) = after.split_once(close) else {
            break;
        };
        out.push_str(before);
        out.push_str(&value(inside).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::user;

    fn claim(kind: &str, value: &str, mail: &str) -> Option<Json> {
        let row = [("name", "c"), ("token", "id"), ("type", kind), ("value", value)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        let mut claims = Map::new();
        let person = user(1, "Ann", "ann@contoso.example", mail);
        add(&mut claims, [&row].into_iter(), Token::Id, "openid", &person);
        add(&mut claims, [&row].into_iter(), Token::Access, "openid", &person);
        claims.remove("c")
    }

    #[test]
    fn what_was_typed_is_what_comes() {
        const OKTA: &str = r#"{"principal_tags": {"Email": {user.email}}}"#;
        const PLAIN: &str = r#"{"principal_tags": {"Email": ["${user.email}"]}}"#;
        const CITY: &str = r#"{"Email": {user.email}, "country": {user.city != null ? user.city : ""}}"#;
        const FALLBACK: &str = r#"{"Email": {user.email != null ? user.email : "none"}}"#;
        let ann = "ann@contoso.example";
        let nested = Some(json!({"principal_tags": {"Email": [ann]}}));
        let null = Some(json!({"principal_tags": {"Email": [null]}}));
        for (kind, value, mail, expected) in [
            ("expression", OKTA, ann, nested.clone()),
            ("expression", OKTA, "", null.clone()),
            (
                "expression",
                CITY,
                ann,
                Some(json!({"Email": [ann], "country": ["Bonn"]})),
            ),
            ("expression", FALLBACK, "", Some(json!({"Email": ["none"]}))),
            ("expression", "user.email", ann, Some(json!(ann))),
            ("expression", "user.email", "", None),
            ("expression", "constant", ann, Some(json!("constant"))),
            (
                "expression",
                r#"{"principal_tags": {user.email}"#,
                ann,
                Some(json!(r#"{"principal_tags": {user.email}"#)),
            ),
            ("expression", "{user.email", ann, Some(json!("{user.email"))),
            ("json", PLAIN, ann, nested),
            ("json", PLAIN, "", null),
            ("json", "no json", ann, Some(json!("no json"))),
            (
                "string",
                PLAIN,
                ann,
                Some(json!(r#"{"principal_tags": {"Email": ["ann@contoso.example"]}}"#)),
            ),
            ("string", "${user.email}", ann, Some(json!(ann))),
            ("string", "${user.email}", "", None),
        ] {
            assert_eq!(claim(kind, value, mail), expected, "{kind} {value} “{mail}”");
        }
    }
}
