//! Whose identity provider it is, as far as its metadata or issuer tells.

use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::saml::metadata::FederationMetadata;
use url::Url;

fn host(address: &str) -> Option<String> {
    Url::parse(address).ok()?.host_str().map(str::to_ascii_lowercase)
}

fn is_of(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|head| head.is_empty() || head.ends_with('.'))
    })
}

const ENTRA: [&str; 4] = [
    "sts.windows.net",
    "login.microsoftonline.com",
    "launcher.myapps.microsoft.com",
    "myapps.microsoft.com",
];
const OKTA: [&str; 3] = ["okta.com", "oktapreview.com", "okta-emea.com"];
const PING: [&str; 6] = [
    "pingone.com",
    "pingone.eu",
    "pingone.asia",
    "pingone.ca",
    "pingone.com.au",
    "pingidentity.com",
];

/// By entity ID and sign-on addresses. Which of Entra's two ways it was cannot be told: the gallery's is
/// AWS's own guide.
pub(crate) fn of_metadata(metadata: &FederationMetadata) -> IdentityProvider {
    let entity = metadata.entity_id.to_string();
    let addresses = std::iter::once(entity.as_str()).chain(metadata.sso.iter().map(|s| s.location.as_str()));
    of_hosts(&addresses.filter_map(host).collect::<Vec<_>>())
}

/// By the address where people sign in.
pub(crate) fn of_address(address: &str) -> IdentityProvider {
    of_hosts(host(address).as_slice())
}

fn of_hosts(hosts: &[String]) -> IdentityProvider {
    let any = |domains: &[&str]| hosts.iter().any(|h| is_of(h, domains));
    if any(&ENTRA) {
        IdentityProvider::EntraGallery
    } else if any(&OKTA) {
        IdentityProvider::OktaSaml
    } else if any(&PING) {
        IdentityProvider::PingOne
    } else {
        IdentityProvider::GenericSaml
    }
}

/// By the issuer's host.
pub(crate) fn of_issuer(issuer: &str) -> IdentityProvider {
    if host(issuer).is_some_and(|h| is_of(&h, &OKTA)) {
        IdentityProvider::OktaOidc
    } else {
        IdentityProvider::GenericOidc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_whole() {
        for (issuer, expected) in [
            ("https://acme.okta.com/oauth2/default", IdentityProvider::OktaOidc),
            ("https://ACME.oktapreview.com", IdentityProvider::OktaOidc),
            ("https://notokta.com", IdentityProvider::GenericOidc),
            ("https://okta.com.evil.example", IdentityProvider::GenericOidc),
            ("no address", IdentityProvider::GenericOidc),
        ] {
            assert_eq!(of_issuer(issuer), expected, "{issuer}");
        }
        for (address, expected) in [
            (
                "https://launcher.myapps.microsoft.com/api/signin/a?tenantId=b",
                IdentityProvider::EntraGallery,
            ),
            (
                "https://acme.okta.com/app/a/b/sso/saml",
                IdentityProvider::OktaSaml,
            ),
            ("https://idp.example/sso", IdentityProvider::GenericSaml),
        ] {
            assert_eq!(of_address(address), expected, "{address}");
        }
    }
}
