//! X.509 certificates as metadata carries them: what a person compares, and what IAM refuses.

use crate::time::Instant;
use base64::Engine as _;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// One signing certificate.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// SHA-256 of the DER form, lower-case hexadecimal.
    pub sha256: String,
    /// Subject, as RFC 4514 writes it.
    pub subject: String,
    /// Start of validity.
    #[serde(serialize_with = "as_text")]
    pub not_before: Instant,
    /// End of validity. IAM ignores both (IAM: create a SAML provider).
    #[serde(serialize_with = "as_text")]
    pub not_after: Instant,
    /// Size of the public key in bits; 0 for kinds other than RSA and elliptic curves.
    pub key_bits: usize,
    /// The certificate itself.
    #[serde(skip)]
    pub der: Vec<u8>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} {})", self.subject, self.sha256)
    }
}

fn as_text<S: serde::Serializer>(at: &Instant, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&crate::time::format_instant(*at))
}

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadCertificate {
    /// Not base64.
    Base64,
    /// Not a certificate.
    Der,
    /// Extensions that stand twice, which IAM refuses (IAM: create a SAML provider).
    DuplicateExtensions,
    /// A key that IAM refuses (IAM: create a SAML provider).
    ShortKey {
        /// In bits.
        found: usize,
    },
}

impl fmt::Display for BadCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadCertificate::Base64 => f.write_str("a signing certificate is not base64"),
            BadCertificate::Der => f.write_str("a signing certificate is not a certificate in DER form"),
            BadCertificate::DuplicateExtensions => {
                f.write_str("a signing certificate has an extension twice")
            }
            BadCertificate::ShortKey { found } => {
                write!(
                    f,
                    "a signing certificate has a key of {found} bits; IAM wants at least 1024"
                )
            }
        }
    }
}

impl std::error::Error for BadCertificate {}

impl Certificate {
    /// From the text of a `ds:X509Certificate`, or of a PEM file.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn from_base64(text: &str) -> Result<Certificate, BadCertificate> {
        // Of a PEM file, the first block: text around it and further certificates are common.
        let block = text
            .split_once("-----BEGIN CERTIFICATE-----")
            .and_then(|(_, rest)| rest.split_once("-----END"))
            .map_or(text, |(block, _)| block);
        let body: String = block
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '\u{feff}')
            .collect();
        let engine = base64::engine::GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            base64::engine::GeneralPurposeConfig::new()
                .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
        );
        let der = engine.decode(body).map_err(|_| BadCertificate::Base64)?;
        Certificate::from_der(der)
    }

    /// From DER.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn from_der(der: Vec<u8>) -> Result<Certificate, BadCertificate> {
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|_| BadCertificate::Der)?;
        if parsed.extensions_map().is_err() {
            return Err(BadCertificate::DuplicateExtensions);
        }
        let key_bits = match parsed.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => key.key_size(),
            Ok(PublicKey::EC(point)) => point.key_size(),
            _ => 0,
        };
        if matches!(parsed.public_key().parsed(), Ok(PublicKey::RSA(_))) && key_bits < 1024 {
            return Err(BadCertificate::ShortKey { found: key_bits });
        }
        let validity = parsed.validity();
        Ok(Certificate {
            sha256: Sha256::digest(&der).iter().map(|b| format!("{b:02x}")).collect(),
            subject: parsed.subject().to_string(),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
            key_bits,
            der: der.clone(),
        })
    }

    /// Whole days until it expires; negative once it has.
    pub fn days_left(&self, now: Instant) -> i64 {
        (self.not_after - now).whole_days()
    }
}
