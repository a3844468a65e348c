//! What a case is judged by, where several sources say something: what AWS holds counts first, because AWS verifies
//! with it, then the set-up's; what was handed in counts only where neither is there. A token has to be of the set-up's
//! issuer and client, and the issuer's published keys count before those that were handed in.

use super::Gathered;
use super::signature::Keys;
use crate::judge;
use crate::oidc::Provider;
use claimbridge_core::diagnose::{Case, Evidence, Expected, LiveRole, TokenEvidence};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;

mod aside;
mod token;

pub use token::issuer_of;

/// Everything at hand about a sign-in.
#[derive(Clone, Copy)]
pub struct AtHand<'a> {
    /// What was handed in, and what AWS gave as pieces ([`Gathered::pieces`]).
    pub case: &'a Case,
    /// The set-up that it is about, and what that made.
    pub of: Option<(&'a Setup, &'a Bindings)>,
    /// AWS as it was read.
    pub looked: Option<&'a Gathered>,
    /// OpenID Connect: what the issuer publishes ([`AtHand::issuer`]), where it was fetched.
    pub published: Option<&'a Provider>,
    /// What the judged token was judged by at our own sign-in; None for a token that was handed in.
    pub captured: Option<&'a TokenEvidence>,
    /// Whose portal remedies speak of, where somebody chose it.
    pub idp: Option<IdentityProvider>,
}

/// Whose metadata signatures are verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// What AWS has.
    Aws,
    /// What the set-up has; AWS was not asked, or has none.
    Setup,
    /// What somebody handed in; neither of the others is there.
    HandedIn,
}

/// The evidence, and what it stands on.
pub struct Weighed {
    /// To be judged.
    pub evidence: Evidence,
    /// Whose metadata is in it; None where there is none.
    pub metadata_of: Option<Holder>,
    /// Whose keys a token is verified with; None where there are none.
    pub keys_of: Option<Keys>,
    /// Piece by piece, why it is not what is judged or judged by; None where it is, or where every one of its kind
    /// counts.
    pub asides: Vec<Option<String>>,
}

impl AtHand<'_> {
    /// Folds it into evidence.
    pub fn weigh(&self, now: Instant) -> Weighed {
        let mut evidence = self.case.evidence(self.expected(), now);
        self.want_token(&mut evidence);
        let held = self.looked.and_then(|looked| looked.metadata.as_deref());
        // Nobody can sign in by the stand-in, so it is no reason to set aside what the provider gave.
        let own = self.of.filter(|(setup, _)| !setup.is_temporary());
        let own = own.and_then(|(setup, _)| setup.metadata());
        let metadata_of = match (held, own) {
            (Some(metadata), _) => {
                verify_with(&mut evidence, self.case, metadata);
                Some(Holder::Aws)
            }
            (None, Some(metadata)) => {
                verify_with(&mut evidence, self.case, metadata);
                Some(Holder::Setup)
            }
            (None, None) => evidence.metadata.is_some().then_some(Holder::HandedIn),
        };
        if let Some(looked) = self.looked {
            if looked.has_no(evidence.expected.role_arn.as_deref()) {
                evidence.role = Some(LiveRole::Missing);
            }
            // What stands in IAM now counts more than at the sign-in.
            let before = evidence.token.as_mut().and_then(|t| t.provider_clients.take());
            looked.fill(&mut evidence);
            if let Some(token) = &mut evidence.token {
                token.provider_clients = token.provider_clients.take().or(before);
            }
        }
        let keys_of = self.verify_token(&mut evidence);
        // Where there is both, somebody else has to vouch for each.
        let has_token = evidence.token.as_ref().is_some_and(|t| t.claims().is_some());
        evidence.handed_in = (evidence.view.is_some()
            && !matches!(metadata_of, Some(Holder::Aws | Holder::Setup)))
            || (has_token && keys_of != Some(Keys::Issuer));
        let mut weighed = Weighed {
            evidence,
            metadata_of,
            keys_of,
            asides: Vec::new(),
        };
        weighed.asides = self.asides(&weighed);
        weighed
    }

    fn expected(&self) -> Expected {
        let mut expected = match (self.of, self.looked) {
            (Some((setup, bindings)), _) => judge::expected(setup, bindings),
            // AWS's metadata may be another provider's than the one that people sign in with.
            (None, Some(looked)) => Expected {
                idp: self.case.signed_in_at().unwrap_or(looked.expected.idp),
                ..looked.expected.clone()
            },
            (None, None) => self.case.expected_from(),
        };
        if let Some(idp) = self.idp {
            expected.idp = idp;
        }
        expected
    }
}

impl Gathered {
    /// AWS was asked for this role and does not have it.
    fn has_no(&self, role: Option<&str>) -> bool {
        let asked = self.expected.role_arn.as_deref();
        matches!(self.role, Some(LiveRole::Missing)) && asked.is_some() && asked == role
    }
}

/// Puts this metadata into the evidence, and what verifying the judged response with it gives.
pub(super) fn verify_with(evidence: &mut Evidence, case: &Case, metadata: &str) {
    let parsed = FederationMetadata::parse(metadata.as_bytes(), None);
    evidence.verdict = match (&parsed, case.judged()) {
        (Ok(metadata), Some((_, response))) => {
            let pinned = Pinned::new(&metadata.signing_certificates);
            Some(pinned.and_then(|p| verify(response, &p)))
        }
        // By what nobody can read, nobody can verify.
        (Err(_), _) | (_, None) => None,
    };
    evidence.metadata = Some(parsed);
}
