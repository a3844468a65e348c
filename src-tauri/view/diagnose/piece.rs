//! One piece of the open case as its row shows it: where it came from, whether its claims can be believed, and why it
//! is set aside.

use super::case::count;
use super::{LeftOutView, PieceView};
use crate::open_case::{LeftOut, OpenCase};
use crate::view::SignatureView;
use claimbridge_core::diagnose::{Content, Origin, Piece};
use claimbridge_core::time::format_instant;
use claimbridge_runtime::diagnose::Weighed;

impl PieceView {
    /// For the screen: the piece that stands at this place of the case.
    pub(super) fn of(open: &OpenCase, weighed: &Weighed, at: usize, piece: &Piece) -> PieceView {
        PieceView {
            kind: piece.content.kind().into(),
            from: match &piece.origin {
                Origin::Aws => "AWS as it is".into(),
                Origin::CloudTrail => "CloudTrail".into(),
                Origin::File(name) => name.clone(),
                Origin::Listener => "Test sign-in by the browser".into(),
                Origin::Pasted => "Pasted".into(),
                Origin::Recording { file, address } => format!("{file} · {address}"),
                Origin::SignInWindow => "Sign-in window".into(),
            },
            at: piece.at.map(format_instant),
            note: note(piece),
            signature: SignatureView::of_piece(open, piece, weighed),
            aside: weighed.asides.get(at).cloned().flatten(),
            left_out: open.left_out(at).flat_map(left_out).collect(),
        }
    }
}

fn left_out(left: &LeftOut) -> impl Iterator<Item = LeftOutView> {
    left.kinds.iter().map(|(kind, n)| LeftOutView {
        kind: (*kind).into(),
        count: count(*n),
        would_vouch: left.is_recorded && !is_seen(kind),
    })
}

/// Whether a recording may give pieces of this kind at all: they tell what was seen, and not what is right.
fn is_seen(kind: &str) -> bool {
    matches!(kind, "SAML response" | "AuthnRequest" | "ID token" | "Message")
}

/// A few words that tell a piece from others of its kind; nothing of a person.
fn note(piece: &Piece) -> String {
    match &piece.content {
        Content::Message(message) => format!("“{}”", message.text.chars().take(160).collect::<String>()),
        Content::Metadata(metadata) => metadata.entity_id.to_string(),
        Content::Response(response) => response.view().issuer.clone().unwrap_or_default(),
        Content::Trust { role_arn, .. } => role_arn.clone().unwrap_or_default(),
        Content::Trail(event) => event.error_code.clone().unwrap_or_else(|| "let in".into()),
        Content::Claims(claims) => match claims.len() {
            1 => "1 claim".into(),
            n => format!("{n} claims"),
        },
        _ => String::new(),
    }
}
