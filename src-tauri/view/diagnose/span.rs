//! A value in pieces, of which those are marked where it differs: seen, and said to whoever listens.

use super::SpanView;
use claimbridge_core::diagnose::mark::{Mark, marks};

/// Said of what stands on the expected side.
const WANTED: &str = "expected here";
/// Said of a part that is another one.
const OTHER: &str = "another part";
/// Characters that two values have in common at one place, for a comparison to tell something.
const IN_COMMON: usize = 4;

impl SpanView {
    /// Expected and found, with the spots where they differ; whole where they have nothing in common.
    pub fn pair(expected: &str, found: &str) -> (Vec<SpanView>, Vec<SpanView>) {
        if expected.is_empty() || found.is_empty() {
            return (whole(expected), whole(found));
        }
        let marks = marks(expected, found);
        if !is_comparable(found, &marks) {
            return (whole(expected), whole(found));
        }
        let (mut wanted, mut there) = (Vec::new(), Vec::new());
        let mut at = 0;
        for mark in &joined(found, marks) {
            let same = found.get(at..mark.start).unwrap_or_default();
            let off = found.get(mark.start..mark.end).unwrap_or_default();
            wanted.extend(plain(same));
            there.extend(plain(same));
            if !mark.put.is_empty() {
                wanted.push(marked(&mark.put, WANTED));
            }
            // A gap has a width, so that it can be seen.
            there.push(marked(if off.is_empty() { "‸" } else { off }, &mark.say));
            at = mark.end;
        }
        let rest = found.get(at..).unwrap_or_default();
        wanted.extend(plain(rest));
        there.extend(plain(rest));
        (wanted, there)
    }
}

/// A few letters that two different parts happen to share make them no less different: the marks on both sides
/// of them are one.
fn joined(found: &str, marks: Vec<Mark>) -> Vec<Mark> {
    let mut out: Vec<Mark> = Vec::new();
    for mark in marks {
        let between = out.last().and_then(|last| found.get(last.end..mark.start));
        match (out.last_mut(), between) {
            (Some(last), Some(same))
                if same.chars().count() < IN_COMMON
                    && !last.kind.is_hard_to_see()
                    && !mark.kind.is_hard_to_see() =>
            {
                last.put.push_str(same);
                last.put.push_str(&mark.put);
                last.end = mark.end;
                last.say = OTHER.to_owned();
            }
            _ => out.push(mark),
        }
    }
    out
}

/// Two values of one kind are compared letter by letter; a rule in words is not.
fn is_comparable(found: &str, marks: &[Mark]) -> bool {
    let starts = std::iter::once(0).chain(marks.iter().map(|m| m.end));
    let ends = marks.iter().map(|m| m.start).chain([found.len()]);
    let longest = starts
        .zip(ends)
        .filter_map(|(from, to)| Some(found.get(from..to)?.chars().count()))
        .max();
    let hidden = !marks.is_empty() && marks.iter().all(|m| m.kind.is_hard_to_see());
    hidden || longest.is_some_and(|n| n >= IN_COMMON)
}

fn plain(text: &str) -> Option<SpanView> {
    (!text.is_empty()).then(|| SpanView {
        text: text.to_owned(),
        spoken: None,
    })
}

fn whole(text: &str) -> Vec<SpanView> {
    plain(text).into_iter().collect()
}

fn marked(text: &str, spoken: &str) -> SpanView {
    SpanView {
        text: text.chars().map(visible).collect(),
        spoken: Some(spoken.to_owned()),
    }
}

/// Characters that nobody sees get a form that everybody sees.
fn visible(c: char) -> char {
    match c {
        ' ' => '␣',
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => '⍽',
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => '↵',
        '\t' => '⇥',
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '◌',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, found: &str, wanted: &str, there: &str) {
        let shown = |spans: Vec<SpanView>| -> String {
            spans
                .iter()
                .map(|s| match s.spoken {
                    Some(_) => format!("[{}]", s.text),
                    None => s.text.clone(),
                })
                .collect()
        };
        let (a, b) = SpanView::pair(expected, found);
        assert_eq!((shown(a), shown(b)), (wanted.to_owned(), there.to_owned()));
    }

    #[test]
    fn what_differs_is_marked_and_can_be_seen() {
        check(
            "https://a.example/saml",
            "https://a.example//saml",
            "https://a.example/saml",
            "https://a.example/[/]saml",
        );
        check(
            "alice@a.example",
            "alice@a.example ",
            "alice@a.example",
            "alice@a.example[␣]",
        );
        check("role,idp", "role,\u{200b}idp", "role,idp", "role,[◌]idp");
        check(
            "https://a.example",
            "http://a.example",
            "http[s]://a.example",
            "http[‸]://a.example",
        );
    }

    #[test]
    fn two_addresses_that_share_letters_by_chance_are_marked_whole() {
        check(
            "https://abc.chat.on.aws/saml",
            "https://sampleurl.com",
            "https://[abc.chat.on.aws/saml]",
            "https://[sampleurl.com]",
        );
    }

    #[test]
    fn a_rule_in_words_is_not_compared() {
        check("64 characters at most", "zz", "64 characters at most", "zz");
        check("", "x", "", "x");
    }
}
