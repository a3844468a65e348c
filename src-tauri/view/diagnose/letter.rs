//! The message for the administrator of the identity provider.

use super::LetterView;
use crate::open_case::OpenCase;
use claimbridge_core::claims;
use claimbridge_core::diagnose::letter::{About, Letter};
use claimbridge_core::diagnose::{Owner, diagnose, fix};
use claimbridge_core::idp::{guide, steps};
use claimbridge_core::time::Instant;

impl LetterView {
    /// Of the open case; without secrets and people.
    pub fn of(open: &OpenCase, now: Instant) -> Option<LetterView> {
        let evidence = open.evidence(now);
        let findings = diagnose(&evidence);
        let fixes = fix::smallest(&evidence);
        let theirs = |f: &&fix::Fix| f.changes.iter().any(|c| c.owner == Owner::Idp);
        let idp = evidence.expected.idp;
        let assertion = evidence.assertion();
        let email = assertion
            .and_then(|a| a.values(claims::EMAIL))
            .and_then(<[String]>::first);
        let subject = || Some(&assertion?.name_id.as_ref()?.value);
        let about = About {
            idp,
            steps: match &open.of {
                Some(of) => steps(&of.setup),
                None => guide(idp).step.clone(),
            },
            values: open.values(),
            person: email.or_else(subject).map(String::as_str),
            at: evidence.captured_at.unwrap_or(now),
        };
        let fix = fixes.iter().find(theirs);
        Letter::new(Owner::Idp, &findings, fix, &about).map(|letter| LetterView {
            subject: letter.subject,
            body: letter.body,
        })
    }
}
