//! What was seen in an input and not kept, until the last piece of that input is taken away.

use claimbridge_core::diagnose::{Origin, Piece, Recognised};
use std::collections::BTreeMap;

/// What one input had beside what was kept of it.
pub struct LeftOut {
    /// It is a recording of the browser.
    pub is_recorded: bool,
    /// Name of its file; empty for what was pasted.
    file: String,
    /// How many more of a kind ([`claimbridge_core::diagnose::Content::kind`]) were seen.
    pub kinds: BTreeMap<&'static str, usize>,
}

impl LeftOut {
    /// None where everything was kept.
    pub fn of(recognised: &Recognised) -> Option<LeftOut> {
        let first = recognised.pieces.first()?;
        let (file, is_recorded) = handed_in(&first.origin)?;
        (!recognised.left_out.is_empty()).then(|| LeftOut {
            is_recorded,
            file: file.to_owned(),
            kinds: recognised.left_out.clone(),
        })
    }

    /// The last of the pieces that came from the same input.
    pub fn stands_at(&self, pieces: &[Piece]) -> Option<usize> {
        let own = Some((self.file.as_str(), self.is_recorded));
        pieces.iter().rposition(|piece| handed_in(&piece.origin) == own)
    }
}

/// Name of the file that a piece stood in, and whether that is a recording; None for what nobody handed in.
fn handed_in(origin: &Origin) -> Option<(&str, bool)> {
    match origin {
        Origin::File(name) => Some((name, false)),
        Origin::Pasted => Some(("", false)),
        Origin::Recording { file, .. } => Some((file, true)),
        Origin::Aws | Origin::CloudTrail | Origin::Listener | Origin::SignInWindow => None,
    }
}
