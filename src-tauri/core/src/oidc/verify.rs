//! Whether an ID token is what it says: its signature, then its claims. The only maker of [`VerifiedToken`].

use super::keys::{Algorithm, Key, KeySet};
use super::token::{Claims, IdToken};
use crate::time::{Instant, format_instant};
use crate::value::{ClientId, Issuer};
use std::fmt;
use time::Duration;

/// Seconds by which the provider's clock may be ahead of ours.
pub const LEEWAY_SECONDS: i64 = 60;

/// What a token is compared with.
#[derive(Clone, Debug)]
pub struct ExpectedToken {
    /// Its `iss`, byte for byte.
    pub issuer: Issuer,
    /// Its `aud`, and its `azp` where it has one.
    pub client_id: ClientId,
    /// The nonce of the sign-in; None for a token that was pasted.
    pub nonce: Option<String>,
    /// The moment of the judgement.
    pub now: Instant,
}

/// A token whose signature and claims hold.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedToken {
    claims: Claims,
    algorithm: Algorithm,
}

impl VerifiedToken {
    /// The claims, from the bytes that the signature covers.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// How it is signed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRejection {
    /// Its signature proves nothing: no claim in it counts.
    Signature(SignatureFault),
    /// It is the provider's, but not for this client and moment.
    Claim(ClaimFault),
}

/// Why a signature proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// An algorithm that AWS does not take; `none` and those with a shared secret among them.
    Algorithm {
        /// As it stands in the header.
        found: String,
    },
    /// An extension that must be understood, and is not.
    Critical {
        /// Their names.
        found: Vec<String>,
    },
    /// The signature does not match: another key of the same name, or the token was changed.
    Invalid,
    /// The key of that name is for another algorithm.
    KeyUnfit {
        /// Its name.
        kid: Option<String>,
        /// The algorithm of the header.
        algorithm: Algorithm,
    },
    /// No key of that name: the provider has changed its keys, or it is another provider.
    KeyUnknown {
        /// As it stands in the header.
        found: Option<String>,
        /// The names that are known.
        known: Vec<String>,
    },
}

/// Which claim does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimFault {
    /// Meant for another client.
    Audience {
        /// The client id.
        expected: String,
        /// As they stand there.
        found: Vec<String>,
    },
    /// `azp` names another client.
    AuthorizedParty {
        /// The client id.
        expected: String,
        /// As it stands there.
        found: String,
    },
    /// Several audiences and no `azp` (OpenID Connect Core §3.1.3.7).
    AuthorizedPartyMissing {
        /// The audiences.
        found: Vec<String>,
    },
    /// Its time is over.
    Expired {
        /// `exp`.
        at: Instant,
    },
    /// From the future.
    Early {
        /// `iat` or `nbf`.
        claim: &'static str,
        /// Its value.
        at: Instant,
    },
    /// Another issuer.
    Issuer {
        /// The set-up's.
        expected: String,
        /// As it stands there.
        found: String,
    },
    /// A claim that has to be there is not, or has another form.
    Missing {
        /// Its name.
        claim: &'static str,
    },
    /// Of another sign-in.
    Nonce,
}

impl fmt::Display for TokenRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenRejection::Signature(fault) => fault.fmt(f),
            TokenRejection::Claim(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SignatureFault::Algorithm { found } => write!(
                f,
                "the algorithm is “{found}”; expected one of {}",
                Algorithm::ALL.map(Algorithm::as_str).join(", ")
            ),
            SignatureFault::Critical { found } => {
                write!(f, "it wants extensions that are not known: {}", found.join(", "))
            }
            SignatureFault::Invalid => f.write_str("the signature does not match the key"),
            SignatureFault::KeyUnfit { kid, algorithm } => write!(
                f,
                "the key {} is not for {}",
                kid.as_deref().unwrap_or("without a name"),
                algorithm.as_str()
            ),
            SignatureFault::KeyUnknown { found, known } => write!(
                f,
                "the key “{}” is not among {}",
                found.as_deref().unwrap_or_default(),
                known.join(", ")
            ),
        }
    }
}

impl fmt::Display for ClaimFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClaimFault::Audience { expected, found } => {
                write!(f, "the audience is “{}”; expected “{expected}”", found.join(", "))
            }
            ClaimFault::AuthorizedParty { expected, found } => {
                write!(f, "the authorized party is “{found}”; expected “{expected}”")
            }
            ClaimFault::AuthorizedPartyMissing { found } => write!(
                f,
                "there are {} audiences and no azp that says for whom it is",
                found.len()
            ),
            ClaimFault::Expired { at } => write!(f, "it expired at {}", format_instant(*at)),
            ClaimFault::Early { claim, at } => {
                write!(f, "its {claim} is in the future: {}", format_instant(*at))
            }
            ClaimFault::Issuer { expected, found } => {
                write!(f, "the issuer is “{found}”; expected “{expected}”")
            }
            ClaimFault::Missing { claim } => write!(f, "the claim {claim} is missing or has another form"),
            ClaimFault::Nonce => f.write_str("its nonce is not the one of this sign-in"),
        }
    }
}

impl std::error::Error for TokenRejection {}

impl IdToken {
    /// Verifies the signature with the keys, then every claim that OpenID Connect Core §3.1.3.7 wants looked at.
    ///
    /// # Errors
    /// [`TokenRejection`]: the first reason, signature before claims.
    pub fn verify(&self, keys: &KeySet, expected: &ExpectedToken) -> Result<VerifiedToken, TokenRejection> {
        let algorithm = self.signature_holds(keys).map_err(TokenRejection::Signature)?;
        claims_hold(&self.view.claims, expected).map_err(TokenRejection::Claim)?;
        Ok(VerifiedToken {
            claims: self.view.claims.clone(),
            algorithm,
        })
    }

    fn signature_holds(&self, keys: &KeySet) -> Result<Algorithm, SignatureFault> {
        let view = &self.view;
        let algorithm = Algorithm::parse(&view.algorithm).ok_or_else(|| SignatureFault::Algorithm {
            found: view.algorithm.chars().take(40).collect(),
        })?;
        if !view.critical.is_empty() {
            return Err(SignatureFault::Critical {
                found: view.critical.clone(),
            });
        }
        // A token without a kid may be of any key (RFC 7515 §4.1.4); a set may hold a name twice.
        let named: Vec<&Key> = keys
            .keys
            .iter()
            .filter(|k| view.kid.is_none() || k.kid == view.kid)
            .collect();
        if named.is_empty() {
            return Err(SignatureFault::KeyUnknown {
                found: view.kid.clone(),
                known: keys.kids(),
            });
        }
        let fitting: Vec<&Key> = named.into_iter().filter(|k| k.fits(algorithm)).collect();
        if fitting.is_empty() {
            return Err(SignatureFault::KeyUnfit {
                kid: view.kid.clone(),
                algorithm,
            });
        }
        let message = self.raw().as_bytes().get(..self.signed).unwrap_or_default();
        if fitting
            .iter()
            .any(|k| k.verifies(algorithm, message, &self.signature))
        {
            Ok(algorithm)
        } else {
            Err(SignatureFault::Invalid)
        }
    }
}

fn claims_hold(claims: &Claims, expected: &ExpectedToken) -> Result<(), ClaimFault> {
    let missing = |claim| ClaimFault::Missing { claim };
    let issuer = claims.issuer().ok_or_else(|| missing("iss"))?;
    if issuer != expected.issuer.as_str() {
        return Err(ClaimFault::Issuer {
            expected: expected.issuer.as_str().to_owned(),
            found: issuer.to_owned(),
        });
    }
    let client = expected.client_id.as_str();
    let audiences = claims.audiences();
    if audiences.is_empty() {
        return Err(missing("aud"));
    }
    if !audiences.iter().any(|a| a == client) {
        return Err(ClaimFault::Audience {
            expected: client.to_owned(),
            found: audiences,
        });
    }
    match claims.authorized_party() {
        Some(azp) if azp != client => {
            return Err(ClaimFault::AuthorizedParty {
                expected: client.to_owned(),
                found: azp.to_owned(),
            });
        }
        None if audiences.len() > 1 => {
            return Err(ClaimFault::AuthorizedPartyMissing { found: audiences });
        }
        Some(_) | None => {}
    }
    let expires = claims.expires().ok_or_else(|| missing("exp"))?;
    if expires <= expected.now {
        return Err(ClaimFault::Expired { at: expires });
    }
    let issued = claims.issued().ok_or_else(|| missing("iat"))?;
    let latest = expected.now.saturating_add(Duration::seconds(LEEWAY_SECONDS));
    let early = [("iat", Some(issued)), ("nbf", claims.not_before())];
    for (claim, at) in early {
        if let Some(at) = at.filter(|at| *at > latest) {
            return Err(ClaimFault::Early { claim, at });
        }
    }
    if claims.subject().is_none_or(str::is_empty) {
        return Err(missing("sub"));
    }
    if let Some(nonce) = &expected.nonce
        && claims.nonce() != Some(nonce)
    {
        return Err(ClaimFault::Nonce);
    }
    Ok(())
}
