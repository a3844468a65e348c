//! Which prefix stands for which namespace, element by element.

use super::{Ns, attributes};

/// Declarations in force at once; SAML needs about ten, and looking one up takes as long as there are.
pub(crate) const MOST_DECLARATIONS: usize = 256;

/// Attributes of one element; each is compared with those before it.
pub(crate) const MOST_ATTRIBUTES: usize = 256;

/// The declarations that are in force.
#[derive(Default)]
pub(super) struct Namespaces {
    /// Depth of the declaring element, prefix, namespace; the innermost last.
    bound: Vec<(usize, Box<str>, Ns)>,
    /// Where the attribute names of the element at hand lie; kept for its memory.
    names: Vec<(usize, usize)>,
}

impl Namespaces {
    /// Takes in the declarations of an element at `depth`, then checks that no attribute stands
    /// twice and that every prefix of an attribute is declared.
    pub(super) fn open(&mut self, depth: usize, list: &str) -> Result<(), String> {
        if list.is_empty() {
            return Ok(());
        }
        self.names.clear();
        let mut prefixed = false;
        let mut at = 0;
        while let Some(found) = attributes::next(list, &mut at)? {
            let name = found.name;
            if self.names.len() >= MOST_ATTRIBUTES {
                return Err(format!("an element has more than {MOST_ATTRIBUTES} attributes"));
            }
            if self
                .names
                .iter()
                .any(|(from, to)| list.get(*from..*to) == Some(name))
            {
                return Err(format!(
                    "the attribute “{}” stands twice in one element",
                    short(name)
                ));
            }
            self.names.push((found.at, found.at + name.len()));
            let declared = match name.strip_prefix("xmlns") {
                Some("") => Some(""),
                Some(rest) => rest.strip_prefix(':'),
                None => None,
            };
            if let Some(prefix) = declared {
                if self.bound.len() >= MOST_DECLARATIONS {
                    return Err(format!("more than {MOST_DECLARATIONS} namespaces are declared"));
                }
                // References are resolved first, as every other reader of the document does.
                let uri = attributes::normalized(found.value).map_err(|e| e.to_string())?;
                self.bound.push((depth, prefix.into(), Ns::of_uri(&uri)));
            } else {
                prefixed |= name.as_bytes().contains(&b':');
            }
        }
        if prefixed {
            for (from, to) in &self.names {
                match list.get(*from..*to).and_then(|name| name.split_once(':')) {
                    Some((prefix, _)) if prefix != "xmlns" => self.resolve(prefix).map(|_| ())?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Forgets the declarations of the element at `depth`.
    pub(super) fn close(&mut self, depth: usize) {
        while self.bound.last().is_some_and(|(at, ..)| *at >= depth) {
            self.bound.pop();
        }
    }

    /// The namespace of an element's prefix; empty where it has none.
    pub(super) fn resolve(&self, wanted: &str) -> Result<Ns, String> {
        match self.bound.iter().rev().find(|(_, p, _)| **p == *wanted) {
            Some((_, _, ns)) => Ok(*ns),
            None if wanted.is_empty() || wanted == "xml" => Ok(Ns::Other),
            None => Err(format!("the prefix “{}” is not declared", short(wanted))),
        }
    }
}

/// Enough of a name to find it; one of a megabyte belongs in no message.
fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
