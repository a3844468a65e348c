//! An answer file of the identity provider's administrator, before it is taken over.

use super::Failure;
use claimbridge_core::handoff::Answer;
use claimbridge_core::setup::Setup;
use serde::Serialize;
use specta::Type;

/// What it would change.
#[derive(Debug, Serialize, Type)]
pub struct AnswerFileView {
    pub changes: Vec<AnswerChange>,
    /// What the other administrator wrote.
    pub note: Option<String>,
    /// What was made of the address that they copied, and warnings.
    pub remarks: Vec<String>,
}

/// One value.
#[derive(Debug, Serialize, Type)]
pub struct AnswerChange {
    pub label: String,
    pub from: Option<String>,
    pub to: String,
}

impl AnswerFileView {
    /// For the screen.
    ///
    /// # Errors
    /// The answer cannot be merged, with the reason.
    pub fn of(answer: &Answer, setup: &Setup) -> Result<AnswerFileView, Failure> {
        Ok(AnswerFileView {
            changes: answer
                .difference(setup)?
                .into_iter()
                .map(|d| AnswerChange {
                    label: d.label,
                    from: d.from,
                    to: d.to,
                })
                .collect(),
            note: Some(answer.note().to_owned()).filter(|n| !n.trim().is_empty()),
            remarks: answer.remarks().map(str::to_owned).collect(),
        })
    }
}
