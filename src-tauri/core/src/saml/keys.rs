//! RSA verification with pinned public keys, from 1024 bits on: IAM takes such keys (IAM: create a SAML provider),
//! and what AWS accepts must not be called invalid here.

use super::certificate::Certificate;
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA384, RsaParameters,
    UnparsedPublicKey,
};
use kryptering::{HashAlgorithm, SignatureAlgorithm, Verifier};
use std::sync::Arc;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// The signature algorithms that are verified, by their URIs (RFC 9231 and XML signature).
pub(super) const ALGORITHMS: [(&str, HashAlgorithm); 4] = [
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", HashAlgorithm::Sha1),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        HashAlgorithm::Sha256,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        HashAlgorithm::Sha384,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        HashAlgorithm::Sha512,
    ),
];

/// The RSA public key of a certificate as PKCS#1, if it has one.
pub(super) fn rsa_key(certificate: &Certificate) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(&certificate.der).ok()?;
    matches!(parsed.public_key().parsed(), Ok(PublicKey::RSA(_)))
        .then(|| parsed.public_key().subject_public_key.data.to_vec())
}

/// Verifies one algorithm with any of some keys.
pub(super) struct RsaVerifier {
    pub(super) keys: Arc<[Vec<u8>]>,
    pub(super) hash: HashAlgorithm,
}

impl Verifier for RsaVerifier {
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RsaPkcs1v15(self.hash)
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> kryptering::Result<bool> {
        let parameters: &'static RsaParameters = match self.hash {
            HashAlgorithm::Sha1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            HashAlgorithm::Sha256 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            HashAlgorithm::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
            HashAlgorithm::Sha512 => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            _ => return Ok(false),
        };
        Ok(self.keys.iter().any(|key| {
            UnparsedPublicKey::new(parameters, key)
                .verify(data, signature)
                .is_ok()
        }))
    }
}
