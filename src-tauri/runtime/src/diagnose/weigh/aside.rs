//! Why a piece is not what is judged or judged by.

use super::{AtHand, Holder, Weighed};
use crate::diagnose::signature::Keys;
use claimbridge_core::diagnose::{Case, Content, LiveRole, Origin, Piece, is_for_aws};
use claimbridge_core::policy::{Document, TrustPolicy};
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::response::Response;

impl AtHand<'_> {
    /// Piece by piece; None where it is, or where every one of its kind counts.
    pub(super) fn asides(&self, weighed: &Weighed) -> Vec<Option<String>> {
        let pieces = self.case.pieces.iter();
        pieces.map(|piece| self.aside(piece, weighed)).collect()
    }

    fn aside(&self, piece: &Piece, weighed: &Weighed) -> Option<String> {
        let case = self.case;
        match &piece.content {
            Content::Response(response) => response_aside(case, piece, response),
            Content::Token(_) => {
                let judged = case.judged_token().map(|(piece, _)| piece);
                (!is(piece, judged)).then(|| "not judged: another is newer".into())
            }
            Content::Keys(keys) => match (weighed.keys_of?, &weighed.evidence.token.as_ref()?.keys) {
                (Keys::Issuer, counts) => {
                    let is_same = matches!(counts, Some(Ok(counts)) if counts == keys);
                    Some(format!(
                        "set aside: the keys that the issuer publishes count, {}",
                        compared(is_same)
                    ))
                }
                (Keys::Aws | Keys::Setup | Keys::HandedIn, _) => {
                    // A recording vouches for nothing.
                    let is_recorded = |p: &Piece| matches!(p.origin, Origin::Recording { .. });
                    let mut all = case.pieces.iter().rev();
                    let last = all.find(|p| matches!(p.content, Content::Keys(_)) && !is_recorded(p));
                    (!is(piece, last)).then(|| "not judged by: other keys were handed in later".into())
                }
            },
            Content::Metadata(metadata) => metadata_aside(case, piece, metadata, weighed),
            Content::Trust { policy, role_arn, .. } => {
                trust_aside(case, piece, policy, role_arn.as_deref(), weighed)
            }
            Content::Permissions(document) => {
                let held = self.looked?.live.permissions.as_ref()?;
                let says_so = |held: &Document| held.same_meaning(document);
                let is_same = held
                    .iter()
                    .any(|held| Document::from_json(&held.document).is_ok_and(|d| says_so(&d)));
                let same = match is_same {
                    true => "and say the same",
                    false => "and none of their policies says the same",
                };
                Some(format!(
                    "set aside: the role's permissions that AWS has count, {same}"
                ))
            }
            Content::Claims(_) => {
                let mut all = case.pieces.iter().rev();
                let last = all.find(|p| matches!(p.content, Content::Claims(_)));
                (!is(piece, last)).then(|| "not judged: another table was handed in later".into())
            }
            Content::Request(_) | Content::Message(_) | Content::Trail(_) => None,
        }
    }
}

fn is(piece: &Piece, other: Option<&Piece>) -> bool {
    other.is_some_and(|other| std::ptr::eq(other, piece))
}

fn response_aside(case: &Case, piece: &Piece, response: &Response) -> Option<String> {
    let (judging, judged) = case.judged()?;
    if is(piece, Some(judging)) {
        return None;
    }
    let view = response.view();
    let recipient = view.assertions.first().and_then(|a| a.recipient());
    // The address decides only where one of the two is for AWS and the other is not.
    let decides = is_for_aws(judged) && !is_for_aws(response);
    Some(
        match view.destination.as_deref().or(recipient).filter(|_| decides) {
            Some(to) => format!("not judged: it was sent to {to}"),
            None => "not judged: another is newer".into(),
        },
    )
}

fn metadata_aside(
    case: &Case,
    piece: &Piece,
    metadata: &FederationMetadata,
    weighed: &Weighed,
) -> Option<String> {
    let why = match weighed.metadata_of? {
        Holder::Aws if piece.origin == Origin::Aws => return None,
        Holder::Aws => "set aside: the metadata that AWS has counts",
        Holder::Setup => "set aside: the set-up's metadata counts",
        Holder::HandedIn if is(piece, case.judging_metadata().map(|(piece, _)| piece)) => return None,
        Holder::HandedIn => return Some("not judged by: other metadata was handed in later".into()),
    };
    let is_same = matches!(&weighed.evidence.metadata, Some(Ok(counts)) if counts == metadata);
    Some(format!("{why}, {}", compared(is_same)))
}

fn trust_aside(
    case: &Case,
    piece: &Piece,
    policy: &TrustPolicy,
    role_arn: Option<&str>,
    weighed: &Weighed,
) -> Option<String> {
    let evidence = &weighed.evidence;
    let judging = match &evidence.role {
        Some(LiveRole::Missing) => return Some("set aside: AWS does not have the role".into()),
        Some(LiveRole::There(_)) | None => case.judging_trust(evidence.expected.role_arn.as_deref())?,
    };
    if is(piece, Some(judging)) {
        return None;
    }
    let (of_another, is_same) = match &judging.content {
        Content::Trust {
            policy: counts,
            role_arn: wanted,
            ..
        } => (
            wanted.is_some() && role_arn.is_some() && wanted.as_deref() != role_arn,
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

fn compared(is_same: bool) -> &'static str {
    match is_same {
        true => "and says the same",
        false => "and differs from this",
    }
}
