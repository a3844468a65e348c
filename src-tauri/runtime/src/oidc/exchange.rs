//! The second half of the code flow: a code for a token. The client secret goes to the token endpoint of
//! the issuer's own document and nowhere else; no answer of it is kept or shown whole.

use super::Authorization;
use crate::http::Http;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claimbridge_core::oidc::{IdToken, NotAToken, NotFetched};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use std::fmt;
use url::form_urlencoded::byte_serialize;

/// Why there is no token for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeError {
    /// The identity provider wants the client to prove itself in a way that this program has not.
    ClientAuthentication {
        /// Its ways.
        found: Vec<String>,
    },
    /// The token endpoint did not answer.
    NotFetched(NotFetched),
    /// It answered something that is no JSON object.
    NotJson {
        /// The status.
        status: u16,
    },
    /// It gave no ID token.
    NoIdToken {
        /// The names of what it gave.
        found: Vec<String>,
    },
    /// It gave one that cannot be read.
    Token(NotAToken),
    /// It refused.
    Refused {
        /// Its code: `invalid_client`, `invalid_grant`.
        error: String,
        /// Its words.
        description: String,
    },
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExchangeError::ClientAuthentication { found } => write!(
                f,
                "The identity provider wants the client to prove itself by {}; this program has client_secret_basic and client_secret_post. Choose client secret as the client authentication of the application.",
                found.join(" or ")
            ),
            ExchangeError::NotFetched(why) => write!(
                f,
                "The token endpoint did not give a token. {why}. Check the network, then sign in again."
            ),
            ExchangeError::NotJson { status } => write!(
                f,
                "The token endpoint answered with status {status} and no JSON. Compare the issuer with the identity provider's own page."
            ),
            ExchangeError::NoIdToken { found } => write!(
                f,
                "The identity provider gave {} and no id_token. Let the application be one of OpenID Connect with the scope openid.",
                if found.is_empty() {
                    "nothing".into()
                } else {
                    found.join(", ")
                }
            ),
            ExchangeError::Token(error) => error.fmt(f),
            ExchangeError::Refused { error, description } => {
                write!(
                    f,
                    "The identity provider refused the code: {error}. {description} "
                )?;
                f.write_str(match error.as_str() {
                    "invalid_client" => "Enter the client secret of this application again.",
                    "invalid_grant" => {
                        "Sign in again, and compare the redirect address with the one that is registered."
                    }
                    "unauthorized_client" => "Allow the grant type Authorization Code for the application.",
                    "access_denied" => {
                        "Assign the person to the application, and let an access policy cover it."
                    }
                    _ => "Look at the log of the identity provider.",
                })
            }
        }
    }
}

impl std::error::Error for ExchangeError {}

/// How the client proves itself.
enum Proof<'a> {
    Basic(&'a SecretString),
    Post(&'a SecretString),
    Public,
}

impl Authorization {
    /// Exchanges the code, once.
    pub(super) async fn exchange(
        self,
        code: &str,
        secret: Option<&SecretString>,
        http: &Http,
    ) -> Result<IdToken, ExchangeError> {
        let offers = |way: &str| self.client_authentication.iter().any(|w| w == way);
        let (first, second) = match secret {
            None => (Proof::Public, None),
            Some(s) if offers("client_secret_basic") => {
                // An application may be set to one of the ways that its provider offers.
                let other = offers("client_secret_post").then_some(Proof::Post(s));
                (Proof::Basic(s), other)
            }
            Some(s) if offers("client_secret_post") => (Proof::Post(s), None),
            Some(_) => {
                return Err(ExchangeError::ClientAuthentication {
                    found: self.client_authentication.clone(),
                });
            }
        };
        let answer = self.ask(code, &first, http).await;
        match (answer, second) {
            (Err(ExchangeError::Refused { error, .. }), Some(second)) if error == "invalid_client" => {
                self.ask(code, &second, http).await
            }
            (answer, _) => answer,
        }
    }

    async fn ask(&self, code: &str, proof: &Proof<'_>, http: &Http) -> Result<IdToken, ExchangeError> {
        let client = self.client_id.as_str();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect.as_str()),
        ];
        if let Some(verifier) = self.verifier() {
            form.push(("code_verifier", verifier));
        }
        match proof {
            Proof::Basic(_) => {}
            Proof::Post(secret) => {
                form.push(("client_id", client));
                form.push(("client_secret", secret.expose_secret()));
            }
            Proof::Public => form.push(("client_id", client)),
        }
        let (status, body) = http
            .send(self.token_endpoint.as_str(), |http, url| {
                let request = http.post(url).form(&form);
                match proof {
                    Proof::Basic(secret) => {
                        let mut header = basic(client, secret);
                        header.set_sensitive(true);
                        request.header("authorization", header)
                    }
                    Proof::Post(_) | Proof::Public => request,
                }
            })
            .await
            .map_err(ExchangeError::NotFetched)?;
        read(status, &body)
    }
}

/// Both parts are form-encoded first (RFC 6749 §2.3.1).
fn basic(client: &str, secret: &SecretString) -> reqwest::header::HeaderValue {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(client), encode(secret.expose_secret()));
    reqwest::header::HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .expect("base64 has only letters that a header takes")
}

fn read(status: u16, body: &[u8]) -> Result<IdToken, ExchangeError> {
    let Ok(Json::Object(answer)) = serde_json::from_slice(body) else {
        return Err(ExchangeError::NotJson { status });
    };
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    if let Some(error) = text("error") {
        return Err(ExchangeError::Refused {
            error: error.chars().take(100).collect(),
            description: text("error_description")
                .unwrap_or_default()
                .chars()
                .take(1000)
                .collect(),
        });
    }
    match text("id_token") {
        Some(token) if status == 200 => IdToken::decode(token).map_err(ExchangeError::Token),
        _ => Err(ExchangeError::NoIdToken {
            found: answer.keys().take(10).cloned().collect(),
        }),
    }
}
