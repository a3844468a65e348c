//! The little markup of the guides, `**bold**` and `` `code` ``, as spans that a template escapes.

/// A piece of text of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Stressed.
    pub(super) bold: bool,
    /// Verbatim.
    pub(super) code: bool,
    /// The text.
    pub(super) text: String,
}

/// The spans of a text; code may stand within bold, a mark without its partner ends with the text.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut all = Vec::new();
    for (i, part) in text.split("**").enumerate() {
        for (j, piece) in part.split('`').enumerate().filter(|(_, p)| !p.is_empty()) {
            all.push(Span {
                bold: i % 2 == 1,
                code: j % 2 == 1,
                text: piece.to_owned(),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, and its spans as letters: b bold, c code, x both, t plain.
    fn check(text: &str, kinds: &str, plain: &str) {
        let all = spans(text);
        let found: String = all
            .iter()
            .map(|s| match (s.bold, s.code) {
                (false, false) => 't',
                (true, false) => 'b',
                (false, true) => 'c',
                (true, true) => 'x',
            })
            .collect();
        assert_eq!(found, kinds, "{text}");
        assert_eq!(all.into_iter().map(|s| s.text).collect::<String>(), plain);
    }

    #[test]
    fn marks_become_spans() {
        check("", "", "");
        check("plain", "t", "plain");
        check("a **b** `c`", "tbtc", "a b c");
        check("**Guests: `user.upn`** not", "bxt", "Guests: user.upn not");
        check("`<b>` & **", "ct", "<b> & ");
        check("`_+=,.@-` here", "ct", "_+=,.@- here");
    }
}
