//! What was handed in: files, a sentence, answers.

use crate::End;
use crate::arguments::DiagnoseArgs;
use crate::output::{self, err};
use crate::setups::input;
use claimbridge_core::diagnose::{
    Case, Content, Message, Origin, Piece, RuleId, Symptom, recognise_all, symptoms_of,
};
use claimbridge_core::redact::without_people;
use std::path::Path;

/// What was handed in.
pub(super) struct Intake {
    pub(super) case: Case,
    /// What people come with: of `--symptom`, else of the texts.
    pub(super) symptom: Option<&'static Symptom>,
    pub(super) refused: Vec<String>,
    pub(super) left_out: Vec<String>,
}

/// Every file that can be recognised, and why the others cannot. One that is none is said and does not stop the
/// rest; where nothing is left, it is wrong input.
pub(super) fn case(a: &DiagnoseArgs) -> Result<Intake, End> {
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

/// An answer to a question.
pub(super) fn answer(text: &str) -> Result<(RuleId, bool), End> {
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
