//! Rules about the claims that AWS reads.

use super::claimed::{self, TABLE, account_of, missing, pair, source, values};
use super::token::with;
use super::{
    EMAIL_VALUE, ENTRA, Evidence, Found, LiveRole, MOST, Owner, ROLE_VALUE, SESSION_VALUE, Severity, listed,
    none, one,
};
use crate::claims::{self, RolePair, SessionTag};
use crate::letters::{is_blank_or_unseen, is_quote, without_blanks};
use crate::oidc::TokenTags;

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
    let Some((names, place)) = claimed::names(e) else {
        return none();
    };
    claims::near_misses_of(&names)
        .into_iter()
        .filter(|n| n.expected != claims::DURATION && n.expected != claims::TRANSITIVE)
        .take(MOST)
        .flat_map(|n| {
            let mut found = one(place, n.expected, n.found);
            for f in &mut found {
                f.steps = match n.expected {
                    claims::ROLE => &["role-claim", "gallery-claims"],
                    claims::SESSION_NAME => &["session-name-claim", "gallery-claims"],
                    _ => &["email-claim"],
                };
            }
            found
        })
        .collect()
}

pub(super) fn role_missing(e: &Evidence) -> Vec<Found> {
    let mut found = missing(e, claims::ROLE);
    // Entra sends the claim to those alone who were assigned to an app role.
    if e.assertion().is_some() && e.expected.idp.vendor() == ENTRA {
        for f in &mut found {
            f.steps = &["assign"];
        }
    }
    found
}

/// One of several Role values is exactly the set-up's: what is wrong with another stops nobody.
fn has_ours(e: &Evidence) -> bool {
    let ours = e
        .expected
        .role_arn
        .as_deref()
        .zip(e.expected.provider_arn.as_deref());
    let sent = values(e, claims::ROLE).unwrap_or_default();
    ours.is_some_and(|ours| sent.len() > 1 && sent.iter().any(|v| v.split_once(',') == Some(ours)))
}

/// Blanks and what is not seen, in the values that AWS compares.
pub(super) fn whitespace(e: &Evidence) -> Vec<Found> {
    let spaced = |value: &str, inner: bool| {
        let odd = is_blank_or_unseen;
        value.starts_with(odd) || value.ends_with(odd) || (inner && value.contains(odd))
    };
    // The value that AWS would take: of several Role values the one that is wanted.
    let first = |name: &'static str, place: &'static str, inner: bool, clean: fn(&str) -> String| {
        let wanted = e.expected.role_arn.as_deref();
        let all = || {
            let all = values(e, name).unwrap_or_default().iter();
            all.filter(move |v| !v.trim().is_empty() && spaced(v, inner))
        };
        let ours = |v: &&String| wanted.is_some_and(|w| without_blanks(v).starts_with(w));
        all()
            .find(ours)
            .or_else(|| all().next())
            .map(|v| one(place, clean(v), v))
            .unwrap_or_default()
    };
    let trimmed: fn(&str) -> String = |v| v.trim_matches(is_blank_or_unseen).to_owned();
    let mut email = first(claims::EMAIL, EMAIL_VALUE, false, trimmed);
    for f in &mut email {
        f.steps = &["email-claim"];
    }
    let role = match has_ours(e) {
        true => none(),
        false => first(claims::ROLE, ROLE_VALUE, true, without_blanks),
    };
    [role, email].concat()
}

/// A Role value in quotation marks, or the text of an expression instead of its result.
pub(super) fn role_literal(e: &Evidence) -> Vec<Found> {
    let Some(sent) = e.assertion().and_then(|a| a.values(claims::ROLE)) else {
        return none();
    };
    if has_ours(e) {
        return none();
    }
    let expected = || match (&e.expected.role_arn, &e.expected.provider_arn) {
        (Some(role), Some(provider)) => format!("{role},{provider}"),
        _ => String::new(),
    };
    let literal = sent.iter().find_map(|value| {
        let clean = without_blanks(value);
        if clean.contains(is_quote) {
            let plain: String = clean.chars().filter(|c| !is_quote(*c)).collect();
            return Some((plain, value));
        }
        let expression = [
            "user.", "appuser.", "${", "#{", "{{", "{user", "string.", "join(", "ifempty(",
        ];
        let lower = clean.to_ascii_lowercase();
        let is_expression = !lower.starts_with("arn:") && expression.iter().any(|x| lower.starts_with(x));
        is_expression.then(|| (expected(), value))
    });
    literal
        .map(|(plain, value)| one(ROLE_VALUE, plain, value))
        .unwrap_or_default()
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
    let sent = [account_of(&pair.role), account_of(&pair.provider)];
    match (claimed::account(e), sent) {
        (Some(expected), [role, provider]) if role.or(provider).is_some() => [role, provider]
            .into_iter()
            .flatten()
            .find(|a| *a != expected)
            .map(|a| one(ROLE_VALUE, &expected, a))
            .unwrap_or_default(),
        (None, [Some(role), Some(provider)]) if role != provider => with(
            one(ROLE_VALUE, role, provider),
            Owner::Idp,
            "The role is of the account {{expected}} and the provider of {{found}}. At {{path}}, give both the account that the web experience is in.",
        ),
        _ => none(),
    }
}

/// A role of IAM Identity Center (STS: AssumeRoleWithSAML).
pub(super) fn reserved_role(e: &Evidence) -> Vec<Found> {
    let web_experience = e.live.web_experience.as_ref().and_then(|w| w.role.clone());
    let roles = [
        (ROLE_VALUE, pair(e).map(|p| p.role)),
        ("Web experience roleArn", web_experience),
    ];
    roles
        .into_iter()
        .filter_map(|(place, role)| Some((place, role?)))
        .find(|(_, role)| {
            role.contains("/aws-reserved/")
                || role
                    .rsplit('/')
                    .next()
                    .is_some_and(|n| n.starts_with("AWSReservedSSO_"))
        })
        .map(|(place, role)| {
            let ours = e.expected.role_arn.clone().filter(|ours| *ours != role);
            let found = one(place, ours.clone().unwrap_or_default(), role);
            match ours {
                // There is a role of one's own already, and the claim does not name it.
                Some(_) if place == ROLE_VALUE => with(
                    found,
                    Owner::Idp,
                    "At {{path}}, change the first part of the Role claim to {{expected}}",
                ),
                Some(_) | None => found,
            }
        })
        .unwrap_or_default()
}

const PAIR: &str = "a role ARN, a comma, a provider ARN";

/// Another account has a rule of its own; an ARN without one, with a letter that only looks right for example,
/// is another value.
fn is_of_account(found: &str, expected: &str) -> bool {
    account_of(found).is_none_or(|a| Some(a) == account_of(expected))
}

pub(super) fn role_wrong(e: &Evidence) -> Vec<Found> {
    // A token names no role and no provider: its own rules speak of what is missing in IAM.
    if e.token.is_none() && matches!(e.role, Some(LiveRole::Missing)) {
        let found = e.expected.role_arn.clone().unwrap_or_default();
        return with(
            one("IAM", found, "no such role"),
            Owner::Aws,
            "Make the role {{expected}} again[[: plan and apply this set-up]].",
        );
    }
    let unusable = values(e, claims::ROLE)
        .unwrap_or_default()
        .iter()
        .find(|v| RolePair::split(v).is_none() && role_literal(e).is_empty());
    match (pair(e), unusable, &e.expected.role_arn) {
        (None, Some(value), Some(expected)) => {
            let provider = e.expected.provider_arn.clone().unwrap_or_default();
            one(ROLE_VALUE, format!("{expected},{provider}"), value)
        }
        (None, Some(value), None) => one(ROLE_VALUE, PAIR, value),
        (Some(pair), _, None) if !pair.is_swapped() && !pair.is_well_formed() => {
            one(ROLE_VALUE, PAIR, format!("{},{}", pair.role, pair.provider))
        }
        (Some(pair), _, Some(expected))
            if !pair.is_swapped() && pair.role != *expected && is_of_account(&pair.role, expected) =>
        {
            one(ROLE_VALUE, expected, pair.role)
        }
        _ => none(),
    }
}

pub(super) fn provider_wrong(e: &Evidence) -> Vec<Found> {
    if e.token.is_none() && e.provider_exists == Some(false) {
        let arn = e.expected.provider_arn.clone().unwrap_or_default();
        return with(
            one("IAM", arn, "no such provider"),
            Owner::Aws,
            "Make the provider {{expected}} again, under the same name[[: plan and apply this set-up]].",
        );
    }
    match (pair(e), &e.expected.provider_arn) {
        (Some(pair), Some(expected))
            if !pair.is_swapped()
                && pair.provider != *expected
                && is_of_account(&pair.provider, expected) =>
        {
            one(ROLE_VALUE, expected, pair.provider)
        }
        _ => none(),
    }
}

pub(super) fn session_name_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::SESSION_NAME)
}

pub(super) fn session_name_invalid(e: &Evidence) -> Vec<Found> {
    const FORM: &str = "2 to 64 characters of a-z A-Z 0-9 _ + = , . @ -";
    if let Some(source) = source(e, claims::SESSION_NAME) {
        // It works for some people and not for others: a guest's name has #EXT#, a display name has blanks.
        let risky = ["userprincipalname", "displayname"];
        let lower = source.to_ascii_lowercase();
        let mut found = match risky.iter().any(|r| lower.contains(r)) {
            true => one(TABLE, FORM, source),
            false => none(),
        };
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
        return found;
    }
    values(e, claims::SESSION_NAME)
        .unwrap_or_default()
        .iter()
        .filter(|v| !claims::session_name_is_valid(v))
        .take(MOST)
        .flat_map(|v| one(SESSION_VALUE, FORM, v))
        .collect()
}

pub(super) fn email_missing(e: &Evidence) -> Vec<Found> {
    missing(e, claims::EMAIL)
}

pub(super) fn email_empty(e: &Evidence) -> Vec<Found> {
    if let Some(source) = source(e, claims::EMAIL).filter(|s| s.trim().is_empty()) {
        return one(TABLE, "the source of an email address", source);
    }
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
        .take(MOST)
        .flat_map(|t| one(place, format!("one value for {}", t.key), listed(&t.values, ", ")))
        .collect()
}

pub(super) fn tag_invalid(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    invalid_values(claims::session_tags(assertion), "AttributeStatement")
}

pub(super) fn invalid_values(tags: Vec<SessionTag>, place: &'static str) -> Vec<Found> {
    let allowed = claims::is_of_tag;
    tags.into_iter()
        .flat_map(|t| t.values)
        .filter(|v| !v.trim().is_empty() && (v.chars().count() > 256 || !v.trim().chars().all(allowed)))
        .take(MOST)
        .flat_map(|v| {
            one(
                place,
                "at most 256 letters, digits, blanks and _ . : / = + - @",
                v,
            )
        })
        .collect()
}

/// More tags than a session can hold, or a key that is too long (IAM: session tags).
pub(super) fn tags_too_large(e: &Evidence) -> Vec<Found> {
    let (tags, place) = match (e.assertion(), super::token::token(e)) {
        (Some(assertion), _) => (claims::session_tags(assertion), "AttributeStatement"),
        (None, Some((_, claims))) => (TokenTags::of(claims).tags, "Claim https://aws.amazon.com/tags"),
        (None, None) => return none(),
    };
    if tags.len() > 50 {
        return one(
            place,
            "at most 50 session tags",
            format!("{} session tags", tags.len()),
        );
    }
    tags.iter()
        .find(|t| t.key.chars().count() > 128)
        .map(|t| one(place, "a key of at most 128 characters", &t.key))
        .unwrap_or_default()
}

pub(super) fn role_several(e: &Evidence) -> Vec<Found> {
    match values(e, claims::ROLE) {
        Some(values) if values.len() > 1 => one(ROLE_VALUE, "one value", listed(values, " | ")),
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
