//! The message for the administrator of the identity provider.

use super::LetterView;
use crate::open_case::OpenCase;
use claimbridge_core::diagnose::Owner;
use claimbridge_core::time::Instant;
use claimbridge_runtime::diagnose::letter;

impl LetterView {
    /// Of the open case; without secrets and people.
    pub fn of(open: &OpenCase, now: Instant) -> Option<LetterView> {
        let setup = open.of.as_ref().map(|of| &of.setup);
        let letter = letter(Owner::Idp, &open.evidence(now), setup, open.values())?;
        Some(LetterView {
            subject: letter.subject,
            body: letter.body,
        })
    }
}
