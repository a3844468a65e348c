//! Whatever is pasted or dropped is told apart, bad input is named, and nothing unsigned is believed.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod bad;
mod fold;
mod kinds;
mod maker;
mod recordings;

use claimbridge_core::diagnose::{Content, Origin, Piece, recognise};
use claimbridge_core::time::format_instant;

/// What one input is, in a few words.
fn told(name: Option<&str>, bytes: &[u8]) -> String {
    match recognise(name, bytes) {
        Ok(pieces) => pieces.iter().map(in_words).collect::<Vec<_>>().join("\n    "),
        Err(why) => format!("refused: {why}"),
    }
}

fn in_words(piece: &Piece) -> String {
    let origin = match &piece.origin {
        Origin::Pasted => "pasted".to_owned(),
        Origin::File(name) => name.clone(),
        Origin::Recording { file, address } => format!("{file} {address}"),
        _ => "elsewhere".to_owned(),
    };
    let at = piece.at.map(format_instant).unwrap_or_else(|| "no time".into());
    let what = match &piece.content {
        Content::Response(r) => format!("{} assertions", r.view().assertions.len()),
        Content::Request(r) => format!("{r:?}"),
        Content::Token(t) => format!("{:?}", t.view().claims.issuer()),
        Content::Keys(k) => format!("{:?}", k.kids()),
        Content::Metadata(m) => m.entity_id.clone(),
        Content::Trust {
            role_arn,
            max_session,
            ..
        } => format!("{role_arn:?} {max_session:?}"),
        Content::Permissions(d) => format!("{} statements", d.statements.len()),
        Content::Message(m) => format!("{:?}", m.text),
        Content::Claims(c) => c
            .iter()
            .map(|c| format!("{:?}={:?} ", c.name, c.source))
            .collect(),
        Content::Trail(e) => format!("{e:?}"),
    };
    format!("{} [{origin}, {at}] {what}", piece.content.kind())
}

/// A table of inputs beside what they are.
fn table(inputs: &[(&str, Vec<u8>)]) -> String {
    inputs
        .iter()
        .map(|(what, bytes)| format!("{what}\n    {}\n", told(None, bytes)))
        .collect()
}
