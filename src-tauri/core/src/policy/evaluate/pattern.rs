//! Texts of a policy with wildcards and policy variables (IAM: policy elements, variables and tags).

use super::Request;
use super::condition::{Sent, sent};
use std::borrow::Cow;

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// This very character.
    Is(char),
    /// Any run of characters, an empty one too.
    Run,
    /// Any one character.
    One,
}

/// A text of a policy, its variables replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

/// What became of a text of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// It can be compared.
    Pattern(Pattern),
    /// It has a variable without a value, which equals nothing.
    Valueless,
    /// It has a variable whose value the evidence does not tell.
    Unknown,
}

impl Pattern {
    /// Reads a text; `*` and `?` are wildcards when `wildcards` says so. `${*}`, `${?}` and `${$}` are these
    /// characters themselves; `${key}` is the key's value, `${key, 'default'}` the default where it has none.
    /// A value that is put in has no wildcards.
    pub(super) fn resolve(text: &str, wildcards: bool, request: &Request) -> Resolved {
        let mut pieces = Vec::with_capacity(text.len());
        let mut unknown = false;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let variable = rest.strip_prefix("${").and_then(|inside| inside.split_once('}'));
            if let Some((inside, after)) = variable {
                rest = after;
                if matches!(inside, "*" | "?" | "$") {
                    pieces.extend(inside.chars().map(Piece::Is));
                    continue;
                }
                let (key, default) = match inside.split_once(',') {
                    Some((key, default)) => (key, quoted(default)),
                    None => (inside, None),
                };
                match (sent(request, &key.trim().to_ascii_lowercase()), default) {
                    (Sent::Values([one]), _) => pieces.extend(one.chars().map(Piece::Is)),
                    (Sent::Absent, Some(default)) => pieces.extend(default.chars().map(Piece::Is)),
                    (Sent::Absent, None) => return Resolved::Valueless,
                    // Variables take keys of one value; what AWS does with several is not documented.
                    (Sent::Values(_) | Sent::Unknown, _) => unknown = true,
                }
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            pieces.push(match c {
                '*' if wildcards => Piece::Run,
                '?' if wildcards => Piece::One,
                c => Piece::Is(c),
            });
        }
        if unknown {
            Resolved::Unknown
        } else {
            Resolved::Pattern(Pattern(pieces))
        }
    }

    /// Whether the whole text is matched. Linear in the length of the text for each `*`, so no pattern can
    /// make it explode.
    pub(super) fn matches(&self, text: &str, ignore_case: bool) -> bool {
        let fold = |c: char| -> char {
            if ignore_case {
                c.to_lowercase().next().unwrap_or(c)
            } else {
                c
            }
        };
        let p = &self.0;
        let t: Vec<char> = text.chars().map(fold).collect();
        let (mut i, mut j) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while let Some(now) = t.get(j) {
            match p.get(i) {
                Some(Piece::Run) => {
                    star = Some((i, j));
                    i += 1;
                }
                Some(piece) if *piece == Piece::One || matches!(piece, Piece::Is(c) if fold(*c) == *now) => {
                    i += 1;
                    j += 1;
                }
                _ => match star {
                    Some((at, from)) => {
                        i = at + 1;
                        j = from + 1;
                        star = Some((at, from + 1));
                    }
                    None => return false,
                },
            }
        }
        p.get(i..)
            .is_some_and(|rest| rest.iter().all(|piece| *piece == Piece::Run))
    }

    /// The text without wildcards, as it was resolved.
    pub(super) fn text(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Is(c) => *c,
                Piece::Run => '*',
                Piece::One => '?',
            })
            .collect()
    }
}

/// Texts of a policy so that [`Pattern::resolve`] reads them as meant: where `plain`, with every `${` as text.
pub(super) fn written(texts: &[String], plain: bool) -> Cow<'_, [String]> {
    if plain && texts.iter().any(|text| text.contains("${")) {
        Cow::Owned(texts.iter().map(|text| text.replace("${", "${$}{")).collect())
    } else {
        Cow::Borrowed(texts)
    }
}

/// `'default'` without its quotes.
fn quoted(text: &str) -> Option<&str> {
    text.trim().strip_prefix('\'')?.strip_suffix('\'')
}

/// IAM's wildcards alone: `*` any run, `?` any one character; everything else byte for byte.
pub fn glob(pattern: &str, text: &str) -> bool {
    let pieces = pattern.chars().map(|c| match c {
        '*' => Piece::Run,
        '?' => Piece::One,
        c => Piece::Is(c),
    });
    Pattern(pieces.collect()).matches(text, false)
}
