//! Whose identity provider it is, as far as its metadata or issuer tells.

use super::IdentityProvider;
use crate::saml::metadata::FederationMetadata;
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

impl IdentityProvider {
    /// By entity ID and sign-on addresses of its metadata. Which of Entra's two ways it was cannot be told: the
    /// gallery's is AWS's own guide.
    pub fn of_metadata(metadata: &FederationMetadata) -> IdentityProvider {
        let entity = metadata.entity_id.as_str();
        of_addresses(std::iter::once(entity).chain(metadata.sso.iter().map(|s| s.location.as_str())))
    }

    /// By one address: the entity ID, which is the issuer of an assertion, or where people sign in.
    pub fn of_address(address: &str) -> IdentityProvider {
        of_addresses(std::iter::once(address))
    }

    /// By the host of an issuer of ID tokens.
    pub fn of_issuer(issuer: &str) -> IdentityProvider {
        if host(issuer).is_some_and(|h| is_of(&h, &OKTA)) {
            IdentityProvider::OktaOidc
        } else {
            IdentityProvider::GenericOidc
        }
    }
}

fn of_addresses<'a>(addresses: impl Iterator<Item = &'a str>) -> IdentityProvider {
    let hosts: Vec<String> = addresses.filter_map(host).collect();
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
            assert_eq!(IdentityProvider::of_issuer(issuer), expected, "{issuer}");
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
            assert_eq!(IdentityProvider::of_address(address), expected, "{address}");
        }
    }
}
