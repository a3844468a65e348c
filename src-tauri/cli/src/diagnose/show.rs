//! A judged case as text and as JSON.

use super::{Judged, signature};
use crate::arguments::LetterTo;
use crate::output::{self, err, out};
use claimbridge_core::diagnose::fix::{Fix, decision};
use claimbridge_core::diagnose::letter::Letter;
use claimbridge_core::diagnose::{Evidence, Need, Origin, Owner};
use claimbridge_core::policy::evaluate::Decision;
use claimbridge_core::time::format_instant;
use serde_json::{Value as Json, json};

impl From<LetterTo> for Owner {
    fn from(to: LetterTo) -> Owner {
        match to {
            LetterTo::Idp => Owner::Idp,
            LetterTo::Aws => Owner::Aws,
        }
    }
}

pub(super) fn print_letter(letter: Option<&Letter>, as_json: bool) {
    match letter {
        _ if as_json => {
            let parts = letter.map(|l| json!({"subject": l.subject, "body": l.body, "mailto": l.mailto()}));
            output::json(&json!({ "letter": parts }));
        }
        Some(letter) => {
            out!("{}", letter.subject);
            out!("");
            out!("{}", letter.body.trim_end());
        }
        None => err!("There is nothing for them to do, as far as the evidence at hand goes."),
    }
}

fn from(origin: &Origin) -> String {
    match origin {
        Origin::Pasted => "typed or piped".into(),
        Origin::File(name) => name.clone(),
        Origin::Recording { file, address } if file.is_empty() => address.clone(),
        Origin::Recording { file, address } => format!("{file}, {address}"),
        Origin::SignInWindow => "the sign-in window".into(),
        Origin::Listener => "the browser".into(),
        Origin::CloudTrail => "CloudTrail".into(),
        Origin::Aws => "AWS".into(),
    }
}

/// What is left to say of a question on the command line.
fn by_command(need: Need) -> Option<&'static str> {
    Some(match need {
        Need::Response | Need::Token => {
            "On the command line: claimbridge-cli sign-in, or a HAR file as an argument here."
        }
        need if need.is_read_of_aws() => "On the command line: add --application ID --region REGION.",
        Need::Sts => {
            "On the command line: add --application ID --region REGION, which reads CloudTrail too, or the event as a file."
        }
        Need::Message => "On the command line: --symptom “THE TEXT”, or a file with it.",
        _ => return None,
    })
}

pub(super) fn document(judged: &Judged) -> Json {
    let (case, evidence) = (&judged.case, &judged.evidence);
    let pieces: Vec<Json> = case
        .pieces
        .iter()
        .zip(&judged.notes)
        .map(|(piece, note)| {
            json!({
                "kind": piece.content.kind(),
                "from": from(&piece.origin),
                "at": piece.at.map(format_instant),
                "note": note,
            })
        })
        .collect();
    let trust = match decision(evidence) {
        Some(evaluation) => json!(evaluation),
        None => json!({"decision": "unknown", "proof": []}),
    };
    json!({
        "idp": evidence.expected.idp.as_str(),
        "pieces": pieces,
        "not_recognised": judged.refused,
        "not_read": judged.unread,
        "left_out": judged.left_out,
        "signature": judged.signature.as_ref().map(signature::document),
        "token_signature": judged.token_signature.as_ref().map(signature::document),
        "trust": trust,
        "findings": judged.findings,
        "questions": judged.questions,
        "fixes": judged.fixes,
    })
}

pub(super) fn present(judged: &Judged) {
    let (case, evidence) = (&judged.case, &judged.evidence);
    for (piece, note) in case.pieces.iter().zip(&judged.notes) {
        let at = piece
            .at
            .map(|at| format!("  {}", format_instant(at)))
            .unwrap_or_default();
        out!("{:<20} {}{at}", piece.content.kind(), from(&piece.origin));
        if let Some(note) = note {
            out!("{:<20} {note}", "");
        }
    }
    for (label, signature) in [
        ("Signature", &judged.signature),
        ("Token's signature", &judged.token_signature),
    ] {
        if let Some(signature) = signature {
            out!("{label:<20} {}", signature::sentence(signature));
        }
    }
    present_trust(evidence);
    for left in &judged.left_out {
        out!("{:<20} {left}", "Left out");
    }
    for why in &judged.unread {
        out!("{:<20} {why}", "Not read");
    }
    out!("");
    output::findings(&judged.findings);
    match (judged.findings.is_empty(), judged.questions.is_empty()) {
        (true, true) => out!("Nothing is wrong with these that this program knows of."),
        (true, false) => out!("What is at hand shows no cause yet. What to find out next:"),
        (false, _) => {}
    }
    for (n, fix) in judged.fixes.iter().enumerate() {
        for line in of_fix(fix, n == 0) {
            out!("{line}");
        }
    }
    for question in &judged.questions {
        out!("? {}", question.ask);
        match question.rule.filter(|_| question.need.is_none()) {
            Some(rule) => {
                let number = rule.as_str().split('-').next().unwrap_or_default();
                out!("  --answer {number}=yes or --answer {number}=no");
            }
            None => out!("  {}", question.how),
        }
        if let Some(way) = question.need.and_then(by_command) {
            out!("  {way}");
        }
    }
}

/// A fix as it is read: several changes help together alone.
fn of_fix(fix: &Fix, is_first: bool) -> Vec<String> {
    let changes = fix.changes.iter().flat_map(|change| {
        let what = format!("{} from “{}” to “{}”", change.place, change.from, change.to);
        let note = (!change.note.is_empty()).then(|| format!("  {}", change.note));
        [Some(what), note].into_iter().flatten()
    });
    let lead = match (fix.changes.len(), is_first) {
        (0 | 1, true) => "Change only this: ".to_owned(),
        (0 | 1, false) => "Or this: ".to_owned(),
        (2, true) => "Change these two together:".to_owned(),
        (2, false) => "Or these two together:".to_owned(),
        (n, true) => format!("Change these {n} together:"),
        (n, false) => format!("Or these {n} together:"),
    };
    if fix.changes.len() > 1 {
        let each = changes.map(|line| format!("  {line}"));
        return std::iter::once(lead).chain(each).collect();
    }
    let mut lines: Vec<String> = changes.collect();
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, &lead);
    }
    lines
}

/// The trust policy's decision, and the conditions that stand in its way.
fn present_trust(evidence: &Evidence) {
    let Some(evaluation) = decision(evidence) else {
        if evidence.trust().is_some() && (evidence.view.is_some() || evidence.token.is_some()) {
            out!(
                "{:<20} not known: the sign-in's claims or the provider are missing",
                "Trust policy says"
            );
        }
        return;
    };
    let verdict = match evaluation.decision {
        Decision::Allowed => "allowed",
        Decision::Denied => "denied",
        Decision::Unknown => "not known",
    };
    out!("{:<20} {verdict}", "Trust policy says");
    if evaluation.decision == Decision::Allowed {
        return;
    }
    for statement in evaluation.denying() {
        out!(
            "{:<20} statement {} denies {}",
            "",
            statement.name,
            statement.action
        );
    }
    for (statement, check) in evaluation.failing() {
        out!(
            "{:<20} {} {}: {} expected “{}”, found “{}”",
            "",
            statement.action,
            check.key,
            check.operator,
            check.expected.join("”, “"),
            check.found.join("”, “")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::diagnose::RuleId;
    use claimbridge_core::diagnose::fix::{Change, Reach};

    fn change(place: &str, note: &str) -> Change {
        Change {
            owner: Owner::Idp,
            rule: RuleId::RecipientMismatch,
            place: place.into(),
            from: "a".into(),
            to: "b".into(),
            note: note.into(),
            step: None,
        }
    }

    #[test]
    fn several_changes_are_made_together() {
        let fix = |places: &[&str]| Fix {
            changes: places.iter().map(|place| change(place, "")).collect(),
            reach: Reach::Application,
            silences: Vec::new(),
        };
        for (places, is_first, expected) in [
            (
                &["Recipient"] as &[&str],
                true,
                "Change only this: Recipient from “a” to “b”",
            ),
            (&["Recipient"], false, "Or this: Recipient from “a” to “b”"),
            (
                &["Recipient", "NameID"],
                true,
                "Change these two together:\n  Recipient from “a” to “b”\n  NameID from “a” to “b”",
            ),
            (
                &["Recipient", "NameID"],
                false,
                "Or these two together:\n  Recipient from “a” to “b”\n  NameID from “a” to “b”",
            ),
            (
                &["1", "2", "3"],
                true,
                "Change these 3 together:\n  1 from “a” to “b”\n  2 from “a” to “b”\n  3 from “a” to “b”",
            ),
        ] {
            assert_eq!(of_fix(&fix(places), is_first).join("\n"), expected);
        }
        let mut noted = fix(&[]);
        noted.changes.push(change("Recipient", "The old one stays."));
        let lines = of_fix(&noted, true);
        assert_eq!(
            lines,
            [
                "Change only this: Recipient from “a” to “b”",
                "  The old one stays."
            ]
        );
    }
}
