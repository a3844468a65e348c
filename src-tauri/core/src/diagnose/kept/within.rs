//! Values that were replaced, found again in a text: the longest at each place, in one pass however many there are.

use std::collections::BTreeMap;

/// Values and what stands for them.
pub(super) struct Within {
    /// In the order of their bytes.
    values: Vec<Value>,
}

struct Value {
    text: String,
    other: String,
    /// The longest value that this one begins with.
    shorter: Option<usize>,
}

impl Within {
    /// Prepares `values`, each with what stands for it.
    pub fn new(values: &BTreeMap<String, String>) -> Within {
        let mut sorted: Vec<Value> = Vec::with_capacity(values.len());
        // In this order, whatever a value begins with stands before it, and nothing else between.
        let mut open: Vec<usize> = Vec::new();
        for (at, (text, other)) in values.iter().filter(|(text, _)| !text.is_empty()).enumerate() {
            while open.last().is_some_and(|i| !text.starts_with(&sorted[*i].text)) {
                open.pop();
            }
            sorted.push(Value {
                text: text.clone(),
                other: other.clone(),
                shorter: open.last().copied(),
            });
            open.push(at);
        }
        Within { values: sorted }
    }

    /// The text with every value replaced.
    pub fn replaced(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let taken = match self.longest(rest) {
                Some(value) => {
                    out.push_str(&value.other);
                    value.text.len()
                }
                None => {
                    out.push(first);
                    first.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }

    /// The longest value that a text begins with: that before it in the order, or one that this begins with.
    fn longest(&self, text: &str) -> Option<&Value> {
        let after = self.values.partition_point(|v| v.text.as_str() <= text);
        let mut value = self.values.get(after.checked_sub(1)?)?;
        let same = value
            .text
            .bytes()
            .zip(text.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        while value.text.len() > same {
            value = self.values.get(value.shorter?)?;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Within {
        let values = values.iter().map(|v| ((*v).to_owned(), format!("<{v}>")));
        Within::new(&values.collect())
    }

    #[test]
    fn the_longest_value_is_found_at_each_place() {
        let check = |values: &[&str], text: &str, expected: &str| {
            assert_eq!(of(values).replaced(text), expected, "{values:?} {text}");
        };
        check(&[], "alice", "alice");
        check(
            &["alice", "alice@x"],
            "alice, alice@x, alic",
            "<alice>, <alice@x>, alic",
        );
        check(&["ab", "abcde", "abd"], "abcd abd abcde", "<ab>cd <abd> <abcde>");
        check(&["a", "ab0", "aab0", "aaab0"], "aaab1", "<a><a><a>b1");
        check(&["René", "Ren"], "René Rena", "<René> <Ren>a");
    }
}
