//! A certificate whose key nobody has, for metadata that stands in until the identity provider's is there.

use crate::clock::SystemClock;
use crate::connection::Problem;
use claimbridge_core::setup::{Setup, temporary_metadata};
use claimbridge_core::time::Clock;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

/// Gives the set-up temporary metadata. The key is dropped before this returns.
///
/// # Errors
/// The crypto library failed, or the set-up is of OIDC.
pub fn make_temporary(setup: &mut Setup) -> Result<(), Problem> {
    let certificate = certificate().map_err(|e| Problem::Temporary(e.to_string()))?;
    let text = temporary_metadata(&setup.id, &certificate);
    Ok(setup.give_temporary_metadata(text)?)
}

fn certificate() -> Result<Vec<u8>, rcgen::Error> {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
    let now = SystemClock.now();
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "Claimbridge temporary, nobody can sign in");
    params.distinguished_name = subject;
    params.not_before = now - time::Duration::days(1);
    params.not_after = now + time::Duration::days(365);
    Ok(params.self_signed(&key)?.der().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::idp::IdentityProvider;
    use claimbridge_core::saml::metadata::FederationMetadata;
    use claimbridge_core::setup::{StandIn, World};
    use claimbridge_core::value::{AccountId, Region};

    #[test]
    fn iam_would_take_it_and_it_says_what_it_is() {
        let account = AccountId::parse("123456789012").unwrap();
        let idp = IdentityProvider::EntraGallery;
        let mut setup = Setup::new(
            "id-1".into(),
            "q-demo",
            account,
            Region::UsEast1,
            World::Live,
            idp,
        );
        make_temporary(&mut setup).unwrap();
        let text = setup.metadata().unwrap().to_owned();
        assert!(text.len() >= 1000 && FederationMetadata::for_iam(text.as_bytes()).is_ok());
        assert!(setup.is_temporary() && setup.desired().is_ok());
        let (url, stand_in) = setup.authentication_url().unwrap();
        assert_eq!(stand_in, StandIn::Temporary);
        assert!(url.as_str().contains(".invalid/"));
        setup.give_metadata(text).unwrap();
        assert!(!setup.is_temporary());
    }
}
