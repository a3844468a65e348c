//! The token's half: of which issuer and client it has to be, whose keys verify it, and what that gives.

use super::AtHand;
use crate::diagnose::signature::Keys;
use claimbridge_core::diagnose::{Evidence, Origin, TokenEvidence};
use claimbridge_core::oidc::ExpectedToken;
use claimbridge_core::setup::{Federation, Setup};
use claimbridge_core::value::Issuer;

/// The issuer that a set-up wants; None for SAML, and where it is not known yet.
pub fn issuer_of(setup: &Setup) -> Option<&Issuer> {
    match &setup.federation {
        Federation::Oidc { issuer, .. } => issuer.as_ref(),
        Federation::Saml { .. } => None,
    }
}

impl AtHand<'_> {
    /// Whose documents a token is judged by: the set-up's issuer, else that of the provider in IAM.
    pub fn issuer(&self) -> Option<&Issuer> {
        let own = self.of.and_then(|(setup, _)| issuer_of(setup));
        own.or_else(|| self.looked.and_then(|looked| looked.issuer.as_ref()))
    }

    /// What the token has to be: of the set-up's issuer and client. A verdict by others says nothing of these, and no
    /// more do the documents of another issuer.
    pub(super) fn want_token(&self, evidence: &mut Evidence) {
        let Some((piece, _)) = self.case.judged_token() else {
            return;
        };
        let handed_in = evidence.token.as_ref().and_then(|token| token.keys.clone());
        if let Some(captured) = self.captured {
            evidence.token = Some(captured.clone());
            evidence.captured_at = piece.at.filter(|_| piece.origin == Origin::Listener);
        }
        let Some(token) = &mut evidence.token else { return };
        let Some(Federation::Oidc {
            issuer, client_id, ..
        }) = self.of.map(|(setup, _)| &setup.federation)
        else {
            return;
        };
        if issuer.is_some() && *issuer != token.issuer {
            token.issuer.clone_from(issuer);
            token.verdict = None;
            token.discovery = None;
            token.keys = handed_in;
        }
        if client_id.is_some() && *client_id != token.client_id {
            token.client_id.clone_from(client_id);
            token.verdict = None;
        }
    }

    /// Verifies the token once issuer, client and keys are known from elsewhere than itself. Whose keys count.
    pub(super) fn verify_token(&self, evidence: &mut Evidence) -> Option<Keys> {
        let now = evidence.now;
        let token = evidence.token.as_mut()?;
        let is_published = self.publish(token);
        if token.verdict.is_none()
            && let Some((_, judged)) = self.case.judged_token()
            && let (Some(Ok(keys)), Some(issuer), Some(client_id)) =
                (&token.keys, &token.issuer, &token.client_id)
        {
            let expected = ExpectedToken {
                issuer: issuer.clone(),
                client_id: client_id.clone(),
                nonce: token.nonce.clone(),
                now,
            };
            token.verdict = Some(judged.verify(keys, &expected));
        }
        matches!(token.keys, Some(Ok(_))).then_some(match is_published {
            true => Keys::Issuer,
            false => Keys::HandedIn,
        })
    }

    /// Puts the issuer's own documents to the token, its keys before those that somebody handed in. Whether its keys
    /// count.
    fn publish(&self, token: &mut TokenEvidence) -> bool {
        // A captured token came with those of its moment.
        let of_its_moment = self.captured.filter(|_| self.case.judged_token().is_some());
        if of_its_moment.is_some_and(|captured| captured.issuer == token.issuer) {
            return true;
        }
        let published = self
            .published
            .filter(|p| token.issuer.as_ref() == Some(&p.issuer));
        let Some(provider) = published else {
            return false;
        };
        token.discovery = Some(provider.discovery.clone());
        match &provider.keys {
            Some(Ok(keys)) => {
                token.keys = Some(Ok(keys.clone()));
                token.verdict = None;
                true
            }
            none => {
                token.keys = token.keys.take().or_else(|| none.clone());
                false
            }
        }
    }
}
