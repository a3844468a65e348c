//! What a difference is called, where it stands and in a few words.

use super::edits::Edit;
use super::{Mark, MarkKind, part};
use crate::letters::look_alike;

impl Edit {
    pub(super) fn mark(self, found: &str) -> Mark {
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

pub(super) fn say(kind: MarkKind, is: &str, put: &str, place: &str) -> String {
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
