//! What nobody said of people: what is taken for granted then, and what nothing can be said without.

use super::person::{MOST_PEOPLE, People};
use super::source::NotASource;
use std::fmt;

/// Something that was taken for granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumed {
    /// Nobody said who has which app role: everybody has the one of the guide.
    AppRoles,
    /// Nobody said which groups people are in: none.
    Groups,
    /// An attribute that every person has in every directory, and whose value does not matter here.
    Attribute(String),
    /// A claim that is not needed and of whose attribute nothing is known: it is left out.
    LeftOut {
        /// The claim.
        claim: String,
        /// The attribute.
        attribute: String,
    },
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Assumed::AppRoles => {
                f.write_str("Everybody has the app role of the guide: there is no column such as appRoles.")
            }
            Assumed::Groups => f.write_str("Nobody is in a group: there is no column such as groups."),
            Assumed::Attribute(name) => {
                write!(f, "Everybody has a value for {name}: there is no column for it.")
            }
            Assumed::LeftOut { claim, attribute } => {
                write!(f, "{claim} was left out: there is no column for {attribute}.")
            }
        }
    }
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotSimulate {
    /// More people than [`MOST_PEOPLE`].
    TooMany {
        /// As many as there are.
        found: usize,
    },
    /// Nothing is known of an attribute that a claim stands on which everybody needs.
    Unknown {
        /// The claim.
        claim: String,
        /// The attribute.
        attribute: String,
    },
    /// A claim's source is not known.
    Source {
        /// The claim.
        claim: String,
        /// Its source.
        error: NotASource,
    },
}

impl fmt::Display for CannotSimulate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotSimulate::TooMany { found } => write!(
                f,
                "{found} people are too many at once; at most {MOST_PEOPLE} are simulated. Divide them."
            ),
            CannotSimulate::Unknown { claim, attribute } => write!(
                f,
                "The claim {claim} comes from {attribute}, and the table has no column for it. Export it too, or give the claim another source."
            ),
            CannotSimulate::Source { claim, error } => write!(f, "The claim {claim}: {error}"),
        }
    }
}

impl std::error::Error for CannotSimulate {}

/// Whether a claim can be told; one that everybody needs has to be.
pub(super) fn is_known(
    claim: &str,
    attributes: &[&str],
    people: &People,
    assumed: &mut Vec<Assumed>,
) -> Result<bool, CannotSimulate> {
    let Some(unknown) = attributes.iter().find(|a| !people.knows(a)) else {
        return Ok(true);
    };
    let tag = claim.rsplit_once("PrincipalTag:").map(|(_, key)| key);
    let (claim, attribute) = (claim.to_owned(), (*unknown).to_owned());
    if tag.is_some_and(|key| key != "Email") {
        assumed.push(Assumed::LeftOut { claim, attribute });
        return Ok(false);
    }
    Err(CannotSimulate::Unknown { claim, attribute })
}
