//! The cheapest way from one value to the other, letter by letter, and what kind each change is.

use super::{MarkKind, part};
use crate::letters::{is_odd_blank, is_quote, is_smart_quote, is_unseen, look_alike};
use std::ops::Range;

/// Above this many comparisons the middle of two values is taken as one difference.
const MOST_COMPARISONS: usize = 250_000;

/// One change of the value that was found.
pub(super) struct Edit {
    pub at: Range<usize>,
    pub put: String,
    pub kind: MarkKind,
}

#[derive(Clone, Copy)]
enum Step {
    Same,
    Swap(char, char),
    Missing(char),
    Extra(char),
}

/// The cheapest way from `found` to `expected`, as edits; `base` is where `found` stands in the whole value.
pub(super) fn compare(expected: &str, found: &str, base: usize, edits: &mut Vec<Edit>) {
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
pub(super) fn joined(edits: Vec<Edit>) -> Vec<Edit> {
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
