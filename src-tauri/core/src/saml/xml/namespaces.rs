//! Which prefix stands for which namespace, element by element. Looks at attributes without
//! allocating, because a federation's metadata has millions of them.

use super::Ns;

/// Declarations in force at once; SAML needs about ten, and looking one up takes as long as there are.
const MOST: usize = 256;

/// The declarations that are in force.
#[derive(Default)]
pub(super) struct Namespaces {
    /// Depth of the declaring element, prefix, namespace; the innermost last.
    bound: Vec<(usize, Box<str>, Ns)>,
}

impl Namespaces {
    /// Takes in the declarations of an element at `depth`, then checks that every prefix of its
    /// attributes is declared.
    pub(super) fn open(&mut self, depth: usize, attributes: &str) -> Result<(), String> {
        let mut prefixed = false;
        for_each(attributes, |name, value| {
            if let Some(declared) = name.strip_prefix("xmlns") {
                let prefix = declared.strip_prefix(':').unwrap_or(declared);
                if self.bound.len() >= MOST {
                    return Err(format!("more than {MOST} namespaces are declared"));
                }
                self.bound.push((depth, prefix.into(), Ns::of_uri(value)));
            } else {
                prefixed |= name.contains(':');
            }
            Ok(())
        })?;
        if prefixed {
            for_each(attributes, |name, _| match name.split_once(':') {
                Some((prefix, _)) if prefix != "xmlns" => self.resolve(Some(prefix)).map(|_| ()),
                _ => Ok(()),
            })?;
        }
        Ok(())
    }

    /// Forgets the declarations of the element at `depth`.
    pub(super) fn close(&mut self, depth: usize) {
        while self.bound.last().is_some_and(|(at, ..)| *at >= depth) {
            self.bound.pop();
        }
    }

    /// The namespace of an element's prefix.
    pub(super) fn resolve(&self, prefix: Option<&str>) -> Result<Ns, String> {
        let wanted = prefix.unwrap_or_default();
        match self.bound.iter().rev().find(|(_, p, _)| **p == *wanted) {
            Some((_, _, ns)) => Ok(*ns),
            None if wanted.is_empty() || wanted == "xml" => Ok(Ns::Other),
            None => Err(format!("the prefix “{wanted}” is not declared")),
        }
    }
}

/// Calls `act` with the name and the raw value of each attribute.
fn for_each(attributes: &str, mut act: impl FnMut(&str, &str) -> Result<(), String>) -> Result<(), String> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let malformed = || "an attribute has no quoted value".to_owned();
        let (name, after) = rest.split_once('=').ok_or_else(malformed)?;
        let after = after.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|q| matches!(q, '"' | '\''))
            .ok_or_else(malformed)?;
        let (value, next) = after
            .get(1..)
            .and_then(|v| v.split_once(quote))
            .ok_or_else(malformed)?;
        act(name.trim(), value)?;
        rest = next.trim_start();
    }
    Ok(())
}
