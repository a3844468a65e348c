//! Which pieces of a case are not judged or judged by, and why.

use claimbridge_core::diagnose::{Case, Content, Evidence, Origin, Piece};

/// Why pieces are not what is judged or judged by, one after another.
pub(super) fn notes(case: &Case, evidence: &Evidence, by_setup: bool) -> Vec<Option<String>> {
    case.pieces
        .iter()
        .map(|piece| aside(case, piece, evidence, by_setup))
        .collect()
}

/// Why a piece is not what is judged or judged by; None where it is, or where every one of its kind counts.
fn aside(case: &Case, piece: &Piece, evidence: &Evidence, by_setup: bool) -> Option<String> {
    let is = |other: Option<&Piece>| other.is_some_and(|other| std::ptr::eq(other, piece));
    let role = evidence.expected.role_arn.as_deref();
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
        Content::Metadata(_) if by_setup => Some("set aside: the set-up's metadata counts".into()),
        Content::Metadata(_) => {
            let (judging, _) = case.judging_metadata()?;
            let why = match judging.origin {
                Origin::Aws => "set aside: the metadata that AWS has counts",
                _ => "not judged by: other metadata was handed in later",
            };
            (!is(Some(judging))).then(|| why.into())
        }
        Content::Trust { role_arn, .. } => {
            let judging = case.judging_trust(role)?;
            let of_another = match &judging.content {
                Content::Trust { role_arn: wanted, .. } => wanted.is_some() && wanted != role_arn,
                _ => false,
            };
            let why = match (&judging.origin, role_arn) {
                (_, Some(other)) if of_another => format!("not judged by: it is of {other}"),
                (Origin::Aws, _) => "set aside: the trust policy that AWS has counts".into(),
                _ => "not judged by: another trust policy was handed in later".into(),
            };
            (!is(Some(judging))).then_some(why)
        }
        Content::Claims(_) => {
            let last = case
                .pieces
                .iter()
                .rev()
                .find(|p| matches!(p.content, Content::Claims(_)));
            (!is(last)).then(|| "not judged: another table was handed in later".into())
        }
        _ => None,
    }
}
