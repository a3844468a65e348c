//! Texts that somebody was shown: which sentences of a page mean something, and what of them may be kept.

use super::MAX_MESSAGE;
use crate::diagnose::{RuleId, words};
use crate::redact::without_people;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Sentences that say that something is wrong, and not yet what: the rules have those that do.
const GENERAL: [&str; 14] = [
    "permission needed",
    "permissions needed",
    "check your permissions",
    "invalid saml response",
    "having trouble signing you in",
    "in authnresponse",
    "required audience",
    "is not authorized to perform",
    "not authorized to perform sts:",
    "specified provider doesn't exist",
    "not assigned to",
    "request arn is invalid",
    "signature invalid",
    "must be redeemed within",
];

/// What the rules know texts by, and [`GENERAL`], in lower case.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let says = RuleId::ALL.iter().flat_map(|id| words(*id).says.iter());
    let all: BTreeSet<String> = says
        .map(|text| text.to_lowercase())
        .chain(GENERAL.iter().map(|t| (*t).to_owned()))
        // A short word stands in any page.
        .filter(|text| text.len() > 8)
        .collect();
    all.into_iter().collect()
});

/// Whether a text has a sentence that is known.
pub(super) fn is_known(text: &str) -> bool {
    let lower = text.to_lowercase();
    KNOWN.iter().any(|known| lower.contains(known.as_str()))
}

/// A text without the people in it and without the queries of its addresses, at most [`MAX_MESSAGE`] bytes.
pub(super) fn cleaned(text: &str) -> String {
    let mut kept = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let start = word.find("://").map_or(word.len(), |i| i + 3);
        match word.get(start..).and_then(|rest| rest.find(['?', '#'])) {
            Some(query) => {
                kept.push_str(word.get(..start + query).unwrap_or_default());
                kept.push_str(if word.ends_with(char::is_whitespace) {
                    "?… "
                } else {
                    "?…"
                });
            }
            None => kept.push_str(word),
        }
        if kept.len() > MAX_MESSAGE {
            break;
        }
    }
    let mut kept = without_people(kept.trim());
    let mut end = kept.len().min(MAX_MESSAGE);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    kept.truncate(end);
    kept
}

/// Every `AADSTS…` of a page with its sentence, wherever it stands: Entra has them in the script of the page.
pub(super) fn entra_errors(page: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("AADSTS") {
        let from = rest.get(at..).unwrap_or_default();
        rest = from.get("AADSTS".len()..).unwrap_or_default();
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let sentence: String = from.chars().take(600).collect();
        let sentence = sentence
            .replace("\\u0027", "'")
            .replace("\\u0022", "\u{201d}")
            .replace("\\/", "/");
        let ends = [
            "\"",
            "<",
            "\n",
            "\\r",
            "\\n",
            "Trace ID",
            "Correlation ID",
            "Timestamp",
        ];
        let end = ends.iter().filter_map(|end| sentence.find(end)).min();
        let sentence = sentence
            .get(..end.unwrap_or(sentence.len()))
            .unwrap_or_default()
            .trim();
        all.push(sentence.to_owned());
        if all.len() >= 8 {
            break;
        }
    }
    // A code that stands alone as well as with its sentence is one message.
    let longest = |code: &String| {
        !all.iter()
            .any(|o| o.len() > code.len() && o.starts_with(code.as_str()))
    };
    let mut kept: Vec<String> = all.iter().filter(|c| longest(c)).cloned().collect();
    kept.sort();
    kept.dedup();
    kept
}
