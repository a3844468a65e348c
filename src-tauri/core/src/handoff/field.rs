//! One field of a portal's form, with what is entered there.

use crate::idp::{GuideValue, fill};
use std::collections::BTreeMap;

/// One field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The portal's label.
    pub label: String,
    /// What is done with it.
    pub entry: Entry,
}

/// What is done with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Chosen from what the portal offers.
    Choose(String),
    /// Its value is not known before AWS is set up.
    Later,
    /// Left as the words say.
    Leave(String),
    /// Pasted, byte for byte.
    Paste(String),
}

impl Field {
    /// A field of a guide with its values put in.
    pub(super) fn of(value: &GuideValue, values: &BTreeMap<&'static str, String>) -> Field {
        let filled = |text: &String, entry: fn(String) -> Entry| fill(text, values).map(entry);
        let entry = None
            .or_else(|| value.value.as_ref().map(|t| filled(t, Entry::Paste)))
            .or_else(|| value.choose.as_ref().map(|t| filled(t, Entry::Choose)))
            .or_else(|| value.leave.as_ref().map(|t| filled(t, Entry::Leave)))
            .flatten();
        Field {
            label: value.label.clone(),
            entry: entry.unwrap_or(Entry::Later),
        }
    }

    /// Whether somebody enters something.
    pub(super) fn is_entered(&self) -> bool {
        !matches!(self.entry, Entry::Leave(_))
    }
}
