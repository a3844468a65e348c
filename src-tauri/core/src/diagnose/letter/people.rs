//! What a letter may say of a value that belongs to a person: what is wrong with it, and not who it is.

use crate::diagnose::RuleId;
use crate::redact::{Redacted, without_people};

/// Whether what was found there says who somebody is, even without an `@`.
pub(super) fn is_about_a_person(rule: RuleId, place: &str) -> bool {
    matches!(
        rule,
        RuleId::TagInvalid | RuleId::EmailSeveral | RuleId::AddressDiffers
    ) || [
        "RoleSessionName",
        "PrincipalTag",
        "NameID",
        "Claim sub",
        "Claim nonce",
    ]
    .iter()
    .any(|part| place.contains(part) && !place.ends_with("Format"))
        || place.starts_with("Tag ")
}

/// What rules put between several values of one claim.
const BETWEEN: [&str; 2] = [", ", " | "];

/// A value as it may be sent: of a person, what is wrong with it and not who it is. Of several addresses, each by
/// itself.
pub(super) fn shown(value: &str, about_person: bool) -> String {
    let several = BETWEEN
        .into_iter()
        .map(|between| value.split(between).collect::<Vec<_>>())
        .find(|values| values.len() > 1 && values.iter().all(|v| v.contains('@') || is_rest(v)));
    match several {
        Some(values) if about_person => values
            .into_iter()
            .map(|v| match is_rest(v) {
                true => v.to_owned(),
                false => one(v, true),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Some(_) | None => one(value, about_person),
    }
}

/// What has to stand there: of a person only where it repeats the person's own address.
pub(super) fn wanted(value: &str, about_person: bool) -> String {
    let is_address = |word: &str| {
        word.split_once('@')
            .is_some_and(|(l, d)| !l.is_empty() && !d.is_empty())
    };
    shown(value, about_person && value.split_whitespace().any(is_address))
}

/// “and 3 more”, which a list of values ends with.
fn is_rest(text: &str) -> bool {
    let count = text.strip_prefix("and ").and_then(|t| t.strip_suffix(" more"));
    count.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

fn one(value: &str, about_person: bool) -> String {
    let clean: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(600)
        .collect();
    if value.trim().is_empty() {
        return match value.chars().count() {
            0 => String::new(),
            n => format!("{n} blank characters"),
        };
    }
    let is_address = clean.contains('@')
        && !clean.contains("://")
        && !clean.contains("arn:")
        && clean.split_whitespace().count() == 1;
    if !about_person && !is_address {
        return people_out(&clean);
    }
    let odd: Vec<String> = clean
        .chars()
        .filter(|c| !c.is_ascii_alphanumeric() && !"_+=,.@-".contains(*c))
        .fold(Vec::new(), |mut seen, c| {
            let name = match c {
                ' ' => "a blank".to_owned(),
                c if c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') => {
                    format!("U+{:04X}", u32::from(c))
                }
                // A letter would say more of the name than is needed.
                c if c.is_alphabetic() => "a letter outside a–z".to_owned(),
                c => format!("“{c}”"),
            };
            if !seen.contains(&name) && seen.len() < 8 {
                seen.push(name);
            }
            seen
        });
    let with = if odd.is_empty() {
        String::new()
    } else {
        format!(", with {}", odd.join(" and "))
    };
    let guest = if clean.to_ascii_uppercase().contains("#EXT#") {
        ", the name of a guest"
    } else {
        ""
    };
    format!(
        "{} ({} characters{with}{guest})",
        Redacted::of(&clean),
        value.chars().count()
    )
}

/// A sign by itself is no address: rules list the characters that AWS takes.
pub(super) fn people_out(text: &str) -> String {
    let mut alone = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let ends = chars.peek().is_none_or(|next| !next.is_alphanumeric());
        // A control character is in no text here.
        alone.push(if c == '@' && before == ' ' && ends {
            '\u{1}'
        } else {
            c
        });
        before = c;
    }
    without_people(&alone).replace('\u{1}', "@")
}
