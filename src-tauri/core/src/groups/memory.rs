//! The memory of groups: what was put last, by name and digest. AWS gives no members back, so this is
//! all that a comparison can be made with.
//!
//! Intent is written for a batch before its first call, outcomes after. A group that has an intent and
//! no outcome is put again: PutGroup replaces, so twice is once.

use crate::journal::{IllegalEntry, entries};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Where groups are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Id of the set-up.
    pub setup: String,
    /// Id of its application.
    pub application: String,
    /// Id of its index.
    pub index: String,
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Event {
    /// A run starts. Groups of another index went with that index.
    Began { plan: String, place: Place },
    /// About to put these, name and digest, and to delete those.
    Intent {
        put: BTreeMap<String, String>,
        delete: BTreeSet<String>,
    },
    /// What came of it. A name that is in none of the lists is not known of.
    Outcome {
        put: BTreeSet<String>,
        deleted: BTreeSet<String>,
        /// Refused: as they were before.
        refused: BTreeSet<String>,
    },
    /// The run is over.
    Ended { finished: bool },
}

/// An act whose outcome is not written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// PutGroup of these members.
    Put(String),
    /// DeleteGroup.
    Delete,
}

/// What is known about one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Digest of what was put last; none where that never came to an answer.
    pub digest: Option<String>,
    /// What may or may not have happened since.
    pub pending: Option<Pending>,
    /// An earlier act that may or may not have happened: a refusal of the next one does not say which.
    doubtful: bool,
}

impl Held {
    fn intend(&mut self, act: Pending) {
        self.doubtful |= self.pending.is_some();
        self.pending = Some(act);
    }
}

/// Name → what is known: groups that were put by this program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    place: Option<Place>,
    groups: BTreeMap<String, Held>,
}

impl Memory {
    /// Replays the text of a journal.
    ///
    /// # Errors
    /// [`IllegalEntry`] names the line.
    pub fn replay(text: &str) -> Result<Memory, IllegalEntry> {
        let mut memory = Memory::default();
        for entry in entries::<Event>(text) {
            let (line, event) = entry?;
            memory.apply(&event).map_err(|why| IllegalEntry { line, why })?;
        }
        Ok(memory)
    }

    /// The one transition function.
    ///
    /// # Errors
    /// Why this event cannot follow.
    pub fn apply(&mut self, event: &Event) -> Result<(), String> {
        if self.place.is_none() && !matches!(event, Event::Began { .. }) {
            return Err("something was done before any run began: its first line is missing".into());
        }
        match event {
            Event::Began { place, .. } => {
                if self.place.as_ref().is_some_and(|p| p.setup != place.setup) {
                    return Err(format!(
                        "these are the groups of another set-up than {}",
                        place.setup
                    ));
                }
                if self.place.as_ref() != Some(place) {
                    self.groups.clear();
                    self.place = Some(place.clone());
                }
            }
            Event::Intent { put, delete } => {
                for (name, digest) in put {
                    let held = self.groups.entry(name.clone()).or_default();
                    held.intend(Pending::Put(digest.clone()));
                }
                for name in delete {
                    let held = self.groups.entry(name.clone()).or_default();
                    held.intend(Pending::Delete);
                }
            }
            Event::Outcome {
                put,
                deleted,
                refused,
            } => {
                for name in put {
                    let held = self.known(name)?;
                    let Some(Pending::Put(digest)) = held.pending.take() else {
                        return Err(format!("{name} was put without an intent"));
                    };
                    held.digest = Some(digest);
                    held.doubtful = false;
                }
                for name in deleted {
                    self.known(name)?;
                    self.groups.remove(name);
                }
                for name in refused {
                    let held = self.known(name)?;
                    if held.doubtful {
                        continue;
                    }
                    held.pending = None;
                    if held.digest.is_none() {
                        self.groups.remove(name);
                    }
                }
            }
            Event::Ended { .. } => {}
        }
        Ok(())
    }

    fn known(&mut self, name: &str) -> Result<&mut Held, String> {
        self.groups
            .get_mut(name)
            .ok_or_else(|| format!("{name} has an outcome without an intent"))
    }

    /// What is known about a group in this place.
    pub fn get(&self, place: &Place, name: &str) -> Option<&Held> {
        self.at(place).then(|| self.groups.get(name)).flatten()
    }

    /// All groups that were put in this place, by name.
    pub fn iter(&self, place: &Place) -> impl Iterator<Item = (&str, &Held)> {
        let here = self.at(place);
        self.groups
            .iter()
            .filter(move |_| here)
            .map(|(name, held)| (name.as_str(), held))
    }

    fn at(&self, place: &Place) -> bool {
        self.place.as_ref() == Some(place)
    }

    /// What a plan was made of: it fits only as long as nothing was put since.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}\n", self.place));
        for (name, held) in &self.groups {
            hash.update(format!("{}:{name}{held:?}\n", name.len()));
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, SCHEMA};

    fn place(index: &str) -> Place {
        Place {
            setup: "s".into(),
            application: "a".into(),
            index: index.into(),
        }
    }

    fn began(index: &str) -> Event {
        Event::Began {
            plan: "p".into(),
            place: place(index),
        }
    }

    fn intent(names: &[&str]) -> Event {
        Event::Intent {
            put: names
                .iter()
                .map(|n| ((*n).into(), format!("digest of {n}")))
                .collect(),
            delete: BTreeSet::new(),
        }
    }

    fn outcome(put: &[&str], deleted: &[&str], refused: &[&str]) -> Event {
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Event::Outcome {
            put: set(put),
            deleted: set(deleted),
            refused: set(refused),
        }
    }

    fn replay(events: &[Event]) -> Result<Memory, IllegalEntry> {
        let lines = events.iter().map(|event| {
            let entry = Entry {
                schema: SCHEMA,
                at: "2026-11-22T16:00:00Z".into(),
                event: event.clone(),
            };
            serde_json::to_string(&entry).expect("an entry") + "\n"
        });
        Memory::replay(&lines.collect::<String>())
    }

    #[test]
    fn what_has_no_outcome_is_pending() {
        let memory =
            replay(&[began("i"), intent(&["a", "b", "c"]), outcome(&["a"], &[], &["c"])]).expect("whole");
        let get = |name| memory.get(&place("i"), name);
        assert_eq!(get("a").and_then(|h| h.digest.as_deref()), Some("digest of a"));
        assert_eq!(
            get("b").and_then(|h| h.pending.clone()),
            Some(Pending::Put("digest of b".into()))
        );
        assert_eq!(get("c"), None);
        assert_eq!(memory.iter(&place("j")).count(), 0);
    }

    #[test]
    fn a_refusal_does_not_say_what_became_of_the_act_before() {
        let before = [
            began("i"),
            intent(&["a"]),
            outcome(&["a"], &[], &[]),
            intent(&["a"]),
        ];
        let pending = |more: &[Event]| {
            let memory = replay(&[&before[..], more].concat()).expect("whole");
            memory.get(&place("i"), "a").is_some_and(|h| h.pending.is_some())
        };
        assert!(pending(&[]));
        assert!(!pending(&[outcome(&[], &[], &["a"])]));
        assert!(pending(&[intent(&["a"]), outcome(&[], &[], &["a"])]));
        assert!(!pending(&[intent(&["a"]), outcome(&["a"], &[], &[])]));
    }

    #[test]
    fn groups_go_with_their_index() {
        let memory =
            replay(&[began("i"), intent(&["a"]), outcome(&["a"], &[], &[]), began("j")]).expect("whole");
        assert_eq!(memory.iter(&place("j")).count(), 0);
        assert_eq!(memory.iter(&place("i")).count(), 0);
    }

    #[test]
    fn what_cannot_follow_is_named() {
        for (events, line) in [
            (vec![intent(&["a"])], 1),
            (vec![began("i"), outcome(&["a"], &[], &[])], 2),
            (
                vec![
                    began("i"),
                    intent(&["a"]),
                    outcome(&["a"], &[], &[]),
                    outcome(&["a"], &[], &[]),
                ],
                4,
            ),
        ] {
            assert_eq!(replay(&events).map_err(|e| e.line), Err(line), "{events:?}");
        }
    }
}
