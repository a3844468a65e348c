//! Whether a signature covers what is shown: claims are believed only from bytes that one covers, so nothing that
//! is decoded is shown without it.

use crate::open_case::{KeysOf, OpenCase, Weighed};
use claimbridge_core::diagnose::kept::{KeptCase, KeptVerdict};
use claimbridge_core::diagnose::{Content, Evidence, Piece, TokenEvidence};
use claimbridge_core::oidc::TokenRejection;
use claimbridge_core::saml::signature::{Covered, Rejection};
use claimbridge_runtime::diagnose::Holder;
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

impl From<Holder> for Keys {
    fn from(holder: Holder) -> Keys {
        match holder {
            Holder::Aws => Keys::Aws,
            Holder::Setup => Keys::Setup,
            Holder::HandedIn => Keys::HandedIn,
        }
    }
}

impl From<KeysOf> for Keys {
    fn from(keys: KeysOf) -> Keys {
        match keys {
            KeysOf::Issuer => Keys::Issuer,
            KeysOf::HandedIn => Keys::HandedIn,
        }
    }
}

impl SignatureView {
    /// Of what is judged; None where no claims are shown.
    pub fn of(evidence: &Evidence, metadata: Keys, keys: Keys) -> Option<SignatureView> {
        if evidence.view.is_some() {
            return Some(SignatureView::of_response(evidence, metadata));
        }
        let token = evidence.token.as_ref()?;
        token.claims()?;
        Some(SignatureView::of_token(token, keys))
    }

    /// Of what is judged in a case.
    pub fn of_case(weighed: &Weighed) -> Option<SignatureView> {
        let metadata = weighed.metadata_of.map_or(Keys::HandedIn, Keys::from);
        let keys = weighed.keys_of.map_or(Keys::HandedIn, Keys::from);
        SignatureView::of(&weighed.evidence, metadata, keys)
    }

    /// Of one piece; None where no claims are in it.
    pub fn of_piece(open: &OpenCase, piece: &Piece, weighed: &Weighed) -> Option<SignatureView> {
        let evidence = &weighed.evidence;
        let judged = match &piece.content {
            Content::Response(_) => open.case.judged().map(|(judged, _)| judged),
            Content::Token(_) => open.case.judged_token().map(|(judged, _)| judged),
            _ => return None,
        };
        if !judged.is_some_and(|judged| std::ptr::eq(judged, piece)) {
            return Some(SignatureView::Unchecked {
                why: Unchecked::NotJudged,
            });
        }
        match (&piece.content, &evidence.token) {
            (Content::Token(_), Some(token)) => {
                let keys = weighed.keys_of.map_or(Keys::HandedIn, Keys::from);
                Some(SignatureView::of_token(token, keys))
            }
            _ => SignatureView::of_case(weighed),
        }
    }

    fn of_response(evidence: &Evidence, by: Keys) -> SignatureView {
        let of = match &evidence.metadata {
            Some(Ok(metadata)) => metadata.entity_id.clone(),
            Some(Err(_)) | None => String::new(),
        };
        match (&evidence.verdict, &evidence.metadata) {
            (Some(Ok(verified)), _) => SignatureView::Verified {
                by,
                of,
                whole: verified.covers().any(|c| c == Covered::Response),
            },
            (Some(Err(Rejection::Unsigned)), _) => SignatureView::Absent,
            (None, _) if is_unsigned(evidence) => SignatureView::Absent,
            (Some(Err(why)), _) => SignatureView::Refused {
                by,
                of,
                why: why.to_string(),
            },
            (None, Some(Err(_))) => SignatureView::Unchecked {
                why: Unchecked::BadMetadata,
            },
            (None, _) => SignatureView::Unchecked {
                why: Unchecked::NoMetadata,
            },
        }
    }

    fn of_token(token: &TokenEvidence, by: Keys) -> SignatureView {
        let of = token.issuer.as_ref().map(ToString::to_string).unwrap_or_default();
        match &token.verdict {
            // Claims are looked at once the signature holds.
            Some(Ok(_) | Err(TokenRejection::Claim(_))) => SignatureView::Verified { by, of, whole: true },
            Some(Err(TokenRejection::Signature(why))) => SignatureView::Refused {
                by,
                of,
                why: why.to_string(),
            },
            None => SignatureView::Unchecked {
                why: match &token.keys {
                    Some(Ok(_)) => Unchecked::NoClient,
                    Some(Err(_)) | None => Unchecked::NoKeys,
                },
            },
        }
    }
}

/// Nothing is signed, and nothing is encrypted that could be.
fn is_unsigned(evidence: &Evidence) -> bool {
    let view = evidence.view.as_ref();
    view.is_some_and(|view| view.signatures.is_empty() && view.encrypted_assertions == 0)
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
