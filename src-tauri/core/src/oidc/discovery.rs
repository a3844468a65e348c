//! The discovery document of an OpenID Connect provider: what it says of itself, and what in it
//! stops AWS or a sign-in.

use super::document::{DocumentError, LONGEST, kind, object, texts};
use super::keys::Algorithm;
use crate::value::Issuer;
use serde::Serialize;
use serde_json::Value as Json;
use std::fmt;
use url::{Host, Url};

/// What a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// Its issuer, equal to the one that was asked for unless a fault says otherwise.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: Option<Endpoint>,
    /// Where a code is exchanged.
    pub token_endpoint: Option<Endpoint>,
    /// Where the keys are.
    pub jwks_uri: Option<Endpoint>,
    /// `response_types_supported`.
    pub response_types: Vec<String>,
    /// `id_token_signing_alg_values_supported`, those that AWS takes.
    pub algorithms: Vec<Algorithm>,
    /// `code_challenge_methods_supported`; empty where it does not say.
    pub challenge_methods: Vec<String>,
    /// `token_endpoint_auth_methods_supported`; `client_secret_basic` where it does not say (OpenID Connect Discovery §3).
    pub client_authentication: Vec<String>,
    /// `scopes_supported`; empty where it does not say.
    pub scopes: Vec<String>,
    /// `claims_supported`; empty where it does not say.
    pub claims: Vec<String>,
}

/// An address of a provider: `https`, or of the practice world when the issuer is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Endpoint(String);

impl Endpoint {
    fn parse(text: &str, issuer: &Issuer) -> Option<Endpoint> {
        let url = Url::parse(text).ok()?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let near = match url.host()? {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost",
            Host::Ipv6(address) => address.is_loopback(),
        };
        let safe = url.scheme() == "https" || (issuer.is_practice() && url.scheme() == "http" && near);
        (plain && safe && text.len() <= 2048).then(|| Endpoint(text.to_owned()))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a file is not a discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryError {
    /// No JSON object at all.
    Document(DocumentError),
    /// An object of another kind.
    NotADiscoveryDocument {
        /// What it looks like: “a key set”, “an error message”, or the names in it.
        found: String,
    },
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoveryError::Document(error) => write!(f, "This is not a discovery document: {error}."),
            DiscoveryError::NotADiscoveryDocument { found } => write!(
                f,
                "This is not a discovery document: it has no issuer and looks like {found}."
            ),
        }
    }
}

impl std::error::Error for DiscoveryError {}

/// Something in a discovery document that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveryFault {
    /// None of the signing algorithms is one that AWS takes.
    Algorithms {
        /// As it stands there.
        found: Vec<String>,
    },
    /// No way to authenticate at the token endpoint that this program has.
    ClientAuthentication {
        /// As it stands there.
        found: Vec<String>,
    },
    /// No authorization code flow.
    CodeFlow {
        /// As it stands there.
        found: Vec<String>,
    },
    /// An address that is missing.
    EndpointMissing {
        /// Its name in the document.
        name: &'static str,
    },
    /// An address that is not `https`.
    EndpointUnsafe {
        /// Its name in the document.
        name: &'static str,
        /// As it stands there.
        found: String,
    },
    /// Another issuer than the one that was asked for.
    IssuerDiffers {
        /// Asked for.
        expected: String,
        /// As it stands there.
        found: String,
    },
    /// It names its methods for PKCE, and S256 is not among them.
    NoS256 {
        /// As it stands there.
        found: Vec<String>,
    },
    /// The scope `openid` is not offered.
    ScopeOpenid {
        /// As it stands there.
        found: Vec<String>,
    },
}

impl DiscoveryFault {
    /// AWS does not get its keys, or nobody can sign in.
    pub fn blocks(&self) -> bool {
        match self {
            DiscoveryFault::Algorithms { .. }
            | DiscoveryFault::CodeFlow { .. }
            | DiscoveryFault::EndpointMissing { .. }
            | DiscoveryFault::EndpointUnsafe { .. }
            | DiscoveryFault::IssuerDiffers { .. } => true,
            DiscoveryFault::ClientAuthentication { .. }
            | DiscoveryFault::NoS256 { .. }
            | DiscoveryFault::ScopeOpenid { .. } => false,
        }
    }

    /// Its name in the document.
    pub fn place(&self) -> &'static str {
        match self {
            DiscoveryFault::Algorithms { .. } => "id_token_signing_alg_values_supported",
            DiscoveryFault::ClientAuthentication { .. } => "token_endpoint_auth_methods_supported",
            DiscoveryFault::CodeFlow { .. } => "response_types_supported",
            DiscoveryFault::EndpointMissing { name } | DiscoveryFault::EndpointUnsafe { name, .. } => name,
            DiscoveryFault::IssuerDiffers { .. } => "issuer",
            DiscoveryFault::NoS256 { .. } => "code_challenge_methods_supported",
            DiscoveryFault::ScopeOpenid { .. } => "scopes_supported",
        }
    }

    /// What it should be.
    pub fn expected(&self) -> String {
        match self {
            DiscoveryFault::Algorithms { .. } => {
                Algorithm::ALL.map(Algorithm::as_str).join(", ") + " or several of them"
            }
            DiscoveryFault::ClientAuthentication { .. } => {
                "client_secret_basic, client_secret_post or none".into()
            }
            DiscoveryFault::CodeFlow { .. } => "code".into(),
            DiscoveryFault::EndpointMissing { .. } | DiscoveryFault::EndpointUnsafe { .. } => {
                "an https address".into()
            }
            DiscoveryFault::IssuerDiffers { expected, .. } => expected.clone(),
            DiscoveryFault::NoS256 { .. } => "S256".into(),
            DiscoveryFault::ScopeOpenid { .. } => "openid".into(),
        }
    }

    /// What it is.
    pub fn found(&self) -> String {
        match self {
            DiscoveryFault::Algorithms { found }
            | DiscoveryFault::ClientAuthentication { found }
            | DiscoveryFault::CodeFlow { found }
            | DiscoveryFault::NoS256 { found }
            | DiscoveryFault::ScopeOpenid { found } => found.join(", "),
            DiscoveryFault::EndpointMissing { .. } => String::new(),
            DiscoveryFault::EndpointUnsafe { found, .. } | DiscoveryFault::IssuerDiffers { found, .. } => {
                found.clone()
            }
        }
    }
}

impl fmt::Display for DiscoveryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found();
        write!(
            f,
            "{} should be {} and is {}",
            self.place(),
            self.expected(),
            if found.is_empty() { "missing" } else { &found }
        )
    }
}

impl Discovery {
    /// Reads the document of an issuer, at most 512 KiB, and looks at everything in it.
    ///
    /// # Errors
    /// [`DiscoveryError`] says what the bytes are instead.
    pub fn parse(bytes: &[u8], issuer: &Issuer) -> Result<(Discovery, Vec<DiscoveryFault>), DiscoveryError> {
        let map = object(bytes, LONGEST).map_err(DiscoveryError::Document)?;
        let Some(Json::String(found)) = map.get("issuer") else {
            let found = match map.get("issuer") {
                Some(other) => format!("one whose issuer is {}", kind(other)),
                None if map.contains_key("keys") => "a key set".into(),
                None if map.contains_key("error") || map.contains_key("errorCode") => {
                    "an error message".into()
                }
                None if map.is_empty() => "an empty object".into(),
                None => {
                    let names: Vec<&str> = map.keys().take(5).map(String::as_str).collect();
                    format!("an object with {}", names.join(", "))
                }
            };
            return Err(DiscoveryError::NotADiscoveryDocument {
                found: found.chars().take(200).collect(),
            });
        };
        let mut faults = Vec::new();
        if found != issuer.as_str() {
            faults.push(DiscoveryFault::IssuerDiffers {
                expected: issuer.as_str().to_owned(),
                found: found.chars().take(300).collect(),
            });
        }
        let mut endpoint = |name: &'static str| match map.get(name) {
            Some(Json::String(text)) => {
                let endpoint = Endpoint::parse(text, issuer);
                if endpoint.is_none() {
                    faults.push(DiscoveryFault::EndpointUnsafe {
                        name,
                        found: text.chars().take(300).collect(),
                    });
                }
                endpoint
            }
            _ => {
                faults.push(DiscoveryFault::EndpointMissing { name });
                None
            }
        };
        let (authorization_endpoint, token_endpoint, jwks_uri) = (
            endpoint("authorization_endpoint"),
            endpoint("token_endpoint"),
            endpoint("jwks_uri"),
        );
        let list = |name: &str| texts(map.get(name));
        let response_types = list("response_types_supported");
        if !response_types.iter().any(|t| t == "code") {
            faults.push(DiscoveryFault::CodeFlow {
                found: response_types.clone(),
            });
        }
        let offered = list("id_token_signing_alg_values_supported");
        let algorithms: Vec<Algorithm> = offered.iter().filter_map(|a| Algorithm::parse(a)).collect();
        if algorithms.is_empty() {
            faults.push(DiscoveryFault::Algorithms { found: offered });
        }
        let challenge_methods = list("code_challenge_methods_supported");
        if !challenge_methods.is_empty() && !challenge_methods.iter().any(|m| m == "S256") {
            faults.push(DiscoveryFault::NoS256 {
                found: challenge_methods.clone(),
            });
        }
        let mut client_authentication = list("token_endpoint_auth_methods_supported");
        if client_authentication.is_empty() {
            client_authentication.push("client_secret_basic".into());
        }
        let ours = ["client_secret_basic", "client_secret_post", "none"];
        if !client_authentication.iter().any(|m| ours.contains(&m.as_str())) {
            faults.push(DiscoveryFault::ClientAuthentication {
                found: client_authentication.clone(),
            });
        }
        let scopes = list("scopes_supported");
        if !scopes.is_empty() && !scopes.iter().any(|s| s == "openid") {
            faults.push(DiscoveryFault::ScopeOpenid {
                found: scopes.clone(),
            });
        }
        let discovery = Discovery {
            issuer: found.clone(),
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            response_types,
            algorithms,
            challenge_methods,
            client_authentication,
            scopes,
            claims: list("claims_supported"),
        };
        Ok((discovery, faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://acme.okta.com/oauth2/default";
    const GOOD: &str = r#"{
        "issuer": "https://acme.okta.com/oauth2/default",
        "authorization_endpoint": "https://acme.okta.com/oauth2/default/v1/authorize",
        "token_endpoint": "https://acme.okta.com/oauth2/default/v1/token",
        "jwks_uri": "https://acme.okta.com/oauth2/default/v1/keys",
        "response_types_supported": ["code", "id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "scopes_supported": ["openid", "email"],
        "claims_supported": ["iss", "sub"]
    }"#;

    fn faults(text: &str) -> Vec<DiscoveryFault> {
        let issuer = Issuer::parse(ISSUER).expect("an issuer");
        Discovery::parse(text.as_bytes(), &issuer).expect("a document").1
    }

    #[test]
    fn a_whole_document_has_no_fault() {
        let issuer = Issuer::parse(ISSUER).expect("an issuer");
        let (discovery, faults) = Discovery::parse(GOOD.as_bytes(), &issuer).expect("a document");
        assert_eq!(faults, []);
        assert_eq!(
            discovery.jwks_uri.as_ref().map(Endpoint::as_str),
            Some("https://acme.okta.com/oauth2/default/v1/keys")
        );
        assert_eq!(discovery.algorithms, [Algorithm::Rs256]);
    }

    #[test]
    fn every_fault_is_seen_beside_the_value() {
        let check = |from: &str, to: &str, place: &str, found: &str, blocks: bool| {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD, "{from}");
            match faults(&text).as_slice() {
                [one] => assert_eq!(
                    (one.place(), one.found().as_str(), one.blocks()),
                    (place, found, blocks),
                    "{to}"
                ),
                other => panic!("{to}: {other:?}"),
            }
        };
        let slash = format!("\"{ISSUER}/\"");
        check(
            &format!("\"{ISSUER}\""),
            &slash,
            "issuer",
            &format!("{ISSUER}/"),
            true,
        );
        check(
            "\"jwks_uri\": \"https:",
            "\"jwks_uri\": \"http:",
            "jwks_uri",
            "http://acme.okta.com/oauth2/default/v1/keys",
            true,
        );
        check("\"jwks_uri\"", "\"jwks\"", "jwks_uri", "", true);
        check("\"token_endpoint\":", "\"t\":", "token_endpoint", "", true);
        check("\"code\", ", "", "response_types_supported", "id_token", true);
        check(
            "[\"RS256\"]",
            "[\"HS256\", \"EdDSA\"]",
            "id_token_signing_alg_values_supported",
            "HS256, EdDSA",
            true,
        );
        check(
            "[\"S256\"]",
            "[\"plain\"]",
            "code_challenge_methods_supported",
            "plain",
            false,
        );
        check("\"openid\", ", "", "scopes_supported", "email", false);
        check(
            "[\"client_secret_basic\", \"client_secret_post\", \"none\"]",
            "[\"private_key_jwt\"]",
            "token_endpoint_auth_methods_supported",
            "private_key_jwt",
            false,
        );
        assert_eq!(faults(&format!("{{\"issuer\":\"{ISSUER}\"}}")).len(), 5);
    }

    #[test]
    fn loopback_is_for_the_practice_world_alone() {
        let near = GOOD.replace("https://acme.okta.com", "http://127.0.0.1:4711");
        let issuer = Issuer::practice("http://127.0.0.1:4711/oauth2/default").expect("practice");
        let (_, practice) = Discovery::parse(near.as_bytes(), &issuer).expect("a document");
        assert_eq!(practice, []);
        assert_eq!(faults(&near).len(), 4);
        let elsewhere = near.replace("127.0.0.1:4711/oauth2/default/v1/keys", "10.0.0.1/keys");
        let (_, practice) = Discovery::parse(elsewhere.as_bytes(), &issuer).expect("a document");
        assert_eq!(practice.len(), 1);
    }

    #[test]
    fn what_it_is_when_it_is_no_discovery_document() {
        let issuer = Issuer::parse(ISSUER).expect("an issuer");
        let check = |text: &str, part: &str| {
            let error = Discovery::parse(text.as_bytes(), &issuer).expect_err("refused");
            assert!(error.to_string().contains(part), "{error}");
        };
        check("{\"keys\": []}", "a key set");
        check("{\"errorCode\": \"E0000007\"}", "an error message");
        check("{}", "an empty object");
        check("{\"issuer\": 1}", "whose issuer is a number");
        check("{\"a\": 1, \"b\": 2}", "an object with a, b");
        check("<html>", "a web page");
        check(&"x".repeat(LONGEST + 1), "at most 524288");
    }
}
