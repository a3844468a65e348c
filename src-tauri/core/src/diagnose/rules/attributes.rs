//! Rules about the claims that AWS reads.

use super::{EMAIL_VALUE, Evidence, Found, LiveRole, Owner, ROLE_VALUE, SESSION_VALUE, none, one};
use crate::claims::{self, RolePair, SessionTag};
use crate::value::arn_account;

pub(super) fn name_id_missing(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    match &assertion.name_id {
        None => one("Subject", "a NameID", ""),
        Some(n) if n.value.trim().is_empty() => one("Subject NameID", "a NameID that is not empty", &n.value),
        Some(_) => none(),
    }
}

pub(super) fn misnamed(e: &Evidence) -> Vec<Found> {
    e.assertion()
        .map(claims::near_misses)
        .unwrap_or_default()
        .into_iter()
        .filter(|n| n.expected != claims::DURATION && n.expected != claims::TRANSITIVE)
        .flat_map(|n| one("AttributeStatement", n.expected, n.found))
        .collect()
}

pub(super) fn values<'a>(e: &'a Evidence, name: &str) -> Option<&'a [String]> {
    e.assertion()?.values(name)
}

pub(super) fn missing(e: &Evidence, name: &'static str, place: &'static str) -> Vec<Found> {
    match (e.assertion(), values(e, name)) {
        (Some(_), None | Some([])) => one(place, name, ""),
        _ => none(),
    }
}

pub(super) fn role_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::ROLE, "AttributeStatement")
}

pub(super) fn whitespace(e: &Evidence) -> Vec<Found> {
    let spaced = |value: &str, inner: bool| {
        let odd =
            |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
        value.starts_with(odd) || value.ends_with(odd) || (inner && value.contains(odd))
    };
    let clean = |value: &str| -> String {
        value
            .chars()
            .filter(|c| {
                !c.is_whitespace() && !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
            })
            .collect()
    };
    let claims = [
        (claims::ROLE, ROLE_VALUE, true),
        (claims::EMAIL, EMAIL_VALUE, false),
    ];
    claims
        .into_iter()
        .flat_map(|(name, place, inner)| {
            values(e, name)
                .unwrap_or_default()
                .iter()
                .filter(move |v| !v.trim().is_empty() && spaced(v, inner))
                .flat_map(move |v| one(place, clean(v), v))
        })
        .collect()
}

/// The role pair with blanks taken out, so that a blank is reported once.
pub(super) fn pair(e: &Evidence) -> Option<RolePair> {
    let values = values(e, claims::ROLE)?;
    let wanted = e.expected.role_arn.as_deref();
    let pairs: Vec<RolePair> = values
        .iter()
        .filter_map(|v| {
            let clean: String = v.chars().filter(|c| !c.is_whitespace()).collect();
            RolePair::split(&clean)
        })
        .collect();
    pairs
        .iter()
        .find(|p| Some(p.role.as_str()) == wanted)
        .or(pairs.first())
        .cloned()
}

pub(super) fn pair_swapped(e: &Evidence) -> Vec<Found> {
    match pair(e) {
        Some(pair) if pair.is_swapped() => one(
            ROLE_VALUE,
            format!("{},{}", pair.provider, pair.role),
            format!("{},{}", pair.role, pair.provider),
        ),
        _ => none(),
    }
}

pub(super) fn account(e: &Evidence) -> Vec<Found> {
    let Some(pair) = pair(e) else { return none() };
    let expected = e.expected.role_arn.as_deref().and_then(arn_account);
    let sent = [arn_account(&pair.role), arn_account(&pair.provider)];
    match (expected, sent) {
        (Some(expected), [role, provider]) if role.or(provider).is_some() => [role, provider]
            .into_iter()
            .flatten()
            .find(|a| *a != expected)
            .map(|a| one(ROLE_VALUE, expected, a))
            .unwrap_or_default(),
        (None, [Some(role), Some(provider)]) if role != provider => one(ROLE_VALUE, role, provider),
        _ => none(),
    }
}

pub(super) fn role_wrong(e: &Evidence) -> Vec<Found> {
    // A token names no role and no provider: its own rules speak of what is missing in IAM.
    if e.token.is_none() && matches!(e.role, Some(LiveRole::Missing)) {
        let found = e.expected.role_arn.clone().unwrap_or_default();
        let mut found = one("IAM", found, "no such role");
        for f in &mut found {
            f.owner = Some(Owner::Aws);
        }
        return found;
    }
    let unusable = values(e, claims::ROLE)
        .unwrap_or_default()
        .iter()
        .find(|v| RolePair::split(v).is_none());
    match (pair(e), unusable, &e.expected.role_arn) {
        (None, Some(value), Some(expected)) => {
            let provider = e.expected.provider_arn.clone().unwrap_or_default();
            one(ROLE_VALUE, format!("{expected},{provider}"), value)
        }
        (Some(pair), _, None) if !pair.is_swapped() && !pair.is_well_formed() => one(
            ROLE_VALUE,
            "a role ARN, a comma, a provider ARN",
            format!("{},{}", pair.role, pair.provider),
        ),
        (Some(pair), _, Some(expected))
            if !pair.is_swapped()
                && pair.role != *expected
                && arn_account(&pair.role) == arn_account(expected) =>
        {
            one(ROLE_VALUE, expected, pair.role)
        }
        _ => none(),
    }
}

pub(super) fn provider_wrong(e: &Evidence) -> Vec<Found> {
    if e.token.is_none() && e.provider_exists == Some(false) {
        let mut found = one(
            "IAM",
            e.expected.provider_arn.clone().unwrap_or_default(),
            "no such provider",
        );
        for f in &mut found {
            f.owner = Some(Owner::Aws);
        }
        return found;
    }
    match (pair(e), &e.expected.provider_arn) {
        (Some(pair), Some(expected))
            if !pair.is_swapped()
                && pair.provider != *expected
                && arn_account(&pair.provider) == arn_account(expected) =>
        {
            one(ROLE_VALUE, expected, pair.provider)
        }
        _ => none(),
    }
}

pub(super) fn session_name_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::SESSION_NAME, "AttributeStatement")
}

pub(super) fn session_name_invalid(e: &Evidence) -> Vec<Found> {
    values(e, claims::SESSION_NAME)
        .unwrap_or_default()
        .iter()
        .filter(|v| !claims::session_name_is_valid(v))
        .flat_map(|v| {
            one(
                SESSION_VALUE,
                "2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -",
                v,
            )
        })
        .collect()
}

pub(super) fn email_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::EMAIL, "AttributeStatement")
}

pub(super) fn email_empty(e: &Evidence) -> Vec<Found> {
    values(e, claims::EMAIL)
        .unwrap_or_default()
        .iter()
        .filter(|v| v.trim().is_empty())
        .flat_map(|v| one(EMAIL_VALUE, "an email address", v))
        .collect()
}

pub(super) fn tag_several(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    several_values(claims::session_tags(assertion), "AttributeStatement")
}

pub(super) fn several_values(tags: Vec<SessionTag>, place: &'static str) -> Vec<Found> {
    tags.into_iter()
        .filter(|t| t.values.len() > 1)
        .flat_map(|t| one(place, format!("one value for {}", t.key), t.values.join(", ")))
        .collect()
}

pub(super) fn tag_invalid(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    invalid_values(claims::session_tags(assertion), "AttributeStatement")
}

pub(super) fn invalid_values(tags: Vec<SessionTag>, place: &'static str) -> Vec<Found> {
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    tags.into_iter()
        .flat_map(|t| t.values)
        .filter(|v| !v.trim().is_empty() && (v.chars().count() > 256 || !v.trim().chars().all(allowed)))
        .flat_map(|v| {
            one(
                place,
                "at most 256 letters, digits, blanks and _ . : / = + - @",
                v,
            )
        })
        .collect()
}

pub(super) fn role_several(e: &Evidence) -> Vec<Found> {
    match values(e, claims::ROLE) {
        Some(values) if values.len() > 1 => one(ROLE_VALUE, "one value", values.join(" | ")),
        _ => none(),
    }
}

pub(super) fn name_id_transient(e: &Evidence) -> Vec<Found> {
    let format = e
        .assertion()
        .and_then(|a| a.name_id.as_ref())
        .and_then(|n| n.format.as_deref());
    match format {
        Some(format) if format.ends_with(":transient") => one(
            "NameID Format",
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            format,
        ),
        _ => none(),
    }
}
