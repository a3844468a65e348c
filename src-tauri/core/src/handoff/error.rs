//! Why an answer cannot be taken, with what was expected and what was found.

use super::answer::{KIND, LONGEST_ANSWER, SCHEMA};
use crate::saml::metadata::MetadataError;
use crate::setup::SetupError;
use crate::setup::authentication::NotAuthentication;
use crate::value::Malformed;
use std::fmt;

/// Why an answer cannot be taken. The set-up is as it was.
#[derive(Clone, Debug, PartialEq)]
pub enum HandoffError {
    /// The address is none to sign in at.
    Address(NotAuthentication),
    /// The client id has not the form that AWS takes.
    ClientId(Malformed),
    /// Nothing in it.
    Empty,
    /// A web page: most often the sheet itself, handed back instead of what it saved.
    Html,
    /// The issuer has not the form that IAM takes.
    Issuer(Malformed),
    /// A JSON file of another kind: a set-up, or a plan.
    Kind {
        /// What it says it is, cut to 200 characters; None where it says nothing.
        found: Option<String>,
    },
    /// The metadata is not that of an identity provider.
    Metadata(MetadataError),
    /// Neither an answer file nor metadata.
    NotAnAnswer,
    /// The answer of another set-up.
    OtherSetup {
        /// Id of the set-up that it was to be merged into.
        expected: String,
        /// Its name.
        name: String,
        /// Id in the answer.
        found: String,
    },
    /// An answer in the wrong protocol's words, or one that makes the set-up unusable.
    Setup(SetupError),
    /// A file of a later version of the program.
    Schema {
        /// In the file.
        found: u64,
    },
    /// More than an answer can be.
    TooLong {
        /// Which part: "answer file", "note".
        what: &'static str,
        /// Its length; bytes of a file, else characters.
        found: usize,
        /// The most that is taken.
        most: usize,
    },
    /// An answer file with a field that is missing, unknown or of the wrong type.
    Unreadable {
        /// Line in the file, from 1.
        line: usize,
        /// What the reader stumbled over.
        why: String,
    },
}

impl fmt::Display for HandoffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandoffError::Address(error) => write!(f, "The sign-in address: {error}."),
            HandoffError::ClientId(error) | HandoffError::Issuer(error) => {
                write!(f, "{error}. Ask for the value again, as the portal shows it.")
            }
            HandoffError::Empty => f.write_str("The file is empty. Ask for the answer file again."),
            HandoffError::Html => f.write_str(
                "This is a web page, not the answer. Open the sheet in a browser and choose “Save the answer file”; the file that it saves is the answer.",
            ),
            HandoffError::Kind { found: Some(found) } => write!(
                f,
                "This file says that it is “{found}”: expected “{KIND}”. Choose the file that the sheet saved."
            ),
            HandoffError::Kind { found: None } => f.write_str(
                "This JSON file is not an answer file: it does not say what it is. Choose the file that the sheet saved.",
            ),
            HandoffError::Metadata(error) => write!(f, "The metadata handed back: {error}"),
            HandoffError::NotAnAnswer => f.write_str(
                "This is neither an answer file nor federation metadata. Choose the file that the sheet saved, or the metadata XML of the identity provider.",
            ),
            HandoffError::OtherSetup {
                expected,
                name,
                found,
            } => write!(
                f,
                "This is the answer for set-up {found}, and “{name}” is set-up {expected}. Choose the other set-up, or the answer to this one's sheet."
            ),
            HandoffError::Setup(error) => write!(f, "The answer does not fit this set-up. {error}"),
            HandoffError::Schema { found } => write!(
                f,
                "The answer file has schema {found}; this Claimbridge reads schema {SCHEMA}. Update Claimbridge, or make the sheet with this version."
            ),
            HandoffError::TooLong { what, found, most } => write!(
                f,
                "The {what} is too long: {found}; expected at most {most}{}.",
                if *most == LONGEST_ANSWER {
                    " bytes. Choose the file that the sheet saved"
                } else {
                    " characters"
                }
            ),
            HandoffError::Unreadable { line, why } => write!(
                f,
                "The answer file cannot be read (line {line}): {why}. Nothing was taken from it. Ask for it again."
            ),
        }
    }
}

impl std::error::Error for HandoffError {}
