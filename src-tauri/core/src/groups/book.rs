//! The journal of a run: intent for a batch before its first call, outcomes as soon as there are as
//! many. What was called and not written down is put again by the next run.

use super::memory::{Event, Memory};
use crate::journal::Journal;
use std::collections::{BTreeMap, BTreeSet};

/// Groups in one entry: few enough to be put again, many enough that the disk is not waited for.
pub(super) const BATCH: usize = 100;

/// One group to put or to delete.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub name: &'a str,
    /// None: delete it.
    pub digest: Option<&'a str>,
    pub tries: u32,
}

/// The journal and what follows from it.
pub(super) struct Book<'a> {
    memory: &'a mut Memory,
    journal: &'a mut dyn Journal<Event>,
    pub put: BTreeSet<String>,
    pub deleted: BTreeSet<String>,
    pub refused: BTreeSet<String>,
}

impl<'a> Book<'a> {
    pub fn new(memory: &'a mut Memory, journal: &'a mut dyn Journal<Event>) -> Book<'a> {
        Book {
            memory,
            journal,
            put: BTreeSet::new(),
            deleted: BTreeSet::new(),
            refused: BTreeSet::new(),
        }
    }

    pub fn write(&mut self, event: Event) -> Result<(), String> {
        self.journal.append(&event)?;
        self.memory.apply(&event)
    }

    pub fn intend(&mut self, batch: &[Task<'_>]) -> Result<(), String> {
        let put: BTreeMap<String, String> = batch
            .iter()
            .filter_map(|t| Some((t.name.to_owned(), t.digest?.to_owned())))
            .collect();
        let delete = batch
            .iter()
            .filter(|t| t.digest.is_none())
            .map(|t| t.name.to_owned())
            .collect();
        self.write(Event::Intent { put, delete })
    }

    /// Writes outcomes once there are as many as in a batch, or all of them.
    pub fn flush(&mut self, all: bool) -> Result<(), String> {
        let held = self.put.len() + self.deleted.len() + self.refused.len();
        if held == 0 || (held < BATCH && !all) {
            return Ok(());
        }
        let event = Event::Outcome {
            put: std::mem::take(&mut self.put),
            deleted: std::mem::take(&mut self.deleted),
            refused: std::mem::take(&mut self.refused),
        };
        self.write(event)
    }
}
