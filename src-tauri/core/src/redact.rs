//! Personal values in a form that can be shown to others.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value of which enough is left to recognise it: `a…e@contoso.example`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(String);

impl Redacted {
    /// Keeps the first and last letter of the local part of one address, and its domain; of anything
    /// else, the first and last letter. The domain is what stands behind the last `@`, as far as its letters go:
    /// in what is no single address, everything before that is the local part.
    pub fn of(value: &str) -> Redacted {
        let is_of_domain = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
        let (local, domain) = match value.rsplit_once('@') {
            Some((local, rest)) if !local.trim().is_empty() => {
                // A stranger wrote it: no more is kept than a domain can be.
                let domain: String = rest
                    .trim_start()
                    .chars()
                    .take_while(is_of_domain)
                    .take(253)
                    .collect();
                (local, domain)
            }
            // Without one of the two it is no address, and the name may stand on either side.
            Some(_) | None => (value.trim_matches('@'), String::new()),
        };
        let mut chars = local.chars();
        let short = match (chars.next(), chars.next_back()) {
            (Some(first), Some(last)) if local.chars().count() > 2 => format!("{first}…{last}"),
            (Some(_), _) => "…".to_owned(),
            (None, _) => String::new(),
        };
        Redacted(if domain.is_empty() {
            short
        } else {
            format!("{short}@{domain}")
        })
    }
}

/// A message of AWS without the people in it: e-mail addresses, and the session name of an assumed
/// role, which is a person's name in most companies.
pub fn without_people(message: &str) -> String {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | ',' | ';');
    let mut pieces: Vec<&str> = Vec::new();
    let (mut start, mut before) = (0, None);
    for (at, c) in message.char_indices() {
        let next = at + c.len_utf8();
        // Between letters it is an apostrophe: a name goes on there.
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside = c == '\'' && is_letter(before) && is_letter(message[next..].chars().next());
        if ends(c) && !inside {
            pieces.push(&message[start..next]);
            start = next;
        }
        before = Some(c);
    }
    pieces.push(&message[start..]);
    pieces
        .into_iter()
        .map(|piece| {
            let word = piece.trim_end_matches(ends);
            let rest = &piece[word.len()..];
            let principal = [":assumed-role/", ":federated-user/", ":user/"]
                .into_iter()
                .find_map(|kind| word.split_once(kind).map(|(arn, name)| (kind, arn, name)));
            match principal {
                Some((":assumed-role/", arn, role)) => {
                    let role = role.split('/').next().unwrap_or_default();
                    format!("{arn}:assumed-role/{role}/…{rest}")
                }
                Some((kind, arn, _)) => format!("{arn}{kind}…{rest}"),
                None if word.contains('@') => format!("{}{rest}", Redacted::of(word)),
                None => piece.to_owned(),
            }
        })
        .collect()
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_a_domain_can_be() {
        for (value, expected) in [
            ("alice@contoso.example", "a…e@contoso.example"),
            ("alice@<img src=x>`|.example", "a…e"),
            ("alice@", "a…e"),
            ("@alice.smith", "a…h"),
            ("alice@contoso.example, zoe.secret", "a…e@contoso.example"),
            (
                "alice@contoso.example, zoe.secret@fabrikam.example",
                "a…t@fabrikam.example",
            ),
            ("alice@ contoso.example", "a…e@contoso.example"),
        ] {
            assert_eq!(Redacted::of(value).to_string(), expected);
        }
    }

    #[test]
    fn a_message_names_nobody() {
        for (message, expected) in [
            (
                "User: arn:aws:sts::123456789012:assumed-role/Admin/alice@contoso.example is not authorized",
                "User: arn:aws:sts::123456789012:assumed-role/Admin/… is not authorized",
            ),
            (
                "Value 'alice@contoso.example' at 'roleSessionName' failed (400)",
                "Value 'a…e@contoso.example' at 'roleSessionName' failed (400)",
            ),
            (
                "User: arn:aws:iam::123456789012:user/alice.smith is not authorized",
                "User: arn:aws:iam::123456789012:user/… is not authorized",
            ),
            ("Rate exceeded", "Rate exceeded"),
            (
                "conor.o'hara@contoso.example is not 'conor.o'hara@contoso.example'",
                "c…a@contoso.example is not 'c…a@contoso.example'",
            ),
            ("alice@contoso.example|zoe@contoso.example", "a…e@contoso.example"),
        ] {
            assert_eq!(without_people(message), expected);
        }
    }

    #[test]
    fn enough_is_left_and_no_more() {
        for (value, expected) in [
            ("alice@contoso.example", "a…e@contoso.example"),
            ("al@contoso.example", "…@contoso.example"),
            ("0b1ec700-0000", "0…0"),
            ("", ""),
        ] {
            assert_eq!(Redacted::of(value).to_string(), expected);
        }
    }
}
