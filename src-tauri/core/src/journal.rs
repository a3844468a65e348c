//! The memory of a run: intent before the act, outcome after it. Resuming is replaying.
//!
//! One function, [`Bindings::apply`], owns the legal moves; what exists, what is half-done and who
//! made it all follow from the entries. No entry holds a secret. Entry, [`Journal`] and [`entries`] are
//! for other memories as well: that of groups has events of its own.

use crate::resource::{Address, CloudError, CloudErrorKind, Output, PhysicalId};
use crate::setup::World;
use crate::value::{AccountId, Region, WebExperienceUrl};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The schema this program writes and reads.
pub const SCHEMA: u32 = 1;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry<E = Event> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// When, as SAML writes it.
    pub at: String,
    /// What.
    pub event: E,
}

/// What is being done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Make it.
    Create,
    /// Remove it.
    Delete,
    /// Change it.
    Update,
}

/// How a resource came to be ours to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was there; the administrator handed it to this set-up. Never deleted by us.
    Adopted,
    /// We made it.
    Created,
    /// Another set-up uses it too. Never deleted by us.
    Shared,
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the variants say what each field is of")]
pub enum Event {
    /// A run starts; it may only touch this account, region and world.
    Began {
        plan: String,
        setup: String,
        account: AccountId,
        region: Region,
        world: World,
        #[serde(default)]
        endpoint: Option<String>,
    },
    /// About to act. `token` is AWS's idempotency token where it takes one.
    Intent {
        address: Address,
        act: Act,
        token: String,
    },
    /// AWS took it and gave it an id; it may still be on its way.
    Accepted { address: Address, id: PhysicalId },
    /// It is usable.
    Settled {
        address: Address,
        outputs: BTreeMap<Output, String>,
    },
    /// The act failed.
    Failed { address: Address, error: CloudError },
    /// It is gone.
    Released { address: Address },
    /// It was there before: the administrator's separate, confirmed act, or a lost binding found by our tag.
    Bound {
        address: Address,
        id: PhysicalId,
        origin: Origin,
        outputs: BTreeMap<Output, String>,
    },
    /// The run is over.
    Ended { finished: bool },
}

/// What is known about one address.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// None between intent and answer.
    pub id: Option<PhysicalId>,
    /// Ours or another's.
    pub origin: Origin,
    /// What others take from it, once it settled.
    pub outputs: BTreeMap<Output, String>,
    /// An act whose outcome was not written down, with its token: the process died in between.
    pub pending: Option<(Act, String)>,
}

/// Where resources are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Id of the set-up they belong to.
    pub setup: String,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Region,
    /// Live or practice.
    pub world: World,
    /// A stand-in for AWS on this machine, if that is where they are.
    pub endpoint: Option<String>,
}

/// Address → what is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bindings {
    /// Where these resources are; none before the first run.
    pub place: Option<Place>,
    all: BTreeMap<Address, Binding>,
}

/// An entry that cannot follow those before it: the file was changed by hand, or belongs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalEntry {
    /// Line in the journal, from 1; 0 for an entry that is not written yet.
    pub line: usize,
    /// What does not fit.
    pub why: String,
}

impl fmt::Display for IllegalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "journal line {}: {}. Nothing was changed; compare the journal with a backup.",
            self.line, self.why
        )
    }
}

impl std::error::Error for IllegalEntry {}

/// The events of a journal's text with their lines, from 1. A last line without its line break is a
/// write that the machine's death cut short: it is not there.
///
/// # Errors
/// [`IllegalEntry`] for a line that is no entry, or of another schema.
pub fn entries<E: DeserializeOwned>(text: &str) -> impl Iterator<Item = Result<(usize, E), IllegalEntry>> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().enumerate().map(|(i, line)| {
        let illegal = |why: String| IllegalEntry { line: i + 1, why };
        let entry: Entry<E> = serde_json::from_str(line).map_err(|e| illegal(e.to_string()))?;
        if entry.schema != SCHEMA {
            return Err(illegal(format!(
                "schema {} of another Claimbridge; this one reads {SCHEMA}",
                entry.schema
            )));
        }
        Ok((i + 1, entry.event))
    })
}

impl Bindings {
    /// Replays a journal's text.
    ///
    /// # Errors
    /// [`IllegalEntry`] names the line.
    pub fn replay(text: &str) -> Result<Bindings, IllegalEntry> {
        let mut bindings = Bindings::default();
        for entry in entries::<Event>(text) {
            let (line, event) = entry?;
            bindings.apply(&event).map_err(|why| IllegalEntry { line, why })?;
        }
        Ok(bindings)
    }

    /// The one transition function.
    ///
    /// # Errors
    /// Why this event cannot follow.
    pub fn apply(&mut self, event: &Event) -> Result<(), String> {
        let of_a_run = !matches!(event, Event::Began { .. } | Event::Ended { .. });
        if of_a_run && self.place.is_none() {
            return Err("something was done before any run began: its first line is missing".into());
        }
        match event {
            Event::Began {
                setup,
                account,
                region,
                world,
                endpoint,
                ..
            } => {
                let place = Place {
                    setup: setup.clone(),
                    account: account.clone(),
                    region: *region,
                    world: *world,
                    // In the spelling of a connection.
                    endpoint: endpoint.as_ref().map(|e| e.trim_end_matches('/').to_owned()),
                };
                if self.all.is_empty() {
                    self.place = Some(place);
                } else if self.place.as_ref() != Some(&place) {
                    return Err(format!(
                        "the resources of this set-up are in another place than account {account}, region {region}"
                    ));
                }
            }
            Event::Intent { address, act, token } => {
                let binding = self.all.entry(*address).or_insert_with(|| Binding {
                    id: None,
                    origin: Origin::Created,
                    outputs: BTreeMap::new(),
                    pending: None,
                });
                if *act != Act::Create && binding.id.is_none() {
                    return Err(format!("{address} is to be changed, but was never made"));
                }
                if *act == Act::Create {
                    // What had this id is gone, or nothing would be created: should the answer be lost,
                    // the new one is looked for by its tag and not taken for a stranger.
                    binding.id = None;
                    binding.outputs.clear();
                    binding.origin = Origin::Created;
                }
                binding.pending = Some((*act, token.clone()));
            }
            Event::Accepted { address, id } => {
                let binding = self.known(*address)?;
                binding.id = Some(id.clone());
            }
            Event::Settled { address, outputs } => {
                let binding = self.known(*address)?;
                if binding.id.is_none() {
                    return Err(format!("{address} settled without an id"));
                }
                binding.outputs = outputs.clone();
                binding.pending = None;
            }
            Event::Failed { address, error } => {
                // Without an intent nothing was sent.
                if let Some(binding) = self.all.get_mut(address)
                    && error.kind != CloudErrorKind::OutcomeUnknown
                {
                    binding.pending = None;
                    if binding.id.is_none() {
                        self.all.remove(address);
                    }
                }
            }
            Event::Released { address } => {
                self.known(*address)?;
                self.all.remove(address);
                self.all.retain(|a, _| a.parent() != Some(*address));
            }
            Event::Bound {
                address,
                id,
                origin,
                outputs,
            } => {
                self.all.insert(
                    *address,
                    Binding {
                        id: Some(id.clone()),
                        origin: *origin,
                        outputs: outputs.clone(),
                        pending: None,
                    },
                );
            }
            Event::Ended { .. } => {}
        }
        Ok(())
    }

    fn known(&mut self, address: Address) -> Result<&mut Binding, String> {
        self.all
            .get_mut(&address)
            .ok_or_else(|| format!("{address} has an outcome without an intent"))
    }

    /// What is known about an address.
    pub fn get(&self, address: Address) -> Option<&Binding> {
        self.all.get(&address)
    }

    /// All, by address.
    pub fn iter(&self) -> impl Iterator<Item = (Address, &Binding)> {
        self.all.iter().map(|(a, b)| (*a, b))
    }

    /// Nothing is bound: never run, or everything removed.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What a plan was made of: it fits only as long as nothing was made or lost since.
    pub fn fingerprint(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for (address, binding) in &self.all {
            let id = binding.id.as_ref().map(|i| i.0.as_str()).unwrap_or_default();
            hash.update(format!("{address}\n{id}\n{:?}\n", binding.pending));
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether a secret's version was written, or may have been: it is of one value for ever.
    pub fn wrote_version(&self, version: &str) -> bool {
        self.get(Address::Secret).is_some_and(|b| {
            let pending = b.pending.as_ref().is_some_and(|(_, token)| token == version);
            pending || b.outputs.get(&Output::Version).is_some_and(|v| v == version)
        })
    }

    /// The web experience's origin, once it is known.
    pub fn web_experience(&self) -> Option<WebExperienceUrl> {
        let outputs = &self.get(Address::WebExperience)?.outputs;
        WebExperienceUrl::parse(outputs.get(&Output::Endpoint)?).ok()
    }

    /// Every output that is known.
    pub fn outputs(&self) -> BTreeMap<(Address, Output), String> {
        self.all
            .iter()
            .flat_map(|(a, b)| b.outputs.iter().map(move |(o, v)| ((*a, *o), v.clone())))
            .collect()
    }
}

/// Where entries go. An entry is durable when `append` returns.
pub trait Journal<E = Event>: Send {
    /// Writes one entry.
    ///
    /// # Errors
    /// Why it could not be written; the engine then stops before it acts.
    fn append(&mut self, event: &E) -> Result<(), String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Event) -> String {
        let entry = Entry {
            schema: SCHEMA,
            at: "2026-11-22T16:00:00Z".into(),
            event: event.clone(),
        };
        serde_json::to_string(&entry).expect("an entry") + "\n"
    }

    #[test]
    fn a_cut_last_line_is_not_there() {
        let intent = line(&Event::Intent {
            address: Address::Role,
            act: Act::Create,
            token: "t".into(),
        });
        let half = &intent[..intent.len() / 2];
        let began = line(&Event::Began {
            plan: "p".into(),
            setup: "s".into(),
            account: AccountId::parse("123456789012").expect("an account"),
            region: Region::UsEast1,
            world: World::Live,
            endpoint: None,
        });
        assert_eq!(Bindings::replay(&intent).map_err(|e| e.line), Err(1));
        let bindings = Bindings::replay(&format!("{began}{intent}{half}")).expect("a journal");
        assert_eq!(
            bindings.get(Address::Role).and_then(|b| b.pending.clone()),
            Some((Act::Create, "t".into()))
        );
    }

    #[test]
    fn an_outcome_needs_an_intent() {
        let settled = line(&Event::Settled {
            address: Address::Role,
            outputs: BTreeMap::new(),
        });
        assert_eq!(Bindings::replay(&settled).map_err(|e| e.line), Err(1));
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let newer = line(&Event::Ended { finished: true }).replace("\"schema\":1", "\"schema\":2");
        assert!(Bindings::replay(&newer).is_err());
    }
}
