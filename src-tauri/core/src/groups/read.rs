//! A file of groups, CSV or JSON, read whole or not at all.
//!
//! Every string is kept once; a membership is two numbers.

use super::{LONGEST_FILE, MOST_ROWS, csv, json};
use crate::table::{self, NotATable};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Faults that are kept with their line; the rest is counted.
const KEPT_FAULTS: usize = 100;

/// What a file says: groups with their members, as typed, in its order.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    words: Vec<Arc<str>>,
    groups: Vec<Group>,
}

/// One group of a [`Roster`]; numbers are of its words.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub name: u32,
    /// Where the group is named first.
    pub line: u32,
    pub members: Vec<Member>,
    /// The line of a second definition, where a format defines a group only once.
    pub again: Option<u32>,
}

/// One membership.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub word: u32,
    pub line: u32,
    pub is_group: bool,
}

impl Roster {
    /// Reads CSV or JSON, told apart by content.
    ///
    /// CSV has a line of column names first: a group, and a member or several in one field separated by
    /// semicolons; a type (user or group) may follow. Commas, semicolons and tabs separate. JSON is
    /// `[{"name": …, "members": […], "groups": […]}]`, or that under `"groups"`.
    ///
    /// # Errors
    /// [`Unreadable`]: nothing is taken then.
    pub fn read(bytes: &[u8]) -> Result<Roster, Unreadable> {
        let text = text(bytes)?;
        let mut building = Building::default();
        if text.trim_start().starts_with(['[', '{']) {
            json::read(text, &mut building)?;
        } else {
            csv::read(text, &mut building)?;
        }
        building.finish()
    }

    /// How many groups.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether it names no group.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// How many memberships, repeated ones included.
    pub fn memberships(&self) -> usize {
        self.groups.iter().map(|g| g.members.len()).sum()
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn word(&self, number: u32) -> &str {
        &self.words[number as usize]
    }

    pub(super) fn words(&self) -> &[Arc<str>] {
        &self.words
    }

    pub(super) fn into_words(self) -> Vec<Arc<str>> {
        self.words
    }
}

/// Text of a file that is neither too long nor something else than text.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    Ok(table::text(bytes, LONGEST_FILE)?)
}

impl From<NotATable> for Unreadable {
    fn from(why: NotATable) -> Unreadable {
        match why {
            NotATable::Empty => Unreadable::Empty,
            NotATable::Kind(kind) => Unreadable::Kind(kind),
            NotATable::NotUtf8 { line } => Unreadable::NotUtf8 { line },
            NotATable::TooLong { bytes } => Unreadable::TooLong { bytes },
        }
    }
}

/// A roster that is being read, with what is wrong in it.
#[derive(Default)]
pub(super) struct Building {
    roster: Roster,
    known: HashMap<Arc<str>, u32>,
    /// Word of a name → place in the groups.
    places: HashMap<u32, usize>,
    memberships: usize,
    faults: Vec<Fault>,
    count: usize,
}

impl Building {
    pub(super) fn fault(&mut self, line: u64, kind: FaultKind) {
        self.count += 1;
        if self.faults.len() < KEPT_FAULTS {
            self.faults.push(Fault { line, kind });
        }
    }

    fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let word: Arc<str> = text.into();
        // At most MOST_ROWS memberships and as many names: far below 2³².
        let number = u32::try_from(self.roster.words.len()).unwrap_or(u32::MAX);
        self.roster.words.push(word.clone());
        self.known.insert(word, number);
        number
    }

    /// The place of a group; made where it is not there.
    pub(super) fn group(&mut self, name: &str, line: u64) -> usize {
        let word = self.intern(name);
        if let Some(place) = self.places.get(&word) {
            return *place;
        }
        let place = self.roster.groups.len();
        self.places.insert(word, place);
        self.roster.groups.push(Group {
            name: word,
            line: narrow(line),
            members: Vec::new(),
            again: None,
        });
        place
    }

    /// As [`Building::group`], for a format that defines each group once.
    pub(super) fn define(&mut self, name: &str, line: u64) -> usize {
        let before = self.roster.groups.len();
        let place = self.group(name, line);
        if place < before {
            self.roster.groups[place].again.get_or_insert(narrow(line));
        }
        place
    }

    /// Adds a member.
    ///
    /// # Errors
    /// [`Unreadable::TooMany`].
    pub(super) fn member(
        &mut self,
        place: usize,
        member: &str,
        is_group: bool,
        line: u64,
    ) -> Result<(), Unreadable> {
        self.memberships += 1;
        if self.memberships > MOST_ROWS {
            return Err(Unreadable::TooMany);
        }
        let word = self.intern(member);
        self.roster.groups[place].members.push(Member {
            word,
            line: narrow(line),
            is_group,
        });
        Ok(())
    }

    fn finish(self) -> Result<Roster, Unreadable> {
        if self.count > 0 {
            return Err(Unreadable::Faults {
                first: self.faults,
                count: self.count,
            });
        }
        Ok(self.roster)
    }
}

fn narrow(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Why a file was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The first line names no column for groups, or none for members.
    Columns {
        /// The names that are there, people left out.
        found: Vec<String>,
        /// The column that is missing: "group", "member".
        missing: &'static str,
    },
    /// Nothing in it.
    Empty,
    /// Lines that cannot be taken.
    Faults {
        /// The first hundred.
        first: Vec<Fault>,
        /// All.
        count: usize,
    },
    /// No valid JSON, or of another shape.
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's words.
        why: String,
    },
    /// Something that is no list of groups.
    Kind(&'static str),
    /// Text in another encoding.
    NotUtf8 {
        /// Line of the first byte that does not fit, from 1.
        line: usize,
    },
    /// Longer than [`LONGEST_FILE`].
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// More memberships than [`MOST_ROWS`].
    TooMany,
}

/// A line that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Line, from 1: of CSV where the record begins, of JSON where the group's object begins.
    pub line: u64,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Fields beside those that the first line names, or too few.
    Fields {
        /// As many as the first line names.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A field with a line break: a quote that is opened and not closed swallows what follows.
    LineBreak,
    /// A group of JSON has neither members nor groups: a key is misspelt, or it was cut.
    NoMembers {
        /// The keys that are there.
        found: Vec<String>,
    },
    /// The group has no name.
    NoName,
    /// The type is neither user nor group.
    Type(String),
    /// A value of JSON has another type.
    Value {
        /// The parser's words, people left out.
        why: String,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            FaultKind::Fields { expected, found } => write!(
                f,
                "{found} {} where the first line names {expected}; put a field with separators in it into quotes, and close each quote",
                if *found == 1 { "field" } else { "fields" }
            ),
            FaultKind::LineBreak => {
                f.write_str("a field runs over the end of the line; close the quote that it opens")
            }
            FaultKind::NoMembers { found } => write!(
                f,
                "the group has neither \"members\" nor \"groups\", but {}; an empty list says that nobody is in it",
                found.join(", ")
            ),
            FaultKind::NoName => f.write_str("the group has no name; name it, or take the line out"),
            FaultKind::Type(found) => write!(f, "the type “{found}” is not known; expected user or group"),
            FaultKind::Value { why } => write!(f, "{why}"),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Columns { found, missing } => write!(
                f,
                "The first line names no column for the {missing}; found: {}. Put a first line such as group,member or group,email in front.",
                found.join(" | ")
            ),
            Unreadable::Empty => f.write_str(
                "The file is empty. Nothing was taken; to remove every group, give a file with its first line alone.",
            ),
            Unreadable::Faults { first, count } => {
                let lines = if *count == 1 { "line" } else { "lines" };
                writeln!(
                    f,
                    "{count} {lines} cannot be read, so nothing is taken. Put them right and give the file again:"
                )?;
                for fault in first.iter().take(20) {
                    writeln!(f, "  {fault}")?;
                }
                match count.saturating_sub(20) {
                    0 => Ok(()),
                    more => writeln!(f, "  and {more} more"),
                }
            }
            Unreadable::Json { line, column, why } => write!(
                f,
                "No JSON that can be read: {why} (line {line}, column {column}). Expected [{{\"name\": …, \"members\": […]}}]."
            ),
            Unreadable::Kind(kind) => {
                write!(f, "This is {kind}. Save it as CSV in UTF-8, and give that file.")
            }
            Unreadable::NotUtf8 { line } => write!(
                f,
                "Line {line} is not in UTF-8. Save the file as “CSV UTF-8”, and give that file."
            ),
            Unreadable::TooLong { bytes } => write!(
                f,
                "The file has {} MB; at most {} MB are read. Choose the file that was meant, or divide it.",
                bytes >> 20,
                LONGEST_FILE >> 20
            ),
            Unreadable::TooMany => write!(
                f,
                "The file has more than {MOST_ROWS} memberships. Choose the file that was meant."
            ),
        }
    }
}

impl std::error::Error for Unreadable {}
