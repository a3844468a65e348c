//! Characters that look like another or are not seen at all: what a value that was copied from a page or a
//! chat brings along, and what AWS, which compares byte for byte, takes for another value.

/// The Latin character that a reader takes this one for, and whose character it is.
pub(crate) fn look_alike(c: char) -> Option<(char, &'static str)> {
    const CYRILLIC: &str = "аaеeоoрpсcхxуyіiѕsјjһhԁdԛqԝwӏlкkтtмmвbнhАAВBЕEКKМMНHОOРPСCТTХXУYІIЅSЈJӀI";
    const GREEK: &str = "οoαaνvιiρpυuκkτtΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";
    const OTHER: &str = "ıiſs‐-‑-‒-–-—-−-⁄/∕/‚,․.ꓸ.∶:꞉:";
    let among = |pairs: &str| {
        let mut all = pairs.chars();
        while let (Some(alike), Some(latin)) = (all.next(), all.next()) {
            if alike == c {
                return Some(latin);
            }
        }
        None
    };
    if c.is_ascii() {
        return None;
    }
    // The full-width forms stand in the order of ASCII.
    if ('\u{ff01}'..='\u{ff5e}').contains(&c) {
        let ascii = char::from_u32(u32::from(c) - 0xfee0)?;
        return Some((ascii, "full-width"));
    }
    among(CYRILLIC)
        .map(|latin| (latin, "Cyrillic"))
        .or_else(|| among(GREEK).map(|latin| (latin, "Greek")))
        .or_else(|| among(OTHER).map(|latin| (latin, "another character,")))
}

/// Takes no room: zero-width, joiners, marks of direction, a soft hyphen, a byte order mark, control characters.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    ) || (c.is_control() && !c.is_whitespace())
}

/// A blank that is not the one of the space bar: no-break, narrow, ideographic and so on.
pub(crate) fn is_odd_blank(c: char) -> bool {
    c.is_whitespace() && !c.is_ascii()
}

/// A quotation mark of any kind, straight, typographic or backtick.
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`') || is_smart_quote(c)
}

/// A quotation mark that a word processor makes of a straight one.
pub(crate) fn is_smart_quote(c: char) -> bool {
    matches!(
        c,
        '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}' | '\u{2032}' | '\u{2033}'
    )
}

/// A blank of any kind, or what is not seen.
pub(crate) fn is_blank_or_unseen(c: char) -> bool {
    c.is_whitespace() || is_unseen(c)
}

/// The value without blanks and without what is not seen.
pub(crate) fn without_blanks(value: &str) -> String {
    value.chars().filter(|c| !is_blank_or_unseen(*c)).collect()
}

/// The value without blanks, without what is not seen and without quotation marks around it.
pub(crate) fn bare(value: &str) -> String {
    without_blanks(value).trim_matches(is_quote).to_owned()
}

/// Lower case, without blanks and without what is not seen, look-alike letters in Latin.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| !is_blank_or_unseen(*c))
        .map(|c| look_alike(c).map_or(c, |(latin, _)| latin))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_told_apart() {
        assert_eq!(look_alike('а'), Some(('a', "Cyrillic")));
        assert_eq!(look_alike('ο'), Some(('o', "Greek")));
        assert_eq!(look_alike('：'), Some((':', "full-width")));
        assert_eq!(look_alike('a'), None);
        assert_eq!(look_alike('ü'), None);
        assert_eq!(fold("Еm\u{200b}ａil\u{a0}"), "email");
        assert_eq!(bare(" “a,b” "), "a,b");
    }
}
