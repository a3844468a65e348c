//! A web page: the form that carries a response, and the error that it shows.

use super::text::unescaped;
use super::{Found, Unrecognised, address, said, saml};
use crate::diagnose::case::Content;
use crate::oidc::IdToken;

/// Characters of one sentence of a page.
const SENTENCE: usize = 600;

pub(super) fn is_html(text: &str) -> bool {
    let head: String = text.chars().take(1024).collect::<String>().to_ascii_lowercase();
    let begins = [
        "<!doctype html",
        "<html",
        "<head",
        "<body",
        "<form",
        "<input",
        "<div",
        "<script",
        "<meta",
    ];
    begins.iter().any(|tag| head.starts_with(tag)) || (head.starts_with("<!--") && head.contains("<html"))
}

/// A page that was handed in.
pub(super) fn whole(text: &str, found: &mut Found) -> Result<(), Unrecognised> {
    let form = harvest(text, found);
    if found.pieces.is_empty() {
        form?;
        return Err(Unrecognised::WebPage);
    }
    Ok(())
}

/// Keeps what a page carries.
///
/// # Errors
/// Its form has a `SAMLResponse` that is none.
pub(super) fn harvest(text: &str, found: &mut Found) -> Result<(), Unrecognised> {
    let mut answer = Ok(());
    for (name, value) in fields(text) {
        match name.as_str() {
            "SAMLResponse" => {
                if let Err(error) = saml::field(&value, found) {
                    answer = Err(Unrecognised::Response(error));
                }
            }
            "SAMLRequest" => {
                saml::request(&value, found);
            }
            "id_token" => {
                if let Ok(token) = IdToken::decode(&address::decoded(&value)) {
                    found.add(Content::Token(token));
                }
            }
            _ => {}
        }
    }
    for sentence in said::entra_errors(text) {
        found.say(&sentence);
    }
    for line in visible(text).lines() {
        let line = line.trim();
        if line.len() <= SENTENCE && !line.contains("AADSTS") && said::is_known(line) {
            found.say(line);
        }
    }
    answer
}

/// Name and value of every input field.
fn fields(page: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let lower = page.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower
        .get(from..)
        .and_then(|rest| rest.find("<input"))
        .map(|i| i + from)
    {
        from = at + "<input".len();
        let Some(tag) = page.get(from..) else { break };
        let (attributes, length) = attributes(tag);
        from += length;
        let value = |wanted: &str| attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(wanted));
        if let (Some((_, name)), Some((_, value))) = (value("name"), value("value")) {
            all.push((name.to_string(), unescaped(value).into_owned()));
        }
        if all.len() >= 100 {
            break;
        }
    }
    all
}

/// The attributes of a tag up to its `>`, and how many bytes they take.
fn attributes(tag: &str) -> (Vec<(&str, &str)>, usize) {
    let bytes = tag.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'>' {
            break;
        }
        if byte.is_ascii_whitespace() || *byte == b'/' {
            at += 1;
            continue;
        }
        let stop = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'/');
        let rest = bytes.get(at..).unwrap_or_default();
        let name_end = at + rest.iter().position(stop).unwrap_or(rest.len()).max(1);
        let name = tag.get(at..name_end).unwrap_or_default();
        at = name_end;
        let blanks = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            at
        };
        let equals = blanks(at);
        if bytes.get(equals) != Some(&b'=') {
            continue;
        }
        let start = blanks(equals + 1);
        let (start, end, next) = match bytes.get(start) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = bytes.get(start + 1..).unwrap_or_default();
                let end = start + 1 + rest.iter().position(|b| b == quote).unwrap_or(rest.len());
                (start + 1, end, (end + 1).min(bytes.len()))
            }
            _ => {
                let rest = bytes.get(start..).unwrap_or_default();
                let stop = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                let end = start + rest.iter().position(stop).unwrap_or(rest.len());
                (start, end, end)
            }
        };
        all.push((name, tag.get(start..end).unwrap_or_default()));
        at = next;
    }
    (all, at.min(tag.len()))
}

/// The words of a page, a line for each run between tags.
fn visible(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        let (words, tag) = rest.split_at(open);
        text.push_str(words);
        let head: String = tag.chars().take(8).collect::<String>().to_ascii_lowercase();
        let hidden = ["script", "style"]
            .into_iter()
            .find(|name| head.strip_prefix('<').is_some_and(|h| h.starts_with(name)));
        let end = match hidden {
            Some(name) => closing(tag, name),
            None => tag.find('>').map(|i| i + 1),
        };
        let inline = [
            "<b>", "</b>", "<i>", "</i>", "<a ", "</a>", "<em>", "</em>", "<span",
        ];
        if !inline.iter().any(|tag| head.starts_with(tag)) {
            text.push('\n');
        }
        rest = end.and_then(|end| tag.get(end..)).unwrap_or_default();
    }
    text.push_str(rest);
    unescaped(&text).into_owned()
}

/// Where the element that begins here ends.
fn closing(tag: &str, name: &str) -> Option<usize> {
    let mut from = 1;
    loop {
        let at = tag.get(from..)?.find("</")? + from + 2;
        let is_it = tag
            .get(at..at + name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_it {
            return Some(at + tag.get(at..)?.find('>')? + 1);
        }
        from = at;
    }
}
