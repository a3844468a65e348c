//! What an index holds: groups, data sources and documents.

use super::data_sources::DataSource;
use super::documents::Document;
use super::groups::Group;
use std::collections::{BTreeMap, BTreeSet};

/// The content of one index.
#[derive(Default)]
pub(crate) struct Store {
    /// By name and data source; an empty data source is the index itself.
    pub groups: BTreeMap<(String, String), Group>,
    pub data_sources: BTreeMap<String, DataSource>,
    pub documents: BTreeMap<String, Document>,
}

impl Store {
    /// Every group that one of these names belongs to, by itself or through a group inside a group.
    pub fn groups_of(&self, names: &BTreeSet<&str>) -> BTreeSet<&str> {
        let mut found: BTreeSet<&str> = BTreeSet::new();
        loop {
            let more: Vec<&str> = self
                .groups
                .iter()
                .filter(|((name, _), group)| {
                    !found.contains(name.as_str())
                        && group.is_in_force()
                        && (group.users.iter().any(|u| names.contains(u.as_str()))
                            || group.groups.iter().any(|g| found.contains(g.as_str())))
                })
                .map(|((name, _), _)| name.as_str())
                .collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more);
        }
    }
}
