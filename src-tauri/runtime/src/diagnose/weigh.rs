//! What a case is judged by, where several sources say something: what AWS holds counts first, because AWS verifies
//! with it, then the set-up's; what was handed in counts only where neither is there.

use super::Gathered;
use crate::judge;
use claimbridge_core::diagnose::{Case, Content, Evidence, Expected, LiveRole, Origin, Piece};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::journal::Bindings;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::signature::{Pinned, verify};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::Instant;

/// Everything at hand about a sign-in.
#[derive(Clone, Copy)]
pub struct AtHand<'a> {
    /// What was handed in, and what AWS gave as pieces ([`Gathered::pieces`]).
    pub case: &'a Case,
    /// The set-up that it is about, and what that made.
    pub of: Option<(&'a Setup, &'a Bindings)>,
    /// AWS as it was read.
    pub looked: Option<&'a Gathered>,
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
    /// Piece by piece, why it is not what is judged or judged by; None where it is, or where every one of its kind
    /// counts.
    pub asides: Vec<Option<String>>,
}

impl AtHand<'_> {
    /// Folds it into evidence.
    pub fn weigh(&self, now: Instant) -> Weighed {
        let mut evidence = self.case.evidence(self.expected(), now);
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
            looked.fill(&mut evidence);
        }
        let asides = self
            .case
            .pieces
            .iter()
            .map(|piece| aside(self.case, piece, &evidence, metadata_of))
            .collect();
        Weighed {
            evidence,
            metadata_of,
            asides,
        }
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

/// Why a piece is not what is judged or judged by.
fn aside(case: &Case, piece: &Piece, evidence: &Evidence, metadata_of: Option<Holder>) -> Option<String> {
    let is = |other: Option<&Piece>| other.is_some_and(|other| std::ptr::eq(other, piece));
    match &piece.content {
        Content::Response(response) => {
            let (judged, _) = case.judged()?;
            let view = response.view();
            let recipient = view.assertions.first().and_then(|a| a.recipient());
            let why = match view.destination.as_deref().or(recipient) {
                Some(to) => format!("not judged: it was sent to {to}"),
                None => "not judged: another is newer".into(),
            };
            (!is(Some(judged))).then_some(why)
        }
        Content::Token(_) => {
            let judged = case.judged_token().map(|(piece, _)| piece);
            (!is(judged)).then(|| "not judged: another is newer".into())
        }
        Content::Metadata(metadata) => {
            let why = match metadata_of? {
                Holder::Aws if piece.origin == Origin::Aws => return None,
                Holder::Aws => "set aside: the metadata that AWS has counts",
                Holder::Setup => "set aside: the set-up's metadata counts",
                Holder::HandedIn if is(case.judging_metadata().map(|(piece, _)| piece)) => return None,
                Holder::HandedIn => return Some("not judged by: other metadata was handed in later".into()),
            };
            let is_same = matches!(&evidence.metadata, Some(Ok(counts)) if counts == &**metadata);
            Some(format!("{why}, {}", compared(is_same)))
        }
        Content::Trust { policy, role_arn, .. } => {
            let judging = match &evidence.role {
                Some(LiveRole::Missing) => return Some("set aside: AWS does not have the role".into()),
                Some(LiveRole::There(_)) | None => {
                    case.judging_trust(evidence.expected.role_arn.as_deref())?
                }
            };
            if is(Some(judging)) {
                return None;
            }
            let (of_another, is_same) = match &judging.content {
                Content::Trust {
                    policy: counts,
                    role_arn: wanted,
                    ..
                } => (
                    wanted.is_some() && role_arn.is_some() && wanted != role_arn,
                    counts == policy,
                ),
                _ => (false, false),
            };
            Some(match (&judging.origin, role_arn) {
                (_, Some(other)) if of_another => format!("not judged by: it is of {other}"),
                (Origin::Aws, _) => format!(
                    "set aside: the trust policy that AWS has counts, {}",
                    compared(is_same)
                ),
                _ => "not judged by: another trust policy was handed in later".into(),
            })
        }
        Content::Claims(_) => {
            let all = case.pieces.iter().rev();
            let last = all.clone().find(|p| matches!(p.content, Content::Claims(_)));
            (!is(last)).then(|| "not judged: another table was handed in later".into())
        }
        _ => None,
    }
}

fn compared(is_same: bool) -> &'static str {
    match is_same {
        true => "and says the same",
        false => "and differs from this",
    }
}
