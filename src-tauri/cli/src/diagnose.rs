//! `diagnose`: whatever is at hand about a sign-in that does not work, and the one value to change.

use crate::End;
use crate::arguments::DiagnoseArgs;
use crate::check::moment;
use crate::examine::connected;
use crate::new::known_idp;
use crate::output;
use crate::setups::{ended, input};
use claimbridge_core::diagnose::fix::{self, Fix};
use claimbridge_core::diagnose::{
    Case, Content, Evidence, Finding, Owner, Question, diagnose, is_blocked, questions,
};
use claimbridge_core::journal::Bindings;
use claimbridge_core::setup::{Setup, World};
use claimbridge_core::value::Issuer;
use claimbridge_runtime::Http;
use claimbridge_runtime::diagnose::signature::Signature;
use claimbridge_runtime::diagnose::{AtHand, Weighed, gather, known, letter};
use claimbridge_runtime::oidc::{Provider, discover};
use claimbridge_runtime::store::SetupFiles;
use intake::{Intake, answer, case};
use show::{document, present, print_letter};
use std::path::Path;

mod intake;
mod show;
mod signature;

const NOTHING_KNOWN: &str = "Nothing that this program knows stands in the text. Give the whole text of the page, the command line or the log, with its code; or --symptom with what is shown; or a response, a HAR or a policy.";

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
    /// Of the response.
    signature: Option<Signature>,
    token_signature: Option<Signature>,
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
        published: None,
        captured: None,
        idp: a.idp.as_deref().map(known_idp).transpose()?,
    };
    // Without --application nobody is asked anything.
    let issuer = live.as_ref().and_then(|_| at_hand.issuer());
    let published = match issuer {
        Some(issuer) => Some(documents(issuer, a.practice).await?),
        None => None,
    };
    let weighed = AtHand {
        published: published.as_ref(),
        ..at_hand
    }
    .weigh(now);
    let signature = weighed.response_signature();
    let token_signature = weighed.token_signature();
    let Weighed {
        mut evidence, asides, ..
    } = weighed;
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
    let mut findings = diagnose(&evidence);
    if of.is_none() {
        for finding in &mut findings {
            finding.remedy.clone_from(&finding.by_hand);
        }
    }
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
        signature,
        token_signature,
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
    if is_blocked(&judged.findings) {
        return Ok(End::Blocked);
    }
    // Whoever asked for a look at AWS is not told that all is well where there was none.
    if live.is_some_and(|(_, gathered)| gathered.live.application.is_none() && !gathered.unread.is_empty()) {
        return Err(End::FailedAndSaid(
            "The application could not be read: what stands above goes by the rest alone. Mend what was not read, and run this again.".into(),
        ));
    }
    Ok(End::Fine)
}

/// What an issuer publishes.
async fn documents(issuer: &Issuer, practice: bool) -> Result<Provider, End> {
    let world = match practice {
        true => World::Practice,
        false => World::Live,
    };
    let http = Http::new(world).map_err(input)?;
    Ok(discover(issuer, &http).await)
}

/// A set-up and what it made.
fn of_setup(path: &Path) -> Result<(Setup, Bindings), End> {
    let files = SetupFiles::at(path);
    let setup = files.load().map_err(input)?;
    Ok((setup, files.bindings().map_err(input)?))
}
