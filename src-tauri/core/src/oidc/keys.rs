//! The keys of an OpenID Connect provider (RFC 7517), and verification with them. Algorithms with a
//! shared secret are not here at all, so that no public key is ever taken for one.

use super::document::{DocumentError, LONGEST, object};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Keys that a set may have, of each kind (IAM: create an OIDC provider).
pub const MOST_KEYS: usize = 100;

/// How an ID token may be signed for AWS (IAM: create an OIDC provider).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-384.
    Es384,
    /// ECDSA on P-521.
    Es512,
    /// RSA with SHA-256: what nearly all providers use.
    Rs256,
    /// RSA with SHA-384.
    Rs384,
    /// RSA with SHA-512.
    Rs512,
}

impl Algorithm {
    /// All.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
    ];

    /// By its name in a header (RFC 7518 §3.1).
    pub fn parse(name: &str) -> Option<Algorithm> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }

    /// Its name in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::Es512 => "ES512",
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
        }
    }

    fn means(self) -> Means {
        match self {
            Algorithm::Rs256 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Rs384 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::Rs512 => Means::Rsa(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::Es256 => Means::Ecdsa(Curve::P256, &ECDSA_P256_SHA256_FIXED),
            Algorithm::Es384 => Means::Ecdsa(Curve::P384, &ECDSA_P384_SHA384_FIXED),
            Algorithm::Es512 => Means::Ecdsa(Curve::P521, &ECDSA_P521_SHA512_FIXED),
        }
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

enum Means {
    Rsa(&'static RsaParameters),
    Ecdsa(Curve, &'static EcdsaVerificationAlgorithm),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bytes of a coordinate.
    fn width(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, point: Vec<u8> },
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub kid: Option<String>,
    /// The only algorithm that it is for, where it says so.
    pub alg: Option<String>,
    material: Material,
}

impl Key {
    /// What makes it this key and no other, whatever it is called.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match &self.material {
            // The length keeps modulus and exponent apart.
            Material::Rsa { n, e } => [&n.len().to_be_bytes()[..], n, e].concat(),
            Material::Ec { curve: _, point } => point.clone(),
        }
    }

    /// Whether the key is of the kind that the algorithm wants, and says nothing against it.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match (&self.material, algorithm.means()) {
            (Material::Rsa { .. }, Means::Rsa(_)) => true,
            (Material::Ec { curve, .. }, Means::Ecdsa(wanted, _)) => *curve == wanted,
            _ => false,
        };
        kind && self.alg.as_deref().is_none_or(|a| a == algorithm.as_str())
    }

    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (&self.material, algorithm.means()) {
            (Material::Rsa { n, e }, Means::Rsa(parameters)) => PublicKeyComponents { n, e }
                .verify(parameters, message, signature)
                .is_ok(),
            (Material::Ec { curve, point }, Means::Ecdsa(wanted, means)) if *curve == wanted => {
                UnparsedPublicKey::new(means, point)
                    .verify(message, signature)
                    .is_ok()
            }
            _ => false,
        }
    }
}

/// A key in the set that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its name, where it has one.
    pub kid: Option<String>,
    /// Why.
    pub why: KeyFault,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// A part is missing, not base64url, or of the wrong length.
    Broken {
        /// Its name.
        part: &'static str,
    },
    /// A curve that AWS does not take.
    Curve {
        /// As it stands there.
        found: String,
    },
    /// Not RSA or EC.
    Kind {
        /// As it stands there.
        found: String,
    },
    /// Meant for encryption.
    NotForSigning,
    /// The private part is published with it: whoever reads the set can sign tokens.
    Private,
    /// An RSA key of fewer than 2048 bits.
    Short {
        /// Bits.
        found: usize,
    },
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFault::Broken { part } => write!(f, "its part {part} cannot be read"),
            KeyFault::Curve { found } => write!(f, "its curve is {found}; expected P-256, P-384 or P-521"),
            KeyFault::Kind { found } => write!(f, "its kind is {found}; expected RSA or EC"),
            KeyFault::NotForSigning => f.write_str("it is for encryption"),
            KeyFault::Private => f.write_str("its private part is published with it"),
            KeyFault::Short { found } => write!(f, "it has {found} bits; expected 2048 at least"),
        }
    }
}

/// A set of public keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    /// Those that can verify.
    pub keys: Vec<Key>,
    /// Those that cannot, with the reason.
    pub unusable: Vec<Unusable>,
}

/// Why a file is not a key set that AWS could use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySetError {
    /// No JSON object at all.
    Document(DocumentError),
    /// No key that verifies is in it.
    NoKey {
        /// Those that are there.
        unusable: Vec<Unusable>,
    },
    /// An object without `keys`.
    NotAKeySet {
        /// What it looks like.
        found: &'static str,
    },
    /// More than AWS takes.
    TooMany {
        /// Keys.
        found: usize,
    },
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySetError::Document(error) => write!(f, "This is not a key set: {error}."),
            KeySetError::NoKey { unusable } if unusable.is_empty() => f.write_str("The key set is empty."),
            KeySetError::NoKey { unusable } => {
                let reasons: Vec<String> = unusable
                    .iter()
                    .take(5)
                    .map(|u| format!("{}: {}", u.kid.as_deref().unwrap_or("without a kid"), u.why))
                    .collect();
                write!(
                    f,
                    "The key set has no key that verifies ({}).",
                    reasons.join("; ")
                )
            }
            KeySetError::NotAKeySet { found } => {
                write!(
                    f,
                    "This is not a key set: it has no list “keys” and looks like {found}."
                )
            }
            KeySetError::TooMany { found } => {
                write!(
                    f,
                    "The key set has {found} keys; AWS takes {MOST_KEYS} of a kind."
                )
            }
        }
    }
}

impl std::error::Error for KeySetError {}

impl KeySet {
    /// Reads a set of at most 512 KiB and 100 keys. A key that cannot be used stands beside the others.
    ///
    /// # Errors
    /// [`KeySetError`] says what the bytes are instead.
    pub fn parse(bytes: &[u8]) -> Result<KeySet, KeySetError> {
        let map = object(bytes, LONGEST).map_err(KeySetError::Document)?;
        let Some(Json::Array(list)) = map.get("keys") else {
            return Err(KeySetError::NotAKeySet {
                found: if map.contains_key("jwks_uri") {
                    "a discovery document, which names the address of the keys"
                } else if map.contains_key("kty") {
                    "one key alone"
                } else if map.contains_key("error") || map.contains_key("errorCode") {
                    "an error message"
                } else {
                    "something else"
                },
            });
        };
        if list.len() > MOST_KEYS {
            return Err(KeySetError::TooMany { found: list.len() });
        }
        let mut set = KeySet {
            keys: Vec::new(),
            unusable: Vec::new(),
        };
        for entry in list {
            let text = |name: &str| entry.get(name).and_then(Json::as_str);
            let kid = text("kid").map(|k| k.chars().take(256).collect::<String>());
            match entry
                .as_object()
                .ok_or(KeyFault::Broken { part: "kty" })
                .and_then(material)
            {
                Ok(material) => set.keys.push(Key {
                    kid,
                    alg: text("alg").map(str::to_owned),
                    material,
                }),
                Err(why) => set.unusable.push(Unusable { kid, why }),
            }
        }
        if set.keys.is_empty() {
            return Err(KeySetError::NoKey {
                unusable: set.unusable,
            });
        }
        Ok(set)
    }

    /// The names of the keys that can verify.
    pub fn kids(&self) -> Vec<String> {
        self.keys.iter().filter_map(|k| k.kid.clone()).collect()
    }
}

fn material(key: &Map<String, Json>) -> Result<Material, KeyFault> {
    let text = |name: &str| key.get(name).and_then(Json::as_str);
    let bytes = |name: &'static str| {
        text(name)
            .and_then(|t| URL_SAFE_NO_PAD.decode(t.trim_end_matches('=')).ok())
            .filter(|b| !b.is_empty())
            .ok_or(KeyFault::Broken { part: name })
    };
    if key.contains_key("d") {
        return Err(KeyFault::Private);
    }
    if text("use").is_some_and(|u| u != "sig") {
        return Err(KeyFault::NotForSigning);
    }
    match text("kty") {
        Some("RSA") => {
            let n: Vec<u8> = bytes("n")?.into_iter().skip_while(|b| *b == 0).collect();
            let e: Vec<u8> = bytes("e")?.into_iter().skip_while(|b| *b == 0).collect();
            let lead = n.first().map_or(0, |b| b.leading_zeros() as usize);
            let bits = (n.len() * 8).saturating_sub(lead);
            if bits < 2048 {
                return Err(KeyFault::Short { found: bits });
            }
            if e.is_empty() {
                return Err(KeyFault::Broken { part: "e" });
            }
            Ok(Material::Rsa { n, e })
        }
        Some("EC") => {
            let curve = match text("crv") {
                Some("P-256") => Curve::P256,
                Some("P-384") => Curve::P384,
                Some("P-521") => Curve::P521,
                other => {
                    return Err(KeyFault::Curve {
                        found: other.unwrap_or("not given").chars().take(40).collect(),
                    });
                }
            };
            let mut point = vec![4];
            for part in ["x", "y"] {
                let coordinate = bytes(part)?;
                if coordinate.len() != curve.width() {
                    return Err(KeyFault::Broken { part });
                }
                point.extend(coordinate);
            }
            Ok(Material::Ec { curve, point })
        }
        other => Err(KeyFault::Kind {
            found: other.unwrap_or("not given").chars().take(40).collect(),
        }),
    }
}
