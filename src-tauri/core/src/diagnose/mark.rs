//! Where two values differ, letter by letter, and what each difference is called: a blank that nobody sees,
//! a Cyrillic letter, a second slash. The marks of a value together are what has to be changed in it.

use super::{Finding, RuleId};
use crate::claims::{is_of_session_name, is_of_tag};
use crate::letters::{is_odd_blank, is_quote, is_smart_quote, is_unseen, look_alike, without_blanks};
use serde::Serialize;
use std::ops::Range;

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

/// Above this many comparisons the middle of two values is taken as one difference.
const MOST_COMPARISONS: usize = 250_000;

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

/// One change of the value that was found.
struct Edit {
    at: Range<usize>,
    put: String,
    kind: MarkKind,
}

#[derive(Clone, Copy)]
enum Step {
    Same,
    Swap(char, char),
    Missing(char),
    Extra(char),
}

/// The cheapest way from `found` to `expected`, as edits; `base` is where `found` stands in the whole value.
fn compare(expected: &str, found: &str, base: usize, edits: &mut Vec<Edit>) {
    let head: usize = expected
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (expected, found, base) = (
        part(expected, head..expected.len()),
        part(found, head..found.len()),
        base + head,
    );
    let tail: usize = expected
        .chars()
        .rev()
        .zip(found.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let expected = part(expected, 0..expected.len() - tail);
    let found = part(found, 0..found.len() - tail);
    if expected.is_empty() && found.is_empty() {
        return;
    }
    let (e, f): (Vec<char>, Vec<char>) = (expected.chars().collect(), found.chars().collect());
    if (e.len() + 1).saturating_mul(f.len() + 1) > MOST_COMPARISONS {
        edits.push(Edit {
            at: base..base + found.len(),
            put: expected.to_owned(),
            kind: MarkKind::Other,
        });
        return;
    }
    let mut at = base;
    for step in steps(&e, &f) {
        let (length, put, kind) = match step {
            Step::Same => (None, None, MarkKind::Other),
            Step::Swap(wanted, c) => (Some(c.len_utf8()), Some(wanted), swapped_kind(wanted, c)),
            Step::Missing(wanted) => (Some(0), Some(wanted), MarkKind::Missing),
            Step::Extra(c) => (Some(c.len_utf8()), None, extra_kind(c)),
        };
        match length {
            Some(length) => {
                edits.push(Edit {
                    at: at..at + length,
                    put: put.map(String::from).unwrap_or_default(),
                    kind,
                });
                at += length;
            }
            None => at = next(found, base, at),
        }
    }
}

/// The border of the next character.
fn next(found: &str, base: usize, at: usize) -> usize {
    let rest = part(found, at - base..found.len());
    at + rest.chars().next().map_or(0, char::len_utf8)
}

/// Cheapest first: what is seldom meant costs little to take out, an unrelated letter much to replace.
fn steps(e: &[char], f: &[char]) -> Vec<Step> {
    const MISSING: u32 = 4;
    let width = f.len() + 1;
    let mut cost = vec![0_u32; (e.len() + 1) * width];
    let extra = |c: char| if extra_kind(c) == MarkKind::Extra { 4 } else { 2 };
    let swap = |a: char, b: char| match swapped_kind(a, b) {
        _ if a == b => 0,
        MarkKind::Other => 6,
        _ => 1,
    };
    let get = |cost: &[u32], i: usize, j: usize| cost.get(i * width + j).copied().unwrap_or(u32::MAX / 2);
    for i in 0..=e.len() {
        for j in 0..=f.len() {
            let (a, b) = (
                i.checked_sub(1).and_then(|i| e.get(i)),
                j.checked_sub(1).and_then(|j| f.get(j)),
            );
            let best = match (a, b) {
                (None, None) => 0,
                (None, Some(b)) => get(&cost, i, j - 1) + extra(*b),
                (Some(_), None) => get(&cost, i - 1, j) + MISSING,
                (Some(a), Some(b)) => (get(&cost, i - 1, j - 1) + swap(*a, *b))
                    .min(get(&cost, i, j - 1) + extra(*b))
                    .min(get(&cost, i - 1, j) + MISSING),
            };
            if let Some(cell) = cost.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (e.len(), f.len());
    let mut steps = Vec::with_capacity(e.len().max(f.len()));
    while i > 0 || j > 0 {
        let here = get(&cost, i, j);
        let (a, b) = (
            i.checked_sub(1).and_then(|i| e.get(i)),
            j.checked_sub(1).and_then(|j| f.get(j)),
        );
        match (a, b) {
            (Some(a), Some(b)) if here == get(&cost, i - 1, j - 1) + swap(*a, *b) => {
                steps.push(if a == b { Step::Same } else { Step::Swap(*a, *b) });
                (i, j) = (i - 1, j - 1);
            }
            (_, Some(b)) if here == get(&cost, i, j - 1) + extra(*b) => {
                steps.push(Step::Extra(*b));
                j -= 1;
            }
            (Some(a), _) => {
                steps.push(Step::Missing(*a));
                i -= 1;
            }
            (None, Some(b)) => {
                steps.push(Step::Extra(*b));
                j -= 1;
            }
            (None, None) => break,
        }
    }
    steps.reverse();
    steps
}

fn swapped_kind(wanted: char, c: char) -> MarkKind {
    if let Some((latin, _)) = look_alike(c)
        && latin.eq_ignore_ascii_case(&wanted)
    {
        MarkKind::LookAlike
    } else if is_smart_quote(c) && is_quote(wanted) {
        MarkKind::SmartQuote
    } else if is_odd_blank(c) && wanted.is_whitespace() {
        MarkKind::NoBreakSpace
    } else if c.to_lowercase().eq(wanted.to_lowercase()) {
        MarkKind::OtherCase
    } else {
        MarkKind::Other
    }
}

fn extra_kind(c: char) -> MarkKind {
    if is_unseen(c) {
        MarkKind::ZeroWidth
    } else if is_odd_blank(c) {
        MarkKind::NoBreakSpace
    } else if c.is_whitespace() {
        MarkKind::Blank
    } else if is_smart_quote(c) {
        MarkKind::SmartQuote
    } else if is_quote(c) {
        MarkKind::Quote
    } else {
        MarkKind::Extra
    }
}

/// Edits that touch and are of one kind, as one; missing, extra and other parts that touch are one other part.
fn joined(edits: Vec<Edit>) -> Vec<Edit> {
    use MarkKind::{Blank, Extra, Missing, Other, OtherCase};
    let plain = |kind| matches!(kind, Extra | Missing | Other);
    let mut all: Vec<Edit> = Vec::new();
    for edit in edits {
        match all.last_mut() {
            Some(last)
                if last.at.end == edit.at.start
                    && (plain(last.kind) && plain(edit.kind)
                        || last.kind == edit.kind && matches!(edit.kind, Blank | OtherCase)) =>
            {
                last.at.end = edit.at.end;
                last.put.push_str(&edit.put);
                if plain(last.kind) {
                    last.kind = match (last.at.is_empty(), last.put.is_empty()) {
                        (true, _) => Missing,
                        (false, true) => Extra,
                        (false, false) => Other,
                    };
                }
            }
            _ => all.push(edit),
        }
    }
    all
}

impl Edit {
    fn mark(self, found: &str) -> Mark {
        let is = part(found, self.at.clone()).to_owned();
        let before = part(found, 0..self.at.start);
        let after = part(found, self.at.end..found.len());
        let kind = match self.kind {
            MarkKind::Blank if after.is_empty() => MarkKind::TrailingBlank,
            MarkKind::Blank if before.is_empty() => MarkKind::LeadingBlank,
            MarkKind::Extra if is == "/" && (before.ends_with('/') || after.starts_with('/')) => {
                MarkKind::DoubleSlash
            }
            MarkKind::Extra if is == "s" && before.ends_with("http") && after.starts_with("://") => {
                MarkKind::Scheme
            }
            MarkKind::Missing if self.put == "s" && before.ends_with("http") && after.starts_with("://") => {
                MarkKind::Scheme
            }
            other => other,
        };
        let place = match (before.is_empty(), after.is_empty()) {
            (_, true) => " at the end",
            (true, _) => " at the beginning",
            _ => "",
        };
        let say = say(kind, &is, &self.put, place);
        Mark {
            start: self.at.start,
            end: self.at.end,
            kind,
            say,
            put: self.put,
        }
    }
}

fn say(kind: MarkKind, is: &str, put: &str, place: &str) -> String {
    let (is, put) = (short(is), short(put));
    let code = is.chars().next().map_or(0, u32::from);
    match kind {
        MarkKind::Account => format!("the account {is} where {put} is expected"),
        MarkKind::Blank | MarkKind::LeadingBlank | MarkKind::TrailingBlank => {
            let what = if is.contains(['\n', '\r']) {
                "a line break"
            } else {
                "a blank"
            };
            let place = if place.is_empty() { " inside" } else { place };
            format!("{what}{place}")
        }
        MarkKind::DoubleSlash => "two slashes where one is expected".into(),
        MarkKind::Extra if is == "/" && place == " at the end" => {
            "a slash at the end that is too much".into()
        }
        MarkKind::Extra => format!("“{is}”{place} that is too much"),
        MarkKind::Forbidden => format!("“{is}”, which AWS does not take here"),
        MarkKind::LookAlike => {
            let whose = is
                .chars()
                .next()
                .and_then(look_alike)
                .map_or("another", |(_, whose)| whose);
            let ours = if put.chars().all(|c| c.is_ascii_alphabetic()) {
                "Latin "
            } else {
                ""
            };
            format!("{whose} “{is}” where {ours}“{put}” is expected")
        }
        MarkKind::Missing => format!("no “{put}”{place}"),
        MarkKind::NoBreakSpace => format!("a no-break space (U+{code:04X}){place}"),
        MarkKind::Other => format!("“{is}” where “{put}” is expected"),
        MarkKind::OtherCase => format!("“{is}” where “{put}” is expected"),
        MarkKind::Quote => format!("a quotation mark {is}{place}"),
        MarkKind::Scheme if put.is_empty() => "https where http is expected".into(),
        MarkKind::Scheme => "http where https is expected".into(),
        MarkKind::SmartQuote => format!("a typographic quotation mark {is}{place}"),
        MarkKind::Swapped => "the two parts in the wrong order".into(),
        MarkKind::ZeroWidth => format!("a character that is not seen (U+{code:04X}){place}"),
    }
}

/// As much of a part as a sentence bears.
fn short(text: &str) -> String {
    const MOST: usize = 60;
    let mut out: String = text.chars().take(MOST).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
