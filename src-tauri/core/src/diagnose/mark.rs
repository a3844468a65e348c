//! Where two values differ, letter by letter, and what each difference is called: a blank that nobody sees,
//! a Cyrillic letter, a second slash. The marks of a value together are what has to be changed in it.

use super::{Finding, RuleId};
use crate::claims::{is_of_session_name, is_of_tag};
use crate::letters::{is_unseen, without_blanks};
use edits::{Edit, compare, joined};
use say::say;
use serde::Serialize;
use std::ops::Range;

mod edits;
mod say;

/// One place at which a value differs from what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Where it begins: a byte of the value that was found, at the border of a character.
    pub start: usize,
    /// Where it ends; the same as `start` where something is missing.
    pub end: usize,
    /// What kind of difference.
    pub kind: MarkKind,
    /// In words, without a full stop: `a blank at the end`.
    pub say: String,
    /// What has to stand there instead; empty where it has to go.
    pub put: String,
}

/// Kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Another account's number.
    Account,
    /// A blank or a line break inside.
    Blank,
    /// Two slashes for one.
    DoubleSlash,
    /// A part too much.
    Extra,
    /// A blank or a line break at the beginning.
    LeadingBlank,
    /// A letter that looks like the expected one.
    LookAlike,
    /// A character that AWS does not take here.
    Forbidden,
    /// A part that is not there.
    Missing,
    /// A no-break space, or another blank that is not the usual one.
    NoBreakSpace,
    /// Another part.
    Other,
    /// Upper case for lower, or the reverse.
    OtherCase,
    /// A quotation mark.
    Quote,
    /// `http` for `https`, or the reverse.
    Scheme,
    /// A typographic quotation mark.
    SmartQuote,
    /// The two parts at the comma in each other's place.
    Swapped,
    /// A blank or a line break at the end.
    TrailingBlank,
    /// A character that is not seen.
    ZeroWidth,
}

impl MarkKind {
    /// Hard to see for somebody who compares two values, so that it has to be said.
    pub fn is_hard_to_see(self) -> bool {
        !matches!(
            self,
            MarkKind::Account | MarkKind::Extra | MarkKind::Forbidden | MarkKind::Missing | MarkKind::Other
        )
    }
}

/// Where `found` differs from `expected`, in order and without overlap; none where they are equal.
pub fn marks(expected: &str, found: &str) -> Vec<Mark> {
    if expected == found {
        return Vec::new();
    }
    if is_swapped(expected, found) {
        return vec![Mark {
            start: 0,
            end: found.len(),
            kind: MarkKind::Swapped,
            say: "the two parts in the wrong order".into(),
            put: expected.to_owned(),
        }];
    }
    let mut edits = Vec::new();
    let (ours, theirs) = (accounts(expected), accounts(found));
    let (mut from, mut at) = (0, 0);
    if ours.len() == theirs.len() {
        for (a, b) in ours.into_iter().zip(theirs) {
            compare(
                part(expected, from..a.start),
                part(found, at..b.start),
                at,
                &mut edits,
            );
            if part(expected, a.clone()) != part(found, b.clone()) {
                edits.push(Edit {
                    at: b.clone(),
                    put: part(expected, a.clone()).to_owned(),
                    kind: MarkKind::Account,
                });
            }
            (from, at) = (a.end, b.end);
        }
    }
    compare(
        part(expected, from..expected.len()),
        part(found, at..found.len()),
        at,
        &mut edits,
    );
    let mut marks: Vec<Mark> = Vec::new();
    for edit in joined(edits) {
        marks.push(edit.mark(found));
    }
    marks
}

/// The marks of a finding: where its two values are compared, where they differ; where AWS takes some characters
/// alone, the others; none where what is expected is a description.
pub fn of(finding: &Finding) -> Vec<Mark> {
    use RuleId as R;
    let (expected, found) = (&finding.expected, &finding.found);
    match finding.id {
        R::SessionNameInvalid => forbidden(found, is_of_session_name),
        R::TagInvalid => forbidden(found, is_of_tag),
        R::PairSwapped
        | R::Whitespace
        | R::RoleWrong
        | R::AccountWrong
        | R::ProviderWrong
        | R::TrustProvider
        | R::AudPlaceholder
        | R::RecipientMismatch
        | R::SignInRegion
        | R::RecipientIsAcs
        | R::Audience
        | R::ClaimMisnamed
        | R::AddressDiffers
        | R::IssuerWrong
        | R::SignInAddress
        | R::TokenIssuer
        | R::TokenAudience
        | R::OtherApplication
        | R::RoleLiteral
        | R::OtherRole
            if !expected.is_empty() && !found.is_empty() =>
        {
            marks(expected, found)
        }
        _ => Vec::new(),
    }
}

/// Every run of characters that are not taken.
fn forbidden(found: &str, is_taken: fn(char) -> bool) -> Vec<Mark> {
    let mut all: Vec<Mark> = Vec::new();
    for (start, c) in found.char_indices().filter(|(_, c)| !is_taken(*c)) {
        let end = start + c.len_utf8();
        match all.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => all.push(Mark {
                start,
                end,
                kind: MarkKind::Forbidden,
                say: String::new(),
                put: String::new(),
            }),
        }
    }
    for mark in &mut all {
        let is = part(found, mark.start..mark.end);
        mark.say = say(mark.kind, &visible(is), "", "");
    }
    all
}

/// `found` with every mark mended: `expected`, where the marks are those of [`marks`].
pub fn mended(found: &str, marks: &[Mark]) -> String {
    let mut out = String::with_capacity(found.len());
    let mut at = 0;
    for mark in marks {
        out.push_str(part(found, at..mark.start));
        out.push_str(&mark.put);
        at = mark.end;
    }
    out.push_str(part(found, at..found.len()));
    out
}

/// What is hard to see of the differences, in one sentence; None where nothing is.
pub fn differs(expected: &str, found: &str) -> Option<String> {
    const MOST: usize = 4;
    if expected.is_empty() || found.is_empty() {
        return None;
    }
    let marks = marks(expected, found);
    let mut said: Vec<&str> = Vec::new();
    for mark in marks.iter().filter(|m| m.kind.is_hard_to_see()) {
        if !said.contains(&mark.say.as_str()) {
            said.push(&mark.say);
        }
    }
    let more = said.len() > MOST;
    said.truncate(MOST);
    let more = if more { ", and more" } else { "" };
    (!said.is_empty()).then(|| format!("What was found has {}{more}.", said.join(", ")))
}

/// The value with everything that is not seen in sight: `␣` for a blank, `⍽` for a no-break space, `‹U+200B›`
/// for the rest.
pub fn visible(found: &str) -> String {
    let mut out = String::with_capacity(found.len());
    for c in found.chars() {
        match c {
            ' ' => out.push('␣'),
            '\u{a0}' | '\u{202f}' | '\u{2007}' => out.push('⍽'),
            c if c.is_whitespace() || is_unseen(c) => out.push_str(&format!("‹U+{:04X}›", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// A piece of a text; empty where the range is not one of its own.
fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

fn is_swapped(expected: &str, found: &str) -> bool {
    let (Some((first, second)), clean) = (expected.split_once(','), without_blanks(found)) else {
        return false;
    };
    first != second && clean == format!("{second},{first}")
}

/// Where twelve digits stand between two colons, or alone.
fn accounts(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    for piece in text.split(':') {
        let range = at..at + piece.len();
        let whole = piece == text || range.start > 0 && range.end < text.len();
        if whole && piece.len() == 12 && piece.bytes().all(|b| b.is_ascii_digit()) {
            all.push(range.clone());
        }
        at = range.end + 1;
    }
    all
}
