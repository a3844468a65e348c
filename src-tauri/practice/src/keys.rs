//! Signing keys and certificates, made at run time and kept in memory.

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use time::{Duration, OffsetDateTime};

/// A key with its self-signed certificate. No `Debug`: the key is a secret.
pub struct SigningKey {
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    /// End of validity.
    pub(crate) not_after: OffsetDateTime,
}

impl SigningKey {
    /// The certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// RSA-2048, valid from yesterday for `days` from now; negative days have passed already.
    ///
    /// # Errors
    /// What the crypto library said.
    pub fn new(name: &str, days: i64) -> Result<SigningKey, String> {
        SigningKey::after(0, name, days)
    }

    /// As [`SigningKey::new`], for an application that has `others` already: valid from later than each of them,
    /// however quickly they were made.
    ///
    /// # Errors
    /// What the crypto library said.
    pub(crate) fn after(others: usize, name: &str, days: i64) -> Result<SigningKey, String> {
        let minutes = Duration::minutes(others.try_into().unwrap_or(i64::from(u16::MAX)));
        let key =
            KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(|e| e.to_string())?;
        let now = OffsetDateTime::now_utc();
        let mut params = CertificateParams::default();
        let mut subject = DistinguishedName::new();
        subject.push(DnType::CommonName, name);
        params.distinguished_name = subject;
        params.not_after = now + Duration::days(days);
        params.not_before = (now - Duration::days(1)).min(params.not_after - Duration::days(365)) + minutes;
        let certificate = params.self_signed(&key).map_err(|e| e.to_string())?;
        Ok(SigningKey {
            pkcs8: key.serialize_der(),
            certificate: certificate.der().to_vec(),
            not_after: params.not_after,
        })
    }
}
