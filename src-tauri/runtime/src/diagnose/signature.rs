//! Whether a signature covers what a sign-in claims, and by whose keys: claims are believed only from bytes that one
//! covers. Both faces show this and nothing else of it.

use super::{Holder, Weighed};
use claimbridge_core::diagnose::{Evidence, TokenEvidence};
use claimbridge_core::oidc::TokenRejection;
use claimbridge_core::saml::signature::{Covered, Rejection};

/// What is known of the signature over claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The claims are what the signer said; whether they are right is another question.
    Verified {
        /// Whose keys it was verified with.
        by: Keys,
        /// Entity ID or issuer that they are of; empty where it is not known.
        of: String,
        /// The whole response is covered, not the assertion alone.
        whole: bool,
    },
    /// Anybody could have written the claims.
    Refused {
        /// Whose keys it was verified with.
        by: Keys,
        /// Entity ID or issuer that they are of; empty where it is not known.
        of: String,
        /// In a part of a sentence.
        why: String,
    },
    /// Anybody could have written the claims: there is no signature.
    Absent,
    /// Anybody could have written the claims: nobody looked.
    Unchecked(Unchecked),
}

/// Whose keys a signature was verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Of the metadata that AWS has.
    Aws,
    /// Of the set-up's metadata.
    Setup,
    /// Of metadata or a key set that somebody handed in.
    HandedIn,
    /// That the issuer publishes.
    Issuer,
}

/// Why nobody looked at a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// No metadata is at hand.
    NoMetadata,
    /// The metadata that counts cannot be read.
    BadMetadata,
    /// The issuer's keys are not at hand.
    NoKeys,
    /// Neither a set-up nor the role says whose issuer and client are wanted.
    NoClient,
    /// It is not what is judged.
    NotJudged,
}

impl From<Holder> for Keys {
    fn from(holder: Holder) -> Keys {
        match holder {
            Holder::Aws => Keys::Aws,
            Holder::Setup => Keys::Setup,
            Holder::HandedIn => Keys::HandedIn,
        }
    }
}

impl Weighed {
    /// Of the claims that are shown: those of the response, else of the token; None where there are none.
    pub fn signature(&self) -> Option<Signature> {
        self.response_signature().or_else(|| self.token_signature())
    }

    /// Of the response that is judged.
    pub fn response_signature(&self) -> Option<Signature> {
        let by = self.metadata_of.map_or(Keys::HandedIn, Keys::from);
        Signature::of_response(&self.evidence, by)
    }

    /// Of the token that is judged.
    pub fn token_signature(&self) -> Option<Signature> {
        Signature::of_token(&self.evidence, self.keys_of.unwrap_or(Keys::HandedIn))
    }
}

impl Signature {
    /// Of a response that was verified with this holder's metadata; None without a response.
    pub fn of_response(evidence: &Evidence, by: Keys) -> Option<Signature> {
        let view = evidence.view.as_ref()?;
        let of = match &evidence.metadata {
            Some(Ok(metadata)) => metadata.entity_id.clone(),
            Some(Err(_)) | None => String::new(),
        };
        // Nothing is signed, and nothing is encrypted that could be.
        let is_unsigned = view.signatures.is_empty() && view.encrypted_assertions == 0;
        Some(match (&evidence.verdict, &evidence.metadata) {
            (Some(Ok(verified)), _) => Signature::Verified {
                by,
                of,
                whole: verified.covers().any(|c| c == Covered::Response),
            },
            (Some(Err(Rejection::Unsigned)), _) => Signature::Absent,
            (None, _) if is_unsigned => Signature::Absent,
            (Some(Err(why)), _) => Signature::Refused {
                by,
                of,
                why: why.to_string(),
            },
            (None, Some(Err(_))) => Signature::Unchecked(Unchecked::BadMetadata),
            (None, _) => Signature::Unchecked(Unchecked::NoMetadata),
        })
    }

    /// Of a token that was verified with these keys; None without a token.
    pub fn of_token(evidence: &Evidence, by: Keys) -> Option<Signature> {
        let token = evidence.token.as_ref()?;
        token.claims()?;
        // Handed-in keys are of nobody that is known.
        let of = match by {
            Keys::HandedIn => String::new(),
            Keys::Aws | Keys::Setup | Keys::Issuer => {
                token.issuer.as_ref().map(ToString::to_string).unwrap_or_default()
            }
        };
        Some(match &token.verdict {
            // Claims are looked at once the signature holds.
            Some(Ok(_) | Err(TokenRejection::Claim(_))) => Signature::Verified { by, of, whole: true },
            Some(Err(TokenRejection::Signature(why))) => Signature::Refused {
                by,
                of,
                why: why.to_string(),
            },
            None => Signature::Unchecked(unchecked(token)),
        })
    }
}

fn unchecked(token: &TokenEvidence) -> Unchecked {
    match &token.keys {
        Some(Ok(_)) => Unchecked::NoClient,
        Some(Err(_)) | None => Unchecked::NoKeys,
    }
}
