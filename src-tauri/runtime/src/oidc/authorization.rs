//! The first half of the code flow: where the browser is sent, and what has to come back (RFC 6749,
//! RFC 7636, OpenID Connect Core §3.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claimbridge_core::oidc::Discovery;
use claimbridge_core::oidc::discovery::Endpoint;
use claimbridge_core::time::Ids;
use claimbridge_core::value::{ClientId, Issuer};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;
use url::Url;

/// A sign-in that is under way. It holds the secret of PKCE, so it shows itself to no log.
pub struct Authorization {
    url: String,
    state: String,
    nonce: String,
    pub(super) verifier: Option<SecretString>,
    pub(super) client_id: ClientId,
    pub(super) redirect: String,
    pub(super) token_endpoint: Endpoint,
    pub(super) client_authentication: Vec<String>,
}

/// Why no sign-in can begin with a discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CannotBegin {
    /// It lacks an address, or has an unsafe one.
    Endpoint {
        /// Its name in the document.
        name: &'static str,
    },
    /// It is another issuer's, and a client secret must not go there.
    Issuer {
        /// The set-up's.
        expected: String,
        /// Of the document.
        found: String,
    },
}

impl fmt::Display for CannotBegin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CannotBegin::Endpoint { name } => write!(
                f,
                "Nobody can sign in: the discovery document has no {name} that is an https address. Compare the issuer with the identity provider's own page."
            ),
            CannotBegin::Issuer { expected, found } => write!(
                f,
                "Nobody can sign in: the discovery document is of “{found}”, and the set-up of “{expected}”. Take the issuer that the identity provider shows."
            ),
        }
    }
}

impl std::error::Error for CannotBegin {}

impl Authorization {
    /// Makes the address for the browser. `redirect` is registered at the identity provider and comes back
    /// byte for byte.
    ///
    /// # Errors
    /// [`CannotBegin`].
    pub fn begin(
        discovery: &Discovery,
        issuer: &Issuer,
        client_id: &ClientId,
        redirect: &str,
        ids: &dyn Ids,
    ) -> Result<Authorization, CannotBegin> {
        if discovery.issuer != issuer.as_str() {
            return Err(CannotBegin::Issuer {
                expected: issuer.to_string(),
                found: discovery.issuer.clone(),
            });
        }
        let missing = |name| CannotBegin::Endpoint { name };
        let authorize = discovery
            .authorization_endpoint
            .as_ref()
            .and_then(|e| Url::parse(e.as_str()).ok())
            .ok_or_else(|| missing("authorization_endpoint"))?;
        let token_endpoint = discovery
            .token_endpoint
            .clone()
            .ok_or_else(|| missing("token_endpoint"))?;
        let (state, nonce) = (ids.fresh(), ids.fresh());
        // One id alone has fewer random bits than RFC 7636 §7.1 wants.
        let methods = &discovery.challenge_methods;
        let verifier = (methods.is_empty() || methods.iter().any(|m| m == "S256"))
            .then(|| format!("{}-{}", ids.fresh(), ids.fresh()));
        let offered =
            |scope: &&str| discovery.scopes.is_empty() || discovery.scopes.iter().any(|s| s == scope);
        let mut scope = vec!["openid"];
        scope.extend(["email", "profile"].iter().filter(|s| offered(s)));
        let mut url = authorize;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", client_id.as_str())
                .append_pair("redirect_uri", redirect)
                .append_pair("scope", &scope.join(" "))
                .append_pair("state", &state)
                .append_pair("nonce", &nonce);
            if let Some(verifier) = &verifier {
                query
                    .append_pair("code_challenge", &challenge(verifier))
                    .append_pair("code_challenge_method", "S256");
            }
        }
        Ok(Authorization {
            url: url.into(),
            state,
            nonce,
            verifier: verifier.map(SecretString::from),
            client_id: client_id.clone(),
            redirect: redirect.to_owned(),
            token_endpoint,
            client_authentication: discovery.client_authentication.clone(),
        })
    }

    /// Where the browser goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What has to come back with the code.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// What has to come back in the token.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    pub(super) fn verifier(&self) -> Option<&str> {
        self.verifier.as_ref().map(ExposeSecret::expose_secret)
    }
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_challenge_of_the_document() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
