//! A failed sign-in that is kept, if the administrator agrees, to be judged again after every change.
//!
//! Nobody can be recognised in it: people, accounts and tenants have other names, the same throughout, of the same
//! shape. They cannot be computed from what they stand for: their order makes them, or a [`Key`] that is not in the
//! case, where a value has to be compared on another day. What AWS and the provider are like is not kept but taken as
//! it is on the day the case is looked at again; the verdict on the signature is kept as a verdict, since the signed
//! response itself is a credential.

use super::{Finding, RuleId, Severity};
use crate::idp::IdentityProvider;
use crate::saml::response::View;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

mod again;
mod file;
mod here;
mod keep;
mod key;
mod pseudonym;
mod text;
mod verdict;
mod within;

pub use again::Rechecked;
pub use file::{LONGEST_CASE, NotACase, SCHEMA};
pub use key::Key;
pub use verdict::{KeptFault, KeptVerdict, RejectionKind};

/// A sign-in without its people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptCase {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The moment of the judgement: ages are judged as of then.
    pub at: String,
    /// Whose portal it was.
    pub idp: IdentityProvider,
    /// When it was captured by us; None for one that was pasted.
    pub captured_at: Option<String>,
    /// SAML: the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<KeptResponse>,
    /// OpenID Connect: the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<KeptToken>,
    /// STS's answer of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sts: Option<KeptSts>,
    /// Texts that somebody was shown, without people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
    /// The request that came before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<KeptRequest>,
    /// Claims as a portal had them: name and source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub table: Vec<(String, String)>,
    /// Sign-ins as CloudTrail recorded them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trail: Vec<KeptEvent>,
    /// What an administrator answered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<RuleId, bool>,
    /// Addresses of documents that are one of the person's, but for case; another one stands for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_addresses: Option<Vec<String>>,
    /// [`Key::fingerprint`] of the key that it was kept with: with another one nothing that stands for a tenant, a
    /// client or a certificate can be compared. None in a case for others, where nothing is made with a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What stands for the set-up's own tenants and clients; none in a case for others, where they are numbered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
    /// What was found that day, causes first.
    pub findings: Vec<KeptFinding>,
}

/// A response: what it says, and the verdict on its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptResponse {
    /// Its content.
    pub view: View,
    /// None where nobody verified it.
    pub verdict: Option<KeptVerdict>,
    /// What stands for the certificates that it was verified with: the verdict is theirs alone. None in a case for
    /// others, since a provider's certificates are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates: Option<Vec<String>>,
}

/// An ID token: what it says, and what is wrong with its signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptToken {
    /// `alg`.
    pub algorithm: String,
    /// `kid`.
    pub kid: Option<String>,
    /// `typ`.
    pub kind: Option<String>,
    /// `crit`.
    pub critical: Vec<String>,
    /// Its claims.
    pub claims: Map<String, Json>,
    /// Characters.
    pub length: usize,
    /// The nonce that was sent.
    pub nonce: Option<String>,
    /// Why its signature proved nothing; None where it held, or nobody verified it.
    pub fault: Option<KeptFault>,
    /// What stands for the keys that it was verified with: the fault may be theirs alone. None in a case for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
}

/// STS's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptSts {
    /// It gave credentials.
    Accepted,
    /// It refused.
    Refused {
        /// Error code.
        code: String,
        /// Its words, without people.
        message: String,
    },
}

/// The request that came before a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRequest {
    /// Its id begins with a digit.
    pub id: Option<String>,
    /// Entity ID of whoever asks.
    pub issuer: Option<String>,
    /// Where the response is to go.
    pub acs: Option<String>,
    /// To whom it was addressed.
    pub destination: Option<String>,
    /// It was deflated.
    pub deflated: bool,
}

/// One sign-in of CloudTrail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptEvent {
    /// Name of the event.
    pub name: String,
    /// When.
    pub at: String,
    /// ARN of the role.
    pub role_arn: Option<String>,
    /// ARN of the provider, or the issuer.
    pub provider: Option<String>,
    /// Keys of tags.
    pub tags: Vec<String>,
    /// Error code.
    pub error_code: Option<String>,
    /// AWS's words, without people.
    pub error_message: Option<String>,
}

/// One finding of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFinding {
    /// The rule.
    pub id: RuleId,
    /// How bad.
    pub severity: Severity,
}

impl From<&Finding> for KeptFinding {
    fn from(finding: &Finding) -> KeptFinding {
        KeptFinding {
            id: finding.id,
            severity: finding.severity,
        }
    }
}
