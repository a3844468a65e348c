//! Why something that is there cannot be examined or taken over.

use claimbridge_core::idp::IdentityProvider;
use std::fmt;

/// Why; nothing was changed or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotExamined {
    /// Several are there, and none was chosen.
    Choose {
        /// "web experiences".
        what: &'static str,
        /// The argument that chooses: `--index`.
        option: &'static str,
        /// Their ids.
        there: Vec<String>,
    },
    /// The application is federated in another way.
    IdentityType {
        /// As AWS calls it.
        found: String,
        /// Which way that is.
        why: &'static str,
    },
    /// From before IAM federation.
    Legacy {
        /// Id of the web experience.
        web_experience: String,
    },
    /// What was named cannot be an application's id.
    NotAnId {
        /// As it was named.
        found: String,
    },
    /// What was named is not there.
    NotThere {
        /// "application".
        what: &'static str,
        /// As it was named.
        found: String,
        /// What is there instead.
        there: Vec<String>,
    },
    /// An identity provider of the other protocol was named.
    OtherProtocol {
        /// As it was named.
        found: IdentityProvider,
        /// What the application has.
        expected: &'static str,
    },
    /// What the application stands on is gone.
    ProviderGone {
        /// ARN, or nothing.
        found: String,
    },
    /// A provider that this set-up made, or adopted, already.
    IsOurs {
        /// Its ARN.
        found: String,
    },
    /// A value that cannot be in a set-up.
    Value {
        /// What it is.
        what: &'static str,
        /// As it was found, and why it does not fit.
        why: String,
    },
}

impl fmt::Display for NotExamined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |all: &[String]| {
            if all.is_empty() {
                "none".to_owned()
            } else {
                all.join(", ")
            }
        };
        match self {
            NotExamined::NotAnId { found } => write!(
                f,
                "“{found}” is no application: expected its id of 36 letters, digits and hyphens, or its ARN, as the Amazon Q Business console shows them. Nothing was done."
            ),
            NotExamined::Choose { what, option, there } => {
                write!(f, "There are several {what}: {}. Choose one with {option}.", list(there))
            }
            NotExamined::IdentityType { found, why } => write!(
                f,
                "The application has the identity type {found}: {why}. Expected AWS_IAM_IDP_SAML or AWS_IAM_IDP_OIDC; AWS cannot change it after creation. Nothing was done."
            ),
            NotExamined::Legacy { web_experience } => write!(
                f,
                "The web experience {web_experience} has an authenticationConfiguration: the SAML sign-in of before 30 April 2024, without IAM federation, which AWS does not develop any more. It cannot be examined; make a new application with IAM federation. Nothing was done."
            ),
            NotExamined::NotThere { what, found, there } => write!(
                f,
                "There is no {what} {found} here; there are: {}. Check the id, the account and the region.",
                list(there)
            ),
            NotExamined::OtherProtocol { found, expected } => write!(
                f,
                "The application is federated by {expected}, and {} is not. Leave --idp out, or choose one of {expected}.",
                found.as_str()
            ),
            NotExamined::ProviderGone { found } if found.is_empty() => f.write_str(
                "The application names no IAM provider, so nobody can sign in, and AWS cannot add one after creation. Make a new application. Nothing was done.",
            ),
            NotExamined::ProviderGone { found } => write!(
                f,
                "The IAM provider {found} is not there, so nobody can sign in. Make a provider of that very name again, then examine once more. Nothing was done."
            ),
            NotExamined::IsOurs { found } => write!(
                f,
                "{found} belongs to this set-up already. Nothing was done."
            ),
            NotExamined::Value { what, why } => {
                write!(f, "The {what} of what is there cannot be used: {why}. Nothing was done.")
            }
        }
    }
}

impl std::error::Error for NotExamined {}
