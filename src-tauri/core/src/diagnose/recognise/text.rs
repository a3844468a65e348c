//! A text that is neither XML nor JSON: base64, a form, an address, a token, a table, or a sentence.

use super::{Found, MAX_MESSAGE, Unrecognised, address, json, page, role, saml, table};
use crate::diagnose::case::Content;
use crate::letters::is_quote;
use crate::oidc::IdToken;
use crate::saml::response::NotAResponse;
use std::borrow::Cow;

/// Characters of one word; a longer one is no sentence.
const WORD: usize = 200;

/// A text that was handed in.
pub(super) fn whole(text: &str, found: &mut Found) -> Result<(), Unrecognised> {
    if let Some(inner) = of_a_mail(text) {
        return super::short(inner.as_bytes(), found);
    }
    let plain = unescaped(text);
    let plain = plain.trim().trim_matches(is_quote).trim();
    if plain.starts_with('<') {
        return if page::is_html(plain) {
            page::whole(plain, found)
        } else {
            saml::xml(plain, plain.as_bytes(), found)
        };
    }
    if plain.starts_with("%7B") || plain.starts_with("%7b") {
        return json::whole(&address::decoded(plain), found);
    }
    if plain.starts_with("-----BEGIN") {
        return Err(Unrecognised::Certificate);
    }
    let carried = address::harvest(plain, found);
    if !found.pieces.is_empty() {
        return Ok(());
    }
    carried.map_err(Unrecognised::Response)?;
    if plain.contains("<input") || plain.contains("<INPUT") {
        return page::whole(plain, found);
    }
    if let Some(answer) = token(plain, found) {
        return answer;
    }
    if let Some(answer) = base64(plain, found) {
        return answer;
    }
    if role::in_text(plain, found)? || table::rows(plain, found) {
        return Ok(());
    }
    let is_sentence = plain.len() <= MAX_MESSAGE
        && plain.chars().any(char::is_alphabetic)
        && plain.split_whitespace().all(|word| word.len() <= WORD);
    if is_sentence {
        found.say(plain);
        return Ok(());
    }
    // A log or a mail: what is known in it.
    page::harvest(plain, found)?;
    if found.pieces.is_empty() {
        return Err(Unrecognised::Unknown);
    }
    Ok(())
}

/// What stands behind the `>` of a mail, without the line in front of it that says who wrote; None where a line does
/// not begin so.
fn of_a_mail(text: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let first = lines.iter().position(|line| line.starts_with('>'))?;
    let introduced = first.checked_sub(1).and_then(|at| lines.get(at));
    if introduced.is_some_and(|line| !line.trim_end().ends_with(':')) {
        return None;
    }
    lines.drain(..first);
    let bare: Option<Vec<&str>> = lines
        .into_iter()
        .map(|line| {
            let mut bare = line.strip_prefix('>')?;
            loop {
                // A mail program puts one blank; what stands further in belongs to the text.
                let text = bare.strip_prefix(' ').unwrap_or(bare);
                match text.strip_prefix('>') {
                    Some(deeper) => bare = deeper,
                    None => return Some(text),
                }
            }
        })
        .collect();
    let inner = bare?.join("\n");
    (!inner.trim().is_empty()).then_some(inner)
}

/// A JSON Web Token; None where the text is none.
fn token(text: &str, found: &mut Found) -> Option<Result<(), Unrecognised>> {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let bare = text.strip_prefix("Bearer ").unwrap_or(text);
    // Mail programs break long lines.
    let joined: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    let is_whole = joined.starts_with("eyJ") && joined.contains('.') && joined.chars().all(letter);
    if is_whole {
        return Some(match IdToken::decode(&joined) {
            Ok(token) => {
                found.add(Content::Token(token));
                Ok(())
            }
            Err(error) => Err(Unrecognised::Token(error)),
        });
    }
    let inner = text
        .split(|c| !letter(c))
        .filter(|word| word.starts_with("eyJ") && word.matches('.').count() == 2)
        .find_map(|word| IdToken::decode(word).ok())?;
    found.add(Content::Token(inner));
    Some(Ok(()))
}

/// Base64 alone: a response or a request; None where the text is none.
fn base64(text: &str, found: &mut Found) -> Option<Result<(), Unrecognised>> {
    let letter = |c: char| c.is_ascii_alphanumeric() || "+/=-_%".contains(c) || c.is_whitespace();
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    let longest = text.split_whitespace().map(str::len).max().unwrap_or_default();
    if !text.chars().all(letter) || length < 40 || longest < 40 {
        return None;
    }
    if saml::request(text, found) {
        return Some(Ok(()));
    }
    let known = ["PHNhbWw", "PD94bWw", "PFJlc3", "PHNhb", "PEFzc2"];
    Some(match saml::response(text) {
        Ok(response) => {
            found.add(Content::Response(Box::new(response)));
            Ok(())
        }
        Err(NotAResponse::Encoding) if !known.iter().any(|head| text.starts_with(head)) => {
            Err(Unrecognised::Unknown)
        }
        Err(error) => Err(Unrecognised::Response(error)),
    })
}

/// The references of HTML undone, once.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        // No reference that matters here is longer.
        let end = from.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((referred(from.get(1..end)?)?, end))) {
            Some((c, end)) => {
                plain.push(c);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            None => {
                plain.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn referred(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "nbsp" => '\u{a0}',
        "plus" => '+',
        "quot" => '"',
        _ => return None,
    })
}
