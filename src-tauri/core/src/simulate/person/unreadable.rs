//! Why a table of people was not taken: said in words, with the next act.

use super::columns::MOST_COLUMNS;
use super::{LONGEST_FILE, MOST_PEOPLE};
use crate::table::NotATable;
use std::fmt;

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonFault {
    /// Fields beside those that the first line names.
    Fields {
        /// As many as the first line names.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// The field that says who is a guest says something else.
    Guest {
        /// As it stands there, people left out.
        found: String,
    },
    /// A field with a line break: a quote that is opened and not closed swallows what follows.
    LineBreak,
}

impl fmt::Display for PersonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PersonFault::Fields { expected, found } => write!(
                f,
                "{found} fields where the first line names {expected}; put a field with separators in it into quotes"
            ),
            PersonFault::Guest { found } => {
                write!(f, "“{found}” is no type of a user; expected Guest or Member")
            }
            PersonFault::LineBreak => {
                f.write_str("a field runs over the end of the line; close the quote that it opens")
            }
        }
    }
}

/// Why a table of people was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnreadablePeople {
    /// Nothing in it, or nobody.
    Empty,
    /// Lines that cannot be taken.
    Faults {
        /// The first hundred, each with its line.
        first: Vec<(u64, PersonFault)>,
        /// All.
        count: usize,
    },
    /// Something that is no table.
    Kind(&'static str),
    /// The first line names no column for what people sign in with, and none for addresses.
    NoColumn {
        /// The names that are there, people left out.
        found: Vec<String>,
    },
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
    /// More people than [`MOST_PEOPLE`].
    TooMany,
    /// More columns than are read.
    TooManyColumns {
        /// As many as there are.
        found: usize,
    },
}

impl From<NotATable> for UnreadablePeople {
    fn from(why: NotATable) -> UnreadablePeople {
        match why {
            NotATable::Empty => UnreadablePeople::Empty,
            NotATable::Kind(kind) => UnreadablePeople::Kind(kind),
            NotATable::NotUtf8 { line } => UnreadablePeople::NotUtf8 { line },
            NotATable::TooLong { bytes } => UnreadablePeople::TooLong { bytes },
        }
    }
}

impl fmt::Display for UnreadablePeople {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnreadablePeople::Empty => f.write_str(
                "The table names nobody. Give one with a line of column names, then a line for each person.",
            ),
            UnreadablePeople::Faults { first, count } => {
                let lines = if *count == 1 { "line" } else { "lines" };
                writeln!(
                    f,
                    "{count} {lines} cannot be read, so nothing is taken. Put them right and give the table again:"
                )?;
                for (line, fault) in first.iter().take(20) {
                    writeln!(f, "  line {line}: {fault}")?;
                }
                match count.saturating_sub(20) {
                    0 => Ok(()),
                    more => writeln!(f, "  and {more} more"),
                }
            }
            UnreadablePeople::Kind(kind) => {
                write!(f, "This is {kind}. Save it as CSV in UTF-8, and give that file.")
            }
            UnreadablePeople::NoColumn { found } => write!(
                f,
                "The first line names no column such as userPrincipalName or mail; found: {}. Put a line with the names of the columns in front.",
                found.join(" | ")
            ),
            UnreadablePeople::NotUtf8 { line } => write!(
                f,
                "Line {line} is not in UTF-8. Save the file as “CSV UTF-8”, and give that file."
            ),
            UnreadablePeople::TooLong { bytes } => write!(
                f,
                "The table has {} MB; at most {} MB are read. Export fewer columns, or divide it.",
                bytes >> 20,
                LONGEST_FILE >> 20
            ),
            UnreadablePeople::TooMany => write!(
                f,
                "The table has more than {MOST_PEOPLE} people. Divide it, and simulate the parts."
            ),
            UnreadablePeople::TooManyColumns { found } => write!(
                f,
                "The table has {found} columns; at most {MOST_COLUMNS} are read. Export fewer."
            ),
        }
    }
}

impl std::error::Error for UnreadablePeople {}
