//! Federation metadata: whatever IAM would get is read the same way again.

use super::Target;
use crate::{corpus, seeds};
use claimbridge_core::saml::metadata::FederationMetadata;

pub(crate) const TARGET: Target = Target {
    name: "metadata",
    seeds: || {
        let mut all = vec![
            seeds::METADATA.as_bytes().to_vec(),
            seeds::aggregate().into_bytes(),
        ];
        all.extend(corpus::files("metadata"));
        all
    },
    words: &[
        "<KeyDescriptor use=\"signing\">",
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"a\">",
        "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">",
        "<SPSSODescriptor/>",
        "<X509Certificate>",
        "validUntil=\"2020-01-01T00:00:00Z\"",
        "-----BEGIN CERTIFICATE-----",
        "<!DOCTYPE html>",
        "encoding=\"ISO-8859-1\"",
        "entityID=\"\"",
    ],
    run,
};

fn run(bytes: &[u8]) -> Result<String, String> {
    let _ = FederationMetadata::parse(bytes, Some("a"));
    match FederationMetadata::for_iam(bytes) {
        Err(error) => Ok(error.to_string()),
        Ok((text, metadata)) => {
            let again = FederationMetadata::parse(text.as_bytes(), None)
                .map_err(|e| format!("what IAM would get cannot be read: {e}"))?;
            if again.entity_id != metadata.entity_id
                || again.signing_certificates != metadata.signing_certificates
            {
                return Err("what IAM would get is read differently".into());
            }
            Ok(format!(
                "{} certificates, {} addresses, {} bad",
                metadata.signing_certificates.len(),
                metadata.sso.len(),
                metadata.bad_certificates.len()
            ))
        }
    }
}
