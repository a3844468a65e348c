//! How people sign in: by SAML 2.0 or OpenID Connect, and what of it is known yet.

use super::{Setup, SetupError, World, metadata_digest};
use crate::idp::{IdentityProvider, Protocol};
use crate::resource::SecretValue;
use crate::value::{AuthenticationUrl, ClientId, Issuer, Region};
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer, Serialize};

/// How people sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "lowercase", deny_unknown_fields)]
pub enum Federation {
    /// OpenID Connect.
    Oidc {
        /// Whose portal the guide speaks of.
        idp: IdentityProvider,
        /// Who issues the ID tokens, if it is known yet.
        #[serde(default, deserialize_with = "issuer_of_any_world")]
        issuer: Option<Issuer>,
        /// The client at the identity provider, if it is known yet.
        #[serde(default)]
        client_id: Option<ClientId>,
        /// AWS's id of the version that holds the client secret; the secret itself is nowhere.
        #[serde(default)]
        secret_version: Option<String>,
        /// ARN of a KMS key of the company's own for that secret.
        #[serde(default)]
        secret_kms_key: Option<String>,
    },
    /// SAML 2.0.
    Saml {
        /// Whose portal the guide speaks of.
        idp: IdentityProvider,
        /// The federation metadata as UTF-8 text, if it is there yet.
        metadata: Option<String>,
        /// Metadata made here, so that AWS can be set up first. Its key was thrown away.
        #[serde(default)]
        temporary_metadata: Option<String>,
        /// Digest of the temporary metadata that was replaced, to tell whether AWS holds it still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced_temporary: Option<String>,
        /// The page a web experience sends people to; Entra calls it User access URL.
        authentication_url: Option<AuthenticationUrl>,
        /// Which of AWS's sign-in addresses stands as Recipient, where the guide wants one.
        #[serde(default)]
        sign_in: SignInEndpoint,
    },
}

/// AWS's sign-in addresses (AWS: sign-in endpoints).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInEndpoint {
    /// `https://signin.aws.amazon.com/saml`, in us-east-1.
    Global,
    /// The region's own, which AWS recommends; in us-east-1 it is the global one.
    #[default]
    Regional,
}

impl SignInEndpoint {
    /// The address for an application of `region`.
    pub fn url(self, region: Region) -> String {
        match (self, region) {
            (SignInEndpoint::Global, _) | (SignInEndpoint::Regional, Region::UsEast1) => {
                "https://signin.aws.amazon.com/saml".to_owned()
            }
            (SignInEndpoint::Regional, region) => format!("https://{region}.signin.aws.amazon.com/saml"),
        }
    }
}

/// Which of the two it may be is checked against the set-up's world.
fn issuer_of_any_world<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Issuer>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Any(#[serde(deserialize_with = "Issuer::deserialize_of_any_world")] Issuer);
    Ok(Option::<Any>::deserialize(from)?.map(|Any(issuer)| issuer))
}

impl Federation {
    /// Nothing known yet but whose portal it is; the guide says which protocol.
    pub fn new(idp: IdentityProvider) -> Federation {
        match idp.protocol() {
            Protocol::Oidc => Federation::Oidc {
                idp,
                issuer: None,
                client_id: None,
                secret_version: None,
                secret_kms_key: None,
            },
            Protocol::Saml => Federation::Saml {
                idp,
                metadata: None,
                temporary_metadata: None,
                replaced_temporary: None,
                authentication_url: None,
                sign_in: SignInEndpoint::default(),
            },
        }
    }

    /// Whose portal the guide speaks of.
    pub fn idp(&self) -> IdentityProvider {
        match self {
            Federation::Oidc { idp, .. } | Federation::Saml { idp, .. } => *idp,
        }
    }

    pub(super) fn check(&self, setup: &Setup) -> Result<(), SetupError> {
        let protocol = match self {
            Federation::Oidc { .. } => Protocol::Oidc,
            Federation::Saml { .. } => Protocol::Saml,
        };
        if self.idp().protocol() != protocol {
            return Err(SetupError::Field {
                field: "protocol",
                found: format!("{protocol:?}").to_lowercase(),
                expected: format!("that of the identity provider {}", self.idp().as_str()),
            });
        }
        let Federation::Oidc {
            issuer: Some(issuer),
            secret_kms_key,
            ..
        } = self
        else {
            return Ok(());
        };
        if let Some(unsupported) = issuer.unsupported() {
            return Err(SetupError::IssuerUnsupported {
                found: issuer.to_string(),
                unsupported,
            });
        }
        if issuer.is_practice() && setup.world != World::Practice {
            return Err(SetupError::Field {
                field: "issuer",
                found: issuer.to_string(),
                expected: "an https address; one on this machine is for the practice world alone".into(),
            });
        }
        secret_kms_key.as_deref().map_or(Ok(()), |key| {
            super::options::check_kms_key("KMS key of the secret", key, setup)
        })
    }
}

/// What the administrator of the identity provider hands over, put in.
impl Setup {
    fn of_saml(&self) -> SetupError {
        SetupError::Field {
            field: "protocol",
            found: "OpenID Connect".into(),
            expected: "SAML 2.0: metadata and sign-in address are of SAML alone".into(),
        }
    }

    /// The federation metadata; temporary metadata has done its work then.
    ///
    /// # Errors
    /// The set-up is of OIDC.
    pub fn give_metadata(&mut self, text: String) -> Result<(), SetupError> {
        let refused = self.of_saml();
        match &mut self.federation {
            Federation::Saml {
                metadata,
                temporary_metadata,
                replaced_temporary,
                ..
            } => {
                *metadata = Some(text);
                if let Some(temporary) = temporary_metadata.take() {
                    *replaced_temporary = Some(metadata_digest(&temporary));
                }
                Ok(())
            }
            Federation::Oidc { .. } => Err(refused),
        }
    }

    /// Metadata made here, so that AWS can be set up first.
    ///
    /// # Errors
    /// The set-up is of OIDC.
    pub fn give_temporary_metadata(&mut self, text: String) -> Result<(), SetupError> {
        let refused = self.of_saml();
        match &mut self.federation {
            Federation::Saml {
                temporary_metadata, ..
            } => {
                *temporary_metadata = Some(text);
                Ok(())
            }
            Federation::Oidc { .. } => Err(refused),
        }
    }

    /// Where people are sent to sign in.
    ///
    /// # Errors
    /// The set-up is of OIDC.
    pub fn give_authentication_url(&mut self, url: AuthenticationUrl) -> Result<(), SetupError> {
        let refused = self.of_saml();
        match &mut self.federation {
            Federation::Saml {
                authentication_url, ..
            } => {
                *authentication_url = Some(url);
                Ok(())
            }
            Federation::Oidc { .. } => Err(refused),
        }
    }

    /// Who issues the ID tokens, and for which client.
    ///
    /// # Errors
    /// The set-up is of SAML, or Amazon Q Business does not take the issuer.
    pub fn give_client(&mut self, of: Issuer, client: ClientId) -> Result<(), SetupError> {
        match &mut self.federation {
            Federation::Oidc {
                issuer, client_id, ..
            } => {
                *issuer = Some(of);
                *client_id = Some(client);
                self.check()
            }
            Federation::Saml { .. } => Err(SetupError::Field {
                field: "protocol",
                found: "SAML 2.0".into(),
                expected: "OpenID Connect: issuer and client id are of OpenID Connect alone".into(),
            }),
        }
    }
}

/// Control characters, and those without a width that web pages and editors leave in what is copied.
fn is_unseen(c: char) -> bool {
    c.is_control() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// What is wrong with a client secret as it was given, if anything. The secret itself is not repeated.
pub fn secret_fault(secret: &SecretValue) -> Option<&'static str> {
    let text = secret.expose_secret();
    if text.is_empty() {
        Some("it is empty")
    } else if text.len() > 4096 {
        Some("it is longer than 4096 characters")
    } else if text.contains(['\n', '\r']) {
        Some("it has a line break; copy it again, without what stands before and after it")
    } else if text.trim() != text {
        Some("it has a blank at its beginning or end")
    } else if text.chars().any(is_unseen) {
        Some("it has a character that cannot be seen; copy it again")
    } else {
        None
    }
}
