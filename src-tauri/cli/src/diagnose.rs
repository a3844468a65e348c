//! `diagnose`: whatever is at hand about a sign-in that does not work, and the one value to change.

use crate::End;
use crate::arguments::{DiagnoseArgs, LetterTo};
use crate::check::moment;
use crate::examine::connected;
use crate::new::known_idp;
use crate::output::{self, err, out};
use crate::setups::{ended, input};
use claimbridge_core::diagnose::fix::{self, Fix};
use claimbridge_core::diagnose::letter::Letter;
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Finding, Message, Origin, Owner, Piece, Question, RuleId, Symptom, diagnose,
    is_blocked, questions, recognise_from, trust_decision,
};
use claimbridge_core::journal::Bindings;
use claimbridge_core::redact::without_people;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::saml::signature::{Pinned, Rejection, verify};
use claimbridge_core::setup::Setup;
use claimbridge_core::time::format_instant;
use claimbridge_runtime::diagnose::{gather, known, letter};
use claimbridge_runtime::judge;
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};
use std::path::Path;

/// What a case is judged by, and what came of it.
struct Judged {
    case: Case,
    /// Why inputs gave no piece.
    refused: Vec<String>,
    /// What could not be read in AWS.
    unread: Vec<String>,
    evidence: Evidence,
    findings: Vec<Finding>,
    questions: Vec<Question>,
    fixes: Vec<Fix>,
}

pub(crate) async fn run(a: &DiagnoseArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let symptom = a.symptom.as_deref().and_then(Symptom::by_id);
    let (mut case, refused) = case(a, symptom)?;
    case.answers = a
        .answers
        .iter()
        .map(|text| answer(text))
        .collect::<Result<_, _>>()?;
    let mut live = None;
    if let Some(application) = &a.application {
        let connection = connected(a.region.as_deref(), a.practice, &a.access).await?;
        let web_experience = a.web_experience.as_deref();
        let gathered = gather(&connection, application, web_experience)
            .await
            .map_err(ended)?;
        case.pieces.extend(gathered.pieces(now));
        live = Some((connection, gathered));
    }
    let of = a.setup.as_deref().map(of_setup).transpose()?;
    let metadata = of.as_ref().and_then(|(setup, _)| setup.metadata());
    let mut expected = match (&of, &live) {
        (Some((setup, bindings)), _) => judge::expected(setup, bindings),
        (None, Some((_, gathered))) => gathered.expected.clone(),
        (None, None) => case.expected_from(),
    };
    if let Some(idp) = &a.idp {
        expected.idp = known_idp(idp)?;
    }
    let mut evidence = case.evidence(expected, now);
    if let (None, Some(metadata)) = (&evidence.metadata, metadata) {
        verify_with(&mut evidence, &case, metadata);
    }
    let mut unread = Vec::new();
    if let Some((connection, gathered)) = &live {
        gathered.fill(&mut evidence);
        match gathered.sign_ins(connection, now).await {
            Ok(events) => evidence.trail.extend(events),
            Err(problem) => unread.push(format!("Sign-ins in CloudTrail: {problem}")),
        }
        evidence.trail.sort_by_key(|event| std::cmp::Reverse(event.at));
        unread.extend(gathered.unread.iter().map(|u| format!("{}: {}", u.what, u.why)));
    }
    let findings = diagnose(&evidence);
    let judged = Judged {
        questions: questions(&evidence, symptom, &findings),
        fixes: fix::smallest(&evidence),
        case,
        refused,
        unread,
        evidence,
        findings,
    };
    if let Some(to) = a.letter {
        let setup = of.as_ref().map(|(setup, _)| setup);
        let known = known(
            of.as_ref().map(|(setup, bindings)| (setup, bindings)),
            live.as_ref().map(|(_, gathered)| gathered),
            a.region.as_deref(),
        );
        let letter = letter(Owner::from(to), &judged.evidence, setup, known);
        print_letter(letter.as_ref(), a.access.json);
    } else if a.access.json {
        output::json(&document(&judged));
    } else {
        present(&judged);
    }
    Ok(if is_blocked(&judged.findings) {
        End::Blocked
    } else {
        End::Fine
    })
}

/// Every file that can be recognised, and why the others cannot. One that is none is said and does not stop the
/// rest; where nothing is left, it is wrong input.
fn case(a: &DiagnoseArgs, symptom: Option<&Symptom>) -> Result<(Case, Vec<String>), End> {
    let live = a.application.is_some();
    if a.files.is_empty() && a.symptom.is_none() && !live {
        return Err(input(
            "There is nothing to go by. Name a file with the response, a HAR, a policy or an error, or - for standard input, or give --symptom or --application.",
        ));
    }
    let mut case = Case::default();
    let mut refused = Vec::new();
    for path in &a.files {
        let source = output::source(path)?;
        let name = path.to_string_lossy();
        match recognise_from((path != Path::new("-")).then_some(name.as_ref()), source) {
            Ok(pieces) => case.pieces.extend(pieces),
            Err(why) => {
                if a.files.len() > 1 {
                    err!("{why}");
                }
                refused.push(why.to_string());
            }
        }
    }
    let said = match (symptom, &a.symptom) {
        (Some(symptom), _) => symptom.as_message(),
        (None, Some(text)) => Some(Message {
            text: without_people(text),
            at: None,
        }),
        (None, None) => None,
    };
    case.pieces.extend(said.map(|message| Piece {
        origin: Origin::Pasted,
        at: None,
        content: Content::Message(message),
    }));
    if case.pieces.is_empty() && symptom.is_none() && !live {
        return Err(input(refused.join("\n")));
    }
    Ok((case, refused))
}

/// A set-up and what it made.
fn of_setup(path: &Path) -> Result<(Setup, Bindings), End> {
    let files = SetupFiles::at(path);
    let setup = files.load().map_err(input)?;
    Ok((setup, files.bindings().map_err(input)?))
}

fn verify_with(evidence: &mut Evidence, case: &Case, metadata: &str) {
    let parsed = FederationMetadata::parse(metadata.as_bytes(), None);
    if let (Ok(metadata), Some((_, response))) = (&parsed, case.judged()) {
        let pinned = Pinned::new(&metadata.signing_certificates);
        evidence.verdict = Some(pinned.and_then(|p| verify(response, &p)));
    }
    evidence.metadata = Some(parsed);
}

impl From<LetterTo> for Owner {
    fn from(to: LetterTo) -> Owner {
        match to {
            LetterTo::Idp => Owner::Idp,
            LetterTo::Aws => Owner::Aws,
        }
    }
}

fn print_letter(letter: Option<&Letter>, as_json: bool) {
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

fn document(judged: &Judged) -> Json {
    let (case, evidence) = (&judged.case, &judged.evidence);
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
        "not_recognised": judged.refused,
        "not_read": judged.unread,
        "signature": signature,
        "trust": trust,
        "findings": judged.findings,
        "questions": judged.questions,
        "fixes": judged.fixes,
    })
}

fn present(judged: &Judged) {
    let (case, evidence) = (&judged.case, &judged.evidence);
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
    for question in &judged.questions {
        out!("? {}", question.ask);
        match question.rule.filter(|_| question.need.is_none()) {
            Some(rule) => {
                let number = rule.as_str().split('-').next().unwrap_or_default();
                out!("  --answer {number}=yes or --answer {number}=no");
            }
            None => out!("  {}", question.how),
        }
    }
}
