//! The verdict on a signature, kept without what was signed.

use crate::oidc::{Algorithm, SignatureFault};
use crate::saml::signature::{Covered, Rejection, VerifiedAssertion};
use crate::saml::xml::XmlError;
use serde::{Deserialize, Serialize};

/// What verification said that day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptVerdict {
    /// The signature holds.
    Valid {
        /// `assertion`, `response`.
        covers: Vec<String>,
        /// Each signature's.
        algorithms: Vec<String>,
    },
    /// Nothing in it is believed.
    Rejected {
        /// The kind of rejection.
        kind: RejectionKind,
        /// What it was about.
        detail: String,
    },
}

/// [`Rejection`] without what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectionKind {
    /// [`Rejection::Algorithm`].
    Algorithm,
    /// [`Rejection::DuplicateId`].
    DuplicateId,
    /// [`Rejection::Encrypted`].
    Encrypted,
    /// [`Rejection::Mixed`].
    Mixed,
    /// [`Rejection::NoAssertion`].
    NoAssertion,
    /// [`Rejection::NoCertificate`].
    NoCertificate,
    /// [`Rejection::NotAResponse`].
    NotAResponse,
    /// [`Rejection::Reference`].
    Reference,
    /// [`Rejection::SeveralAssertions`].
    SeveralAssertions,
    /// [`Rejection::StraySignature`].
    StraySignature,
    /// [`Rejection::Transform`].
    Transform,
    /// [`Rejection::Unsigned`].
    Unsigned,
    /// [`Rejection::WrongSignature`].
    WrongSignature,
    /// [`Rejection::Xml`].
    Xml,
}

/// [`SignatureFault`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptFault {
    /// [`SignatureFault::Algorithm`].
    Algorithm(String),
    /// [`SignatureFault::Critical`].
    Critical(Vec<String>),
    /// [`SignatureFault::Invalid`].
    Invalid,
    /// [`SignatureFault::KeyUnfit`]: name of the key, and algorithm.
    KeyUnfit(Option<String>, String),
    /// [`SignatureFault::KeyUnknown`]: the name in the token, and those that were known.
    KeyUnknown(Option<String>, Vec<String>),
}

impl KeptVerdict {
    /// What is kept of a verdict: no signature, and the first three hundred characters of what was wrong.
    pub(super) fn of(verdict: &Result<VerifiedAssertion, Rejection>) -> KeptVerdict {
        let why = match verdict {
            Ok(valid) => {
                return KeptVerdict::Valid {
                    covers: valid
                        .covers()
                        .map(|c| match c {
                            Covered::Assertion => "assertion".to_owned(),
                            Covered::Response => "response".to_owned(),
                        })
                        .collect(),
                    algorithms: valid.algorithms().to_vec(),
                };
            }
            Err(why) => why,
        };
        use RejectionKind as Kind;
        let (kind, detail) = match why {
            Rejection::Algorithm(a) => (Kind::Algorithm, a.clone()),
            Rejection::DuplicateId(_) => (Kind::DuplicateId, "_kept".to_owned()),
            Rejection::Encrypted => (Kind::Encrypted, String::new()),
            Rejection::Mixed(name) => (Kind::Mixed, name.clone()),
            Rejection::NoAssertion => (Kind::NoAssertion, String::new()),
            Rejection::NoCertificate => (Kind::NoCertificate, String::new()),
            Rejection::NotAResponse(root) => (Kind::NotAResponse, root.clone()),
            Rejection::Reference(uri) => (Kind::Reference, uri.clone()),
            Rejection::SeveralAssertions(n) => (Kind::SeveralAssertions, n.to_string()),
            Rejection::StraySignature(on) => (Kind::StraySignature, on.clone()),
            Rejection::Transform(t) => (Kind::Transform, t.clone()),
            Rejection::Unsigned => (Kind::Unsigned, String::new()),
            Rejection::WrongSignature(why) => (Kind::WrongSignature, why.clone()),
            Rejection::Xml(error) => (Kind::Xml, error.to_string()),
        };
        KeptVerdict::Rejected {
            kind,
            detail: detail.chars().take(300).collect(),
        }
    }
}

impl RejectionKind {
    /// The rejection as rules know it.
    pub(super) fn rejection(self, detail: &str) -> Rejection {
        let text = || detail.to_owned();
        match self {
            RejectionKind::Algorithm => Rejection::Algorithm(text()),
            RejectionKind::DuplicateId => Rejection::DuplicateId(text()),
            RejectionKind::Encrypted => Rejection::Encrypted,
            RejectionKind::Mixed => Rejection::Mixed(text()),
            RejectionKind::NoAssertion => Rejection::NoAssertion,
            RejectionKind::NoCertificate => Rejection::NoCertificate,
            RejectionKind::NotAResponse => Rejection::NotAResponse(text()),
            RejectionKind::Reference => Rejection::Reference(text()),
            RejectionKind::SeveralAssertions => Rejection::SeveralAssertions(detail.parse().unwrap_or(2)),
            RejectionKind::StraySignature => Rejection::StraySignature(text()),
            RejectionKind::Transform => Rejection::Transform(text()),
            RejectionKind::Unsigned => Rejection::Unsigned,
            RejectionKind::WrongSignature => Rejection::WrongSignature(text()),
            RejectionKind::Xml => Rejection::Xml(XmlError::Malformed { at: 0, why: text() }),
        }
    }
}

impl KeptFault {
    /// What is kept of a fault.
    pub(super) fn of(fault: &SignatureFault) -> KeptFault {
        match fault {
            SignatureFault::Algorithm { found } => KeptFault::Algorithm(found.clone()),
            SignatureFault::Critical { found } => KeptFault::Critical(found.clone()),
            SignatureFault::Invalid => KeptFault::Invalid,
            SignatureFault::KeyUnfit { kid, algorithm } => {
                KeptFault::KeyUnfit(kid.clone(), algorithm.as_str().to_owned())
            }
            SignatureFault::KeyUnknown { found, known } => {
                KeptFault::KeyUnknown(found.clone(), known.clone())
            }
        }
    }

    /// Whether it is so with the keys of that day, and may be otherwise with others.
    pub(super) fn is_of_keys(&self) -> bool {
        match self {
            KeptFault::Invalid | KeptFault::KeyUnfit(..) | KeptFault::KeyUnknown(..) => true,
            KeptFault::Algorithm(_) | KeptFault::Critical(_) => false,
        }
    }

    /// The fault as rules know it.
    pub(super) fn signature_fault(self) -> SignatureFault {
        match self {
            KeptFault::Algorithm(found) => SignatureFault::Algorithm { found },
            KeptFault::Critical(found) => SignatureFault::Critical { found },
            KeptFault::Invalid => SignatureFault::Invalid,
            KeptFault::KeyUnfit(kid, found) => match Algorithm::parse(&found) {
                Some(algorithm) => SignatureFault::KeyUnfit { kid, algorithm },
                None => SignatureFault::Algorithm { found },
            },
            KeptFault::KeyUnknown(found, known) => SignatureFault::KeyUnknown { found, known },
        }
    }
}
