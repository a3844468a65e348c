//! `diagnose`: whatever is at hand about a sign-in that does not work, and the one value to change.

use crate::End;
use crate::arguments::DiagnoseArgs;
use crate::check::moment;
use crate::new::known_idp;
use crate::output::{self, err, out};
use crate::setups::input;
use claimbridge_core::diagnose::fix::{self, Fix};
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Expected, Finding, Message, Origin, Piece, RuleId, diagnose, is_blocked,
    recognise, trust_decision,
};
use claimbridge_core::redact::without_people;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::signature::{Pinned, Rejection, verify};
use claimbridge_core::time::format_instant;
use claimbridge_runtime::judge;
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};
use std::path::Path;

pub(crate) fn run(a: &DiagnoseArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let (mut case, refused) = case(a)?;
    let wanted = a.setup.as_deref().map(of_setup).transpose()?;
    let metadata = wanted.as_ref().and_then(|(_, metadata)| metadata.clone());
    let mut expected = match wanted {
        Some((expected, _)) => expected,
        None => case.expected_from(),
    };
    if let Some(idp) = &a.idp {
        expected.idp = known_idp(idp)?;
    }
    case.answers = a
        .answers
        .iter()
        .map(|text| answer(text))
        .collect::<Result<_, _>>()?;
    let mut evidence = case.evidence(expected, now);
    if let (None, Some(metadata)) = (&evidence.metadata, metadata) {
        verify_with(&mut evidence, &case, &metadata);
    }
    let findings = diagnose(&evidence);
    let fixes = fix::smallest(&evidence);
    if a.json {
        output::json(&document(&case, &refused, &evidence, &findings, &fixes));
    } else {
        present(&case, &evidence, &findings, &fixes);
    }
    Ok(if is_blocked(&findings) {
        End::Blocked
    } else {
        End::Fine
    })
}

/// Every file that can be recognised, and why the others cannot. One that is none is said and does not stop the
/// rest; where nothing is left, it is wrong input.
fn case(a: &DiagnoseArgs) -> Result<(Case, Vec<String>), End> {
    if a.files.is_empty() && a.symptom.is_none() {
        return Err(input(
            "There is nothing to go by. Name a file with the response, a HAR, a policy or an error, or - for standard input, or give --symptom.",
        ));
    }
    let mut case = Case::default();
    let mut refused = Vec::new();
    for path in &a.files {
        let bytes = output::read(path)?;
        let name = path.to_string_lossy();
        match recognise((path != Path::new("-")).then_some(name.as_ref()), &bytes) {
            Ok(pieces) => case.pieces.extend(pieces),
            Err(why) => {
                if a.files.len() > 1 {
                    err!("{why}");
                }
                refused.push(why.to_string());
            }
        }
    }
    if let Some(text) = &a.symptom {
        case.pieces.push(Piece {
            origin: Origin::Pasted,
            at: None,
            content: Content::Message(Message {
                text: without_people(text),
                at: None,
            }),
        });
    }
    if case.pieces.is_empty() {
        return Err(input(refused.join("\n")));
    }
    Ok((case, refused))
}

/// What a set-up wants, and the metadata that it has.
fn of_setup(path: &Path) -> Result<(Expected, Option<String>), End> {
    let files = SetupFiles::at(path);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    Ok((
        judge::expected(&setup, &bindings),
        setup.metadata().map(str::to_owned),
    ))
}

fn verify_with(evidence: &mut Evidence, case: &Case, metadata: &str) {
    let parsed = FederationMetadata::parse(metadata.as_bytes(), None);
    if let (Ok(metadata), Some((_, response))) = (&parsed, case.judged()) {
        let pinned = Pinned::new(&metadata.signing_certificates);
        evidence.verdict = Some(pinned.and_then(|p| verify(response, &p)));
    }
    evidence.metadata = Some(parsed);
}

fn answer(text: &str) -> Result<(RuleId, bool), End> {
    let wrong = || {
        input(format!(
            "--answer “{text}” is not understood; expected F83=yes or F83=no."
        ))
    };
    let (rule, said) = text.split_once('=').ok_or_else(wrong)?;
    let rule = RuleId::parse(rule).ok_or_else(|| input(format!("--answer: there is no rule “{rule}”.")))?;
    match said {
        "yes" => Ok((rule, true)),
        "no" => Ok((rule, false)),
        _ => Err(wrong()),
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

/// Why a response is not the one that is judged; None for everything else.
fn aside(case: &Case, piece: &Piece) -> Option<String> {
    let Content::Response(response) = &piece.content else {
        return None;
    };
    let (judged, _) = case.judged()?;
    if std::ptr::eq(judged, piece) {
        return None;
    }
    let view = response.view();
    let recipient = view.assertions.first().and_then(|a| a.recipient());
    Some(match view.destination.as_deref().or(recipient) {
        Some(to) => format!("not judged: it was sent to {to}"),
        None => "not judged: another is newer".into(),
    })
}

fn signature(evidence: &Evidence) -> Option<(&'static str, Option<String>)> {
    Some(match evidence.verdict.as_ref()? {
        Ok(_) => ("valid", None),
        Err(Rejection::Unsigned) => ("absent", None),
        Err(why) => ("invalid", Some(why.to_string())),
    })
}

fn document(
    case: &Case,
    refused: &[String],
    evidence: &Evidence,
    findings: &[Finding],
    fixes: &[Fix],
) -> Json {
    let pieces: Vec<Json> = case
        .pieces
        .iter()
        .map(|piece| {
            json!({
                "kind": piece.content.kind(),
                "from": from(&piece.origin),
                "at": piece.at.map(format_instant),
                "note": aside(case, piece),
            })
        })
        .collect();
    let provider = evidence.expected.provider_arn.as_deref();
    let trust = match (evidence.trust(), evidence.assertion(), provider) {
        (Some(trust), Some(assertion), Some(provider)) => json!(trust_decision(trust, assertion, provider)),
        _ => json!({"decision": "unknown", "proof": []}),
    };
    let signature =
        signature(evidence).map(|(verdict, reason)| json!({"verdict": verdict, "reason": reason}));
    json!({
        "idp": evidence.expected.idp.as_str(),
        "pieces": pieces,
        "not_recognised": refused,
        "signature": signature,
        "trust": trust,
        "findings": findings,
        "fixes": fixes,
    })
}

fn present(case: &Case, evidence: &Evidence, findings: &[Finding], fixes: &[Fix]) {
    for piece in &case.pieces {
        let at = piece
            .at
            .map(|at| format!("  {}", format_instant(at)))
            .unwrap_or_default();
        out!("{:<20} {}{at}", piece.content.kind(), from(&piece.origin));
        if let Some(note) = aside(case, piece) {
            out!("{:<20} {note}", "");
        }
    }
    match signature(evidence) {
        Some((verdict, Some(reason))) => out!("{:<20} {verdict}: {reason}", "Signature"),
        Some((verdict, None)) => out!("{:<20} {verdict}", "Signature"),
        None if evidence.view.is_some() => {
            out!(
                "{:<20} not checked: hand in the metadata of the identity provider too",
                "Signature"
            );
        }
        None => {}
    }
    out!("");
    output::findings(findings);
    if findings.is_empty() {
        out!("Nothing is wrong with these that this program knows of.");
    }
    for (n, fix) in fixes.iter().enumerate() {
        let lead = if n == 0 { "Change only this" } else { "Or this" };
        for change in &fix.changes {
            out!(
                "{lead}: {} from “{}” to “{}”",
                change.place,
                change.from,
                change.to
            );
        }
    }
}
