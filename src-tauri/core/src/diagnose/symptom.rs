//! Symptoms: what people were shown or saw, in the literal words, and which rules may stand behind it, the most
//! common first. Texts and order are data in `content/symptoms.toml`.

use super::stage::{Vendor, is_same, vendor_of};
use super::{Message, RuleId};
use crate::idp::{IdentityProvider, Protocol};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Who showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownBy {
    /// AWS's consoles, command line and CloudFormation, while something is made or changed.
    Aws,
    /// AWS's own sign-in page.
    AwsSignIn,
    /// The sign-in page or portal of Microsoft Entra ID.
    Entra,
    /// Nobody: something happens that should not, or does not happen.
    Nobody,
    /// The sign-in page of Okta.
    Okta,
    /// Amazon Q Business, as an answer to a program.
    QBusiness,
    /// AWS STS.
    Sts,
    /// The web experience of Amazon Q Business.
    WebExperience,
}

impl ShownBy {
    /// Whose portal people sign in at, where it tells that.
    pub(super) fn vendor(self) -> Option<Vendor> {
        match self {
            ShownBy::Entra => Some(Vendor::Entra),
            ShownBy::Okta => Some(Vendor::Okta),
            _ => None,
        }
    }
}

/// One thing that people come with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Stable: `permission-needed`.
    pub id: String,
    /// The literal words, or one sentence about what happens where nobody says anything.
    pub message: String,
    /// Other literal wordings of the same.
    #[serde(default)]
    pub also: Vec<String>,
    /// Whether `message` is what somebody was shown, word by word.
    #[serde(default = "yes")]
    pub literal: bool,
    /// Where it can be met.
    pub protocols: Vec<Protocol>,
    /// Who shows it.
    pub shown_by: ShownBy,
    /// Where the words come from.
    pub source: String,
    /// Whether the screen offers it at once; the others are only recognised.
    pub tile: bool,
    /// Rules that may stand behind it, the most common first; empty where it may be any.
    pub candidates: Vec<RuleId>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    symptom: Vec<Symptom>,
}

static SYMPTOMS: LazyLock<Vec<Symptom>> = LazyLock::new(|| {
    let file: File =
        toml::from_str(include_str!("../../content/symptoms.toml")).expect("every symptom is read by a test");
    file.symptom
});

/// Characters of a pasted text in which typing mistakes are looked for; exact words are found anywhere.
const NEAR: usize = 2_000;

impl Symptom {
    /// All, in the order of the tiles.
    pub fn all() -> &'static [Symptom] {
        &SYMPTOMS
    }

    /// By its id.
    pub fn by_id(id: &str) -> Option<&'static Symptom> {
        SYMPTOMS.iter().find(|s| s.id == id)
    }

    /// Whether people who sign in at this provider can meet it.
    pub fn fits(&self, idp: IdentityProvider) -> bool {
        self.protocols.contains(&idp.protocol()) && is_same(self.shown_by.vendor(), vendor_of(idp))
    }

    /// What choosing the tile says: that somebody was shown these words. None where nobody was shown any.
    pub fn as_message(&self) -> Option<Message> {
        self.literal.then(|| Message {
            text: self.message.clone(),
            at: None,
        })
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let literal = self.literal.then_some(self.message.as_str());
        literal.into_iter().chain(self.also.iter().map(String::as_str))
    }
}

/// The rules that may stand behind it, the most common first.
pub fn candidates(symptom: &Symptom) -> &[RuleId] {
    if symptom.candidates.is_empty() {
        RuleId::ALL
    } else {
        &symptom.candidates
    }
}

/// The symptoms whose words stand in a pasted text, the longest match first: without case, punctuation and
/// doubled blanks, and with the typing mistakes of somebody who copies from a picture. Error codes have to be exact.
pub fn symptoms_of(text: &str) -> Vec<&'static Symptom> {
    let folded = Folded::of(text);
    let near: Vec<char> = plain(text).take(NEAR).collect();
    let mut hits: Vec<(usize, usize, &'static Symptom)> = SYMPTOMS
        .iter()
        .filter_map(|symptom| {
            let best = symptom
                .texts()
                .filter_map(|words| {
                    let length = words.chars().count();
                    if folded.find(words).is_some() {
                        return Some((0, length));
                    }
                    let wanted: Vec<char> = plain(words).collect();
                    let allowed = if is_code(words) { 0 } else { wanted.len() / 7 };
                    (allowed > 0)
                        .then(|| within(&wanted, &near, allowed))
                        .flatten()
                        .map(|errors| (errors, length))
                })
                .min_by_key(|(errors, length)| (*errors, std::cmp::Reverse(*length)))?;
            Some((best.0, best.1, symptom))
        })
        .collect();
    hits.sort_by_key(|(errors, length, _)| (*errors > 0, std::cmp::Reverse(*length), *errors));
    hits.into_iter().map(|(_, _, symptom)| symptom).collect()
}

/// A code is no prose: one that differs in a letter is another one.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

/// Letters and digits in lower case, and one blank between words.
fn plain(text: &str) -> impl Iterator<Item = char> {
    let mut gap = true;
    text.chars().flat_map(char::to_lowercase).filter_map(move |c| {
        let letter = c.is_alphanumeric();
        let keep = letter || !gap;
        gap = !letter;
        keep.then_some(if letter { c } else { ' ' })
    })
}

/// The fewest mistakes with which `wanted` stands somewhere in `text`, if they are not more than `allowed`.
fn within(wanted: &[char], text: &[char], allowed: usize) -> Option<usize> {
    // One column a character of the text; a match may begin anywhere, so the first row stays zero (Sellers).
    let mut column: Vec<usize> = (0..=wanted.len()).collect();
    let mut best = usize::MAX;
    for c in text {
        let mut diagonal = 0;
        let mut above = 0;
        for (cell, w) in column.iter_mut().skip(1).zip(wanted) {
            let substituted = diagonal + usize::from(w != c);
            diagonal = *cell;
            *cell = substituted.min(above + 1).min(*cell + 1);
            above = *cell;
        }
        best = best.min(above);
    }
    (best <= allowed).then_some(best)
}

/// A text in which documented words are found as people paste them: without case, with one blank for any white
/// space, straight quotes for curly ones, and no invisible characters.
pub(super) struct Folded {
    text: String,
    /// For each byte of `text` the byte of the original it came from.
    origin: Vec<u32>,
    end: u32,
}

impl Folded {
    pub(super) fn of(raw: &str) -> Folded {
        let mut folded = Folded {
            text: String::with_capacity(raw.len()),
            origin: Vec::with_capacity(raw.len()),
            end: position(raw.len()),
        };
        for (at, c) in raw.char_indices() {
            if c.is_whitespace() && folded.text.ends_with(' ') {
                continue;
            }
            for letter in quotes_and_case(c) {
                folded.text.push(letter);
                folded.origin.resize(folded.text.len(), position(at));
            }
        }
        folded
    }

    /// Where the words stand in the original; a code only as a whole word.
    pub(super) fn find(&self, words: &str) -> Option<(usize, usize)> {
        let wanted: String = words.chars().flat_map(quotes_and_case).collect();
        let whole = is_code(&wanted);
        memchr::memmem::find_iter(self.text.as_bytes(), wanted.as_bytes())
            .map(|start| (start, start + wanted.len()))
            .find(|(start, end)| !whole || self.is_whole(*start, *end))
            .map(|(start, end)| (self.original(start), self.original(end)))
    }

    fn is_whole(&self, start: usize, end: usize) -> bool {
        let before = self.text.get(..start).and_then(|t| t.chars().next_back());
        let after = self.text.get(end..).and_then(|t| t.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    }

    fn original(&self, at: usize) -> usize {
        self.origin.get(at).copied().unwrap_or(self.end) as usize
    }
}

fn position(at: usize) -> u32 {
    // Texts are cut long before: what is further away is the end.
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn quotes_and_case(c: char) -> impl Iterator<Item = char> {
    let straight = match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' => Some('\''),
        '\u{201c}' | '\u{201d}' | '\u{201f}' => Some('"'),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => None,
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    };
    straight.into_iter().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_they_are_pasted() {
        for (raw, words, expected) in [
            ("AADSTS50105: Your", "aadsts50105", Some("AADSTS50105")),
            ("AADSTS501051: Your", "AADSTS50105", None),
            (
                "Specified provider doesn’t\u{a0} exist.",
                "provider doesn't exist",
                Some("provider doesn’t\u{a0} exist"),
            ),
            (
                "Response\u{200b} signature\r\n  invalid",
                "response signature invalid",
                Some("Response\u{200b} signature\r\n  invalid"),
            ),
            (
                "ÄÖ İ request ARN is invalid",
                "Request ARN is invalid",
                Some("request ARN is invalid"),
            ),
            ("", "x", None),
        ] {
            let found = Folded::of(raw).find(words).and_then(|(a, b)| raw.get(a..b));
            assert_eq!(found, expected, "{raw}");
        }
    }

    #[test]
    fn mistakes_are_counted_anywhere_in_a_text() {
        let chars = |t: &str| t.chars().collect::<Vec<_>>();
        for (wanted, text, expected) in [
            ("permission needed", "it says permision neded here", Some(2)),
            ("permission needed", "nothing of the kind", None),
        ] {
            assert_eq!(within(&chars(wanted), &chars(text), 2), expected, "{text}");
        }
    }
}
