//! An ID token as it is, before anything about it is proved.

use super::document::{DocumentError, object, texts};
use crate::time::Instant;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Characters that are read at all; STS takes far fewer.
const LONGEST: usize = 512 * 1024;

/// Base64 for URLs; padding is forgiven, bits that mean nothing are not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A token: three parts that could be taken apart. It is a credential, so it shows itself to no log.
pub struct IdToken {
    raw: String,
    /// Length of the part that is signed: header, dot, claims.
    pub(super) signed: usize,
    pub(super) signature: Vec<u8>,
    pub(super) view: TokenView,
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("length", &self.view.length)
            .finish_non_exhaustive()
    }
}

/// What a token says, unverified and without the token itself.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenView {
    /// `alg` of the header.
    pub algorithm: String,
    /// `kid` of the header.
    pub kid: Option<String>,
    /// `typ` of the header: `at+jwt` is an access token.
    pub kind: Option<String>,
    /// Extensions that must be understood (RFC 7515 §4.1.11); none is.
    pub critical: Vec<String>,
    /// Its claims.
    pub claims: Claims,
    /// Characters of the token.
    pub length: usize,
}

/// The claims of a token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub(super) Map<String, Json>);

/// Why a text is not an ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAToken {
    /// A part that is not base64url.
    Base64 {
        /// `header`, `claims` or `signature`.
        part: &'static str,
    },
    /// Nothing in it.
    Empty,
    /// Five parts: it is encrypted.
    Encrypted,
    /// A part that is not a JSON object.
    Json {
        /// `header` or `claims`.
        part: &'static str,
        /// What is wrong with it.
        error: DocumentError,
    },
    /// No `alg` in the header.
    NoAlgorithm,
    /// No three parts: an opaque access token, a code, or a token that was cut.
    Parts {
        /// How many it has.
        found: usize,
    },
    /// A SAML response or its base64 form.
    Saml,
    /// Longer than is read.
    TooLong {
        /// Characters.
        found: usize,
    },
}

impl fmt::Display for NotAToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAToken::Base64 { part } => {
                write!(f, "The {part} of the token is not base64url. Copy the whole ID token again.")
            }
            NotAToken::Empty => f.write_str("There is no token. Paste the ID token of a sign-in."),
            NotAToken::Encrypted => f.write_str(
                "The token is encrypted, and AWS cannot read it. Turn the encryption of ID tokens off for this application.",
            ),
            NotAToken::Json { part, error } => {
                write!(f, "The {part} of the token cannot be read: {error}. Copy the whole ID token again.")
            }
            NotAToken::NoAlgorithm => {
                f.write_str("The header of the token names no algorithm. Copy the whole ID token again.")
            }
            NotAToken::Parts { found } => write!(
                f,
                "An ID token has three parts between dots; this has {found}. Copy the id_token of the answer, not the access token or the code."
            ),
            NotAToken::Saml => f.write_str("This is a SAML response. Judge it as a SAML sign-in."),
            NotAToken::TooLong { found } => {
                write!(f, "The text has {found} characters; an ID token for AWS has {} at most.", super::TOKEN_LENGTH)
            }
        }
    }
}

impl std::error::Error for NotAToken {}

impl IdToken {
    /// Takes a token apart; blanks around it are dropped.
    ///
    /// # Errors
    /// [`NotAToken`] says what the text is instead.
    pub fn decode(text: &str) -> Result<IdToken, NotAToken> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAToken::Empty);
        }
        if text.len() > LONGEST {
            return Err(NotAToken::TooLong { found: text.len() });
        }
        if text.starts_with('<') || text.starts_with("PD94bWwg") || text.starts_with("PHNhbW") {
            return Err(NotAToken::Saml);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let (header, claims, signature) = match parts.as_slice() {
            [header, claims, signature] => (*header, *claims, *signature),
            [_, _, _, _, _] => return Err(NotAToken::Encrypted),
            other => return Err(NotAToken::Parts { found: other.len() }),
        };
        let decode = |part, text: &str| BASE64.decode(text).map_err(|_| NotAToken::Base64 { part });
        let json =
            |part, bytes: Vec<u8>| object(&bytes, LONGEST).map_err(|error| NotAToken::Json { part, error });
        let head = json("header", decode("header", header)?)?;
        let body = json("claims", decode("claims", claims)?)?;
        let name = |name: &str| head.get(name).and_then(Json::as_str).map(str::to_owned);
        let view = TokenView {
            algorithm: name("alg").ok_or(NotAToken::NoAlgorithm)?,
            kid: name("kid"),
            kind: name("typ"),
            critical: texts(head.get("crit")),
            claims: Claims(body),
            length: text.len(),
        };
        Ok(IdToken {
            signed: header.len() + 1 + claims.len(),
            signature: decode("signature", signature)?,
            raw: text.to_owned(),
            view,
        })
    }

    /// The token itself, for STS and nowhere else.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What it says.
    pub fn view(&self) -> &TokenView {
        &self.view
    }
}

impl Claims {
    /// Claims that no token carried: of a sign-in that is simulated, or kept.
    pub(crate) fn of(claims: Map<String, Json>) -> Claims {
        Claims(claims)
    }

    /// One claim as it is.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// The same with another value of one claim; None takes it away. For what a provider would send.
    pub(crate) fn with(&self, name: &str, value: Option<&Json>) -> Claims {
        let mut claims = self.0.clone();
        match value {
            Some(value) => claims.insert(name.to_owned(), value.clone()),
            None => claims.remove(name),
        };
        Claims(claims)
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_str)
    }

    fn instant(&self, name: &str) -> Option<Instant> {
        let number = self.0.get(name)?;
        let seconds = number.as_i64().or_else(|| {
            // RFC 7519 allows a fraction; the whole seconds are enough.
            let float = number.as_f64().filter(|f| f.is_finite() && f.abs() < 1e15)?;
            #[allow(clippy::cast_possible_truncation, reason = "the range was looked at")]
            Some(float as i64)
        })?;
        Instant::from_unix_timestamp(seconds).ok()
    }

    /// `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.text("iss")
    }

    /// `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// `aud`: one or several.
    pub fn audiences(&self) -> Vec<String> {
        texts(self.0.get("aud"))
    }

    /// `azp`: the client that the token was made for, where it differs or there are several audiences.
    pub fn authorized_party(&self) -> Option<&str> {
        self.text("azp")
    }

    /// `nonce`.
    pub fn nonce(&self) -> Option<&str> {
        self.text("nonce")
    }

    /// `exp`.
    pub fn expires(&self) -> Option<Instant> {
        self.instant("exp")
    }

    /// `iat`.
    pub fn issued(&self) -> Option<Instant> {
        self.instant("iat")
    }

    /// `nbf`.
    pub fn not_before(&self) -> Option<Instant> {
        self.instant("nbf")
    }

    /// What AWS compares with the client ids of the provider and with `:aud` of a trust policy:
    /// `azp` where it is there, else `aud` (IAM: condition keys of OIDC federation).
    pub fn effective_audiences(&self) -> Vec<String> {
        match self.authorized_party() {
            Some(azp) => vec![azp.to_owned()],
            None => self.audiences(),
        }
    }
}
