//! Whether a signature covers what is shown: claims are believed only from bytes that one covers, so nothing that
//! is decoded is shown without it.

use crate::open_case::OpenCase;
use claimbridge_core::diagnose::kept::{KeptCase, KeptVerdict};
use claimbridge_core::diagnose::{Content, Piece};
use claimbridge_runtime::diagnose::Weighed;
use claimbridge_runtime::diagnose::signature::{self, Signature};
use serde::Serialize;
use specta::Type;

/// What is known of the signature over claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SignatureView {
    /// The claims are what the signer said.
    Verified {
        /// Whose keys it was verified with.
        by: Keys,
        /// Entity ID or issuer that they are of.
        of: String,
        /// The whole response is covered, not the assertion alone.
        whole: bool,
    },
    /// Anybody could have written the claims.
    Refused {
        /// Whose keys it was verified with.
        by: Keys,
        /// Entity ID or issuer that they are of.
        of: String,
        /// In a part of a sentence.
        why: String,
    },
    /// Anybody could have written the claims: there is no signature.
    Absent,
    /// Anybody could have written the claims: nobody looked.
    Unchecked {
        /// What was missing.
        why: Unchecked,
    },
}

/// Whose keys a signature was verified with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// No metadata is at hand.
    NoMetadata,
    /// The metadata that counts cannot be read.
    BadMetadata,
    /// The issuer's keys are not at hand.
    NoKeys,
    /// The role does not say whose issuer and client it admits.
    NoClient,
    /// It is not what is judged.
    NotJudged,
}

impl From<signature::Keys> for Keys {
    fn from(keys: signature::Keys) -> Keys {
        match keys {
            signature::Keys::Aws => Keys::Aws,
            signature::Keys::Setup => Keys::Setup,
            signature::Keys::HandedIn => Keys::HandedIn,
            signature::Keys::Issuer => Keys::Issuer,
        }
    }
}

impl From<signature::Unchecked> for Unchecked {
    fn from(why: signature::Unchecked) -> Unchecked {
        match why {
            signature::Unchecked::NoMetadata => Unchecked::NoMetadata,
            signature::Unchecked::BadMetadata => Unchecked::BadMetadata,
            signature::Unchecked::NoKeys => Unchecked::NoKeys,
            signature::Unchecked::NoClient => Unchecked::NoClient,
            signature::Unchecked::NotJudged => Unchecked::NotJudged,
        }
    }
}

impl From<Signature> for SignatureView {
    fn from(signature: Signature) -> SignatureView {
        match signature {
            Signature::Verified { by, of, whole } => SignatureView::Verified {
                by: by.into(),
                of,
                whole,
            },
            Signature::Refused { by, of, why } => SignatureView::Refused {
                by: by.into(),
                of,
                why,
            },
            Signature::Absent => SignatureView::Absent,
            Signature::Unchecked(why) => SignatureView::Unchecked { why: why.into() },
        }
    }
}

impl SignatureView {
    /// Of one piece; None where no claims are in it.
    pub fn of_piece(open: &OpenCase, piece: &Piece, weighed: &Weighed) -> Option<SignatureView> {
        let (judged, signature) = match &piece.content {
            Content::Response(_) => (
                open.case.judged().map(|(judged, _)| judged),
                weighed.response_signature(),
            ),
            Content::Token(_) => (
                open.case.judged_token().map(|(judged, _)| judged),
                weighed.token_signature(),
            ),
            _ => return None,
        };
        match judged.is_some_and(|judged| std::ptr::eq(judged, piece)) {
            true => signature.map(SignatureView::from),
            false => Some(Signature::Unchecked(signature::Unchecked::NotJudged).into()),
        }
    }
}

/// What was known of the signature of a kept sign-in when it was kept. The signed bytes are not kept, so nobody can
/// look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "kebab-case")]
pub enum KeptSignature {
    /// It held.
    Verified,
    /// It did not.
    Refused,
    /// Nobody looked.
    Unchecked,
    /// A token's: it held or nobody looked, which is not kept apart.
    NotRefused,
}

impl KeptSignature {
    /// None where no claims were kept.
    pub fn of(case: &KeptCase) -> Option<KeptSignature> {
        if let Some(response) = &case.response {
            return Some(match &response.verdict {
                Some(KeptVerdict::Valid { .. }) => KeptSignature::Verified,
                Some(KeptVerdict::Rejected { .. }) => KeptSignature::Refused,
                None => KeptSignature::Unchecked,
            });
        }
        let token = case.token.as_ref()?;
        Some(match &token.fault {
            Some(_) => KeptSignature::Refused,
            None => KeptSignature::NotRefused,
        })
    }
}
