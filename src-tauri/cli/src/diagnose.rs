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
    Case, Content, Evidence, Finding, Message, Need, Origin, Owner, Piece, Question, RuleId, Symptom,
    diagnose, is_blocked, questions, recognise_all, symptoms_of, trust_decision,
};
use claimbridge_core::journal::Bindings;
use claimbridge_core::policy::evaluate::{Decision, Evaluation};
use claimbridge_core::redact::without_people;
use claimbridge_core::saml::signature::Rejection;
use claimbridge_core::setup::Setup;
use claimbridge_core::time::format_instant;
use claimbridge_runtime::diagnose::{AtHand, Weighed, gather, known, letter};
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};
use std::path::Path;

/// What a case is judged by, and what came of it.
struct Judged {
    case: Case,
    /// Piece by piece, why it is not what is judged or judged by.
    notes: Vec<Option<String>>,
    /// Why inputs gave no piece.
    refused: Vec<String>,
    /// What was seen in an input and not kept.
    left_out: Vec<String>,
    /// What could not be read in AWS.
    unread: Vec<String>,
    evidence: Evidence,
    findings: Vec<Finding>,
    questions: Vec<Question>,
    fixes: Vec<Fix>,
}

pub(crate) async fn run(a: &DiagnoseArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let Intake {
        mut case,
        symptom,
        refused,
        left_out,
    } = case(a)?;
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
    let at_hand = AtHand {
        case: &case,
        of: of.as_ref().map(|(setup, bindings)| (setup, bindings)),
        looked: live.as_ref().map(|(_, gathered)| gathered),
        idp: a.idp.as_deref().map(known_idp).transpose()?,
    };
    let Weighed {
        mut evidence, asides, ..
    } = at_hand.weigh(now);
    let mut unread = Vec::new();
    let is_offline = live.is_none();
    if let Some((connection, gathered)) = &live {
        match gathered.sign_ins(connection, now).await {
            Ok(events) => evidence.trail.extend(events),
            Err(problem) => unread.push(format!("Sign-ins in CloudTrail: {problem}")),
        }
        evidence.trail.sort_by_key(|event| std::cmp::Reverse(event.at));
        unread.extend(gathered.unread.iter().map(|u| format!("{}: {}", u.what, u.why)));
    }
    let findings = diagnose(&evidence);
    let only_texts = case
        .pieces
        .iter()
        .all(|p| matches!(p.content, Content::Message(_)));
    if only_texts && symptom.is_none() && is_offline && findings.is_empty() && !evidence.messages.is_empty() {
        return Err(input(NOTHING_KNOWN));
    }
    let judged = Judged {
        questions: questions(&evidence, symptom, &findings),
        fixes: fix::smallest(&evidence),
        notes: asides,
        case,
        refused,
        left_out,
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

/// What was handed in.
struct Intake {
    case: Case,
    /// What people come with: of `--symptom`, else of the texts.
    symptom: Option<&'static Symptom>,
    refused: Vec<String>,
    left_out: Vec<String>,
}

const NOTHING_KNOWN: &str = "Nothing that this program knows stands in the text. Give the whole text of the page, the command line or the log, with its code; or --symptom with what is shown; or a response, a HAR or a policy.";

/// Every file that can be recognised, and why the others cannot. One that is none is said and does not stop the
/// rest; where nothing is left, it is wrong input.
fn case(a: &DiagnoseArgs) -> Result<Intake, End> {
    let live = a.application.is_some();
    if a.files.is_empty() && a.symptom.is_none() && !live {
        return Err(input(
            "There is nothing to go by. Name a file with the response, a HAR, a policy or an error, or - for standard input, or give --symptom or --application.",
        ));
    }
    let mut case = Case::default();
    let (mut refused, mut left_out) = (Vec::new(), Vec::new());
    for path in &a.files {
        let source = output::source(path)?;
        let name = path.to_string_lossy();
        match recognise_all((path != Path::new("-")).then_some(name.as_ref()), source) {
            Ok(found) => {
                case.pieces.extend(found.pieces);
                left_out.extend(found.left_out.iter().map(|(kind, n)| not_kept(&name, kind, *n)));
            }
            Err(why) => {
                if a.files.len() > 1 {
                    err!("{why}");
                }
                refused.push(why.to_string());
            }
        }
    }
    let mut texts: Vec<String> = messages(&case).map(str::to_owned).collect();
    let chosen = a.symptom.as_deref().and_then(Symptom::by_id);
    if let (None, Some(text)) = (chosen, &a.symptom) {
        let text = without_people(text);
        texts.insert(0, text.clone());
        case.pieces.push(said(Message { text, at: None }));
    }
    let symptom = chosen.or_else(|| texts.iter().find_map(|text| symptoms_of(text).into_iter().next()));
    // In its own words, without the mistakes of whoever typed it: rules look for these.
    if let Some(message) = symptom.and_then(Symptom::as_message)
        && !texts
            .iter()
            .any(|text| text.to_lowercase().contains(&message.text.to_lowercase()))
    {
        case.pieces.push(said(message));
    }
    if case.pieces.is_empty() && symptom.is_none() && !live {
        return Err(input(refused.join("\n")));
    }
    Ok(Intake {
        case,
        symptom,
        refused,
        left_out,
    })
}

/// What a recording has beside the latest of each kind.
fn not_kept(file: &str, kind: &str, n: usize) -> String {
    match kind {
        "SAML response" | "AuthnRequest" | "ID token" | "Message" => {
            format!("{file}: {n} of kind {kind}, older or too many")
        }
        _ => format!(
            "{file}: {n} of kind {kind}; a recording does not vouch for its sign-in, hand it in as a file of its own"
        ),
    }
}

fn messages(case: &Case) -> impl Iterator<Item = &str> {
    case.pieces.iter().filter_map(|piece| match &piece.content {
        Content::Message(message) => Some(message.text.as_str()),
        _ => None,
    })
}

fn said(message: Message) -> Piece {
    Piece {
        origin: Origin::Pasted,
        at: None,
        content: Content::Message(message),
    }
}

/// A set-up and what it made.
fn of_setup(path: &Path) -> Result<(Setup, Bindings), End> {
    let files = SetupFiles::at(path);
    let setup = files.load().map_err(input)?;
    Ok((setup, files.bindings().map_err(input)?))
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

/// What verifying an ID token gave; None where there is none.
fn token_signature(evidence: &Evidence) -> Option<(&'static str, Option<String>)> {
    let token = evidence.token.as_ref().filter(|t| t.view.is_some())?;
    Some(match &token.verdict {
        None => ("not checked", None),
        Some(Ok(_)) => ("valid", None),
        Some(Err(why)) => ("invalid", Some(why.to_string())),
    })
}

fn decision(evidence: &Evidence) -> Option<Evaluation> {
    let provider = evidence.expected.provider_arn.as_deref()?;
    Some(trust_decision(evidence.trust()?, evidence.assertion()?, provider))
}

/// What is left to say of a question on the command line.
fn by_command(need: Need) -> Option<&'static str> {
    Some(match need {
        Need::Response | Need::Token => {
            "On the command line: claimbridge-cli sign-in, or a HAR file as an argument here."
        }
        Need::Trust
        | Need::Metadata
        | Need::Application
        | Need::Permissions
        | Need::Provider
        | Need::Secret
        | Need::Subscriptions
        | Need::Documents => "On the command line: add --application ID --region REGION.",
        Need::Sts => {
            "On the command line: add --application ID --region REGION, which reads CloudTrail too, or the event as a file."
        }
        Need::Message => "On the command line: --symptom “THE TEXT”, or a file with it.",
        Need::Discovery => return None,
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
    let signature =
        signature(evidence).map(|(verdict, reason)| json!({"verdict": verdict, "reason": reason}));
    let token_signature =
        token_signature(evidence).map(|(verdict, reason)| json!({"verdict": verdict, "reason": reason}));
    json!({
        "idp": evidence.expected.idp.as_str(),
        "pieces": pieces,
        "not_recognised": judged.refused,
        "not_read": judged.unread,
        "left_out": judged.left_out,
        "signature": signature,
        "token_signature": token_signature,
        "trust": trust,
        "findings": judged.findings,
        "questions": judged.questions,
        "fixes": judged.fixes,
    })
}

fn present(judged: &Judged) {
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
    match token_signature(evidence) {
        Some((verdict, Some(reason))) => out!("{:<20} {verdict}: {reason}", "Token's signature"),
        Some(("not checked", None)) => out!(
            "{:<20} not checked: hand in the issuer's keys (jwks_uri) and the role's trust policy too",
            "Token's signature"
        ),
        Some((verdict, None)) => out!("{:<20} {verdict}", "Token's signature"),
        None => {}
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
        if let Some(way) = question.need.and_then(by_command) {
            out!("  {way}");
        }
    }
}

/// The trust policy's decision, and the conditions that stand in its way.
fn present_trust(evidence: &Evidence) {
    let Some(evaluation) = decision(evidence) else {
        if evidence.trust().is_some() && evidence.view.is_some() {
            out!(
                "{:<20} not known: the response or the provider is missing",
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
