//! Why a set-up cannot be used, with what was expected and what was found.

use super::NameFault;
use crate::saml::metadata::MetadataError;
use crate::value::{Region, Unsupported};
use std::fmt;

/// Why a set-up cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum SetupError {
    /// No User access URL was given, and the metadata has no https sign-on address to stand in.
    AuthenticationUrlMissing,
    /// The client id is not there yet.
    ClientIdMissing,
    /// The id of the file is none that this program gives.
    Id {
        /// As the file has it, cut to 200 characters.
        found: String,
    },
    /// An answer that AWS would refuse.
    Field {
        /// In words: "permissions boundary".
        field: &'static str,
        /// As given, cut to 200 characters.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// The issuer is not there yet.
    IssuerMissing,
    /// An issuer whose OpenID Connect Amazon Q Business does not take.
    IssuerUnsupported {
        /// As given.
        found: String,
        /// Whose it is.
        unsupported: Unsupported,
    },
    /// A customer-managed key was chosen with a STARTER index.
    KmsNeedsEnterprise,
    /// The stored metadata cannot be used.
    Metadata(MetadataError),
    /// The metadata is not there yet.
    MetadataMissing,
    /// Names that AWS or the identity provider would refuse.
    Names(Vec<NameFault>),
    /// Q Apps in a region that has none.
    QAppsRegion {
        /// The region chosen.
        found: Region,
    },
    /// A file of another version of the program.
    Schema {
        /// In the file.
        found: u32,
        /// What this program reads.
        known: u32,
    },
    /// The client secret was not given yet.
    SecretMissing,
    /// A tag that AWS would refuse.
    Tag {
        /// Its key.
        found: String,
    },
    /// An index of no or too many units.
    Units {
        /// As chosen.
        found: u32,
        /// The most that its type may have.
        most: u32,
    },
    /// Not JSON, or not a set-up.
    Unreadable {
        /// Line in the file, from 1.
        line: usize,
        /// What the reader stumbled over.
        why: String,
    },
}

impl SetupError {
    pub(super) fn unreadable(error: serde_json::Error) -> SetupError {
        SetupError::Unreadable {
            line: error.line(),
            why: error.to_string(),
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::AuthenticationUrlMissing => f.write_str(
                "The set-up has no sign-in address, and the metadata has no https sign-on address that could stand in. Enter the address that the portal shows.",
            ),
            SetupError::ClientIdMissing => f.write_str(
                "The client id is still missing. Copy it from the application at the identity provider and enter it.",
            ),
            SetupError::Field { field, found, expected } => {
                write!(f, "“{found}” cannot be the {field}: expected {expected}.")
            }
            SetupError::IssuerMissing => f.write_str(
                "The issuer is still missing. Copy it from the authorization server of the identity provider and enter it.",
            ),
            SetupError::IssuerUnsupported { found, unsupported } => write!(
                f,
                "{found}: {unsupported}. Choose SAML 2.0 for it."
            ),
            SetupError::KmsNeedsEnterprise => f.write_str(
                "A customer-managed KMS key needs an ENTERPRISE index. Choose ENTERPRISE, or leave the key out.",
            ),
            SetupError::Metadata(error) => error.fmt(f),
            SetupError::MetadataMissing => f.write_str(
                "The federation metadata is still missing. Download it from the identity provider and add it.",
            ),
            SetupError::Names(faults) => {
                for (i, fault) in faults.iter().enumerate() {
                    if i > 0 {
                        f.write_str("; ")?;
                    }
                    write!(f, "name “{}” ({}): expected {}", fault.found, fault.field, fault.expected)?;
                }
                Ok(())
            }
            SetupError::QAppsRegion { found } => write!(
                f,
                "Q Apps do not exist in {found}: expected us-east-1 or us-west-2. Turn Q Apps off or choose another region."
            ),
            SetupError::Schema { found, known } => write!(
                f,
                "The set-up file has schema {found}; this Claimbridge reads schema {known}. The file was left as it is. Open it with the version that wrote it, or update Claimbridge."
            ),
            SetupError::SecretMissing => f.write_str(
                "The client secret was not given yet. Copy it from the application at the identity provider; it is sent to AWS Secrets Manager and kept nowhere else.",
            ),
            SetupError::Id { found } => write!(
                f,
                "“{found}” is no id of a set-up: expected 1 to 64 letters, digits and hyphens. Take the file as this program wrote it."
            ),
            SetupError::Tag { found } => write!(
                f,
                "AWS would refuse the tag “{found}”; expected a key of 1 to 128 characters that does not begin with aws:, a value of at most 256, and letters, digits, blanks and _.:/=+-@ in both."
            ),
            SetupError::Units { found, most } => {
                write!(f, "An index of {found} units is not possible: expected 1 to {most}.")
            }
            SetupError::Unreadable { line, why } => {
                write!(f, "This is not a set-up file (line {line}): {why}. Nothing was changed.")
            }
        }
    }
}

impl std::error::Error for SetupError {}
