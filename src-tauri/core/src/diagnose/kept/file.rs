//! The file of a case: its schema, its limits, and why a text is none.

use super::KeptCase;
use crate::time::parse_instant;
use serde::Deserialize;
use std::fmt;

/// The schema this program writes and reads.
pub const SCHEMA: u32 = 1;

/// Bytes of a case that are read.
pub const LONGEST_CASE: usize = 4 << 20;

impl KeptCase {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a case has string keys only");
        text.push('\n');
        text
    }

    /// Reads a case.
    ///
    /// # Errors
    /// [`NotACase`].
    pub fn from_json(bytes: &[u8]) -> Result<KeptCase, NotACase> {
        #[derive(Deserialize)]
        struct Head {
            schema: u64,
        }
        if bytes.len() > LONGEST_CASE {
            return Err(NotACase::TooLong { found: bytes.len() });
        }
        let unreadable = |e: serde_json::Error| {
            // The reader's words repeat what it read; only the place is said.
            NotACase::Unreadable(format!("line {}, column {}", e.line(), e.column()))
        };
        let head: Head = serde_json::from_slice(bytes).map_err(unreadable)?;
        if head.schema != u64::from(SCHEMA) {
            return Err(NotACase::Schema { found: head.schema });
        }
        let case: KeptCase = serde_json::from_slice(bytes).map_err(unreadable)?;
        if parse_instant(&case.at).is_none() {
            return Err(NotACase::Unreadable("its time is no time".to_owned()));
        }
        Ok(case)
    }
}

/// Why a text is no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotACase {
    /// Of a schema that this program does not know.
    Schema {
        /// The schema.
        found: u64,
    },
    /// Longer than [`LONGEST_CASE`].
    TooLong {
        /// Bytes.
        found: usize,
    },
    /// Not a case, or with parts that are not known.
    Unreadable(String),
}

impl fmt::Display for NotACase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotACase::Schema { found } => write!(
                f,
                "This case was kept by a later Claimbridge (schema {found}; known is {SCHEMA}). Update Claimbridge."
            ),
            NotACase::TooLong { found } => write!(
                f,
                "{found} bytes are too many for a case; at most {LONGEST_CASE} are read. Choose the file that was meant."
            ),
            NotACase::Unreadable(why) => write!(
                f,
                "This is not a case that Claimbridge kept: {why}. Choose a file of the folder cases, or one that was exported."
            ),
        }
    }
}

impl std::error::Error for NotACase {}
