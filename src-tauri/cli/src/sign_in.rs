//! A sign-in by the system's browser, and what the person may do then.

use crate::End;
use crate::arguments::SignInArgs;
use crate::output::{self, err, out};
use crate::setups::{connect, ended, input};
use claimbridge_core::resource::SecretValue;
use claimbridge_core::time::Clock;
use claimbridge_runtime::connection::Problem;
use claimbridge_runtime::judge::{Judgement, MilestoneState};
use claimbridge_runtime::session::{Answer, Check, ask, checks};
use claimbridge_runtime::sign_in::{Came, SignIn, SignInProblem};
use claimbridge_runtime::{Http, SystemClock};
use serde_json::{Value as Json, json};
use std::process::{Command, Stdio};
use std::time::Duration;

fn refused(problem: SignInProblem) -> End {
    match problem {
        SignInProblem::Setup(_) | SignInProblem::NotAdmitted { .. } => input(problem),
        other => End::Failed(other.to_string()),
    }
}

/// Opens an address in the browser that the system would take, or in one of the caller's own.
fn open(url: &str, browser: Option<&str>) -> Result<(), End> {
    let (program, before): (&str, &[&str]) = match browser {
        Some(own) => (own, &[]),
        None if cfg!(windows) => ("rundll32", &["url.dll,FileProtocolHandler"]),
        None if cfg!(target_os = "macos") => ("open", &[]),
        None => ("xdg-open", &[]),
    };
    Command::new(program)
        .args(before)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map(|_| ())
        .map_err(|error| {
            input(format!(
                "The browser “{program}” cannot be started: {error}. Name one with --browser-command, or open the address yourself with --print-url."
            ))
        })
}

pub(crate) async fn sign_in(a: &SignInArgs) -> Result<End, End> {
    let (files, connection) = connect(&a.aws).await?;
    let (setup, bindings) = (files.load().map_err(input)?, files.bindings().map_err(input)?);
    let secret: Option<SecretValue> = match &a.secret_file {
        Some(file) => Some(output::secret(Some(file))?),
        None => None,
    };
    let http = Http::new(setup.world).map_err(|e| ended(Problem::Connect(e)))?;
    let under_way = SignIn::begin(&setup, &bindings, &http).await.map_err(refused)?;
    err!("Sign in at {}", under_way.url());
    if !a.print_url {
        open(under_way.url(), a.browser_command.as_deref())?;
    }
    let patience = Duration::from_secs(a.patience);
    let came = under_way
        .finish(secret.as_ref(), &http, patience)
        .await
        .map_err(refused)?;
    let judgement = match &came {
        Came::Refused { error, description } => {
            if a.aws.access.json {
                output::json(
                    &json!({"passed": false, "refused": {"error": error, "description": description}}),
                );
            } else {
                out!("The identity provider refused: {error}. {description}");
            }
            return Ok(End::Blocked);
        }
        Came::Nothing => {
            return Err(End::Failed(format!(
                "Nothing came back within {} seconds. Nothing was changed; sign in again, and look whether the address is registered at the identity provider.",
                a.patience
            )));
        }
        Came::Response(_) | Came::Token { .. } => came.judge(&setup, &bindings, &connection, &http).await,
    };
    let Some(judgement) = judgement else {
        return Err(End::Failed("Nothing came back that could be judged.".into()));
    };
    if let Some(why) = &judgement.no_answer {
        return Err(End::Failed(why.clone()));
    }
    files
        .save_test(&judgement.record(&bindings, SystemClock.now()))
        .map_err(input)?;
    let mut looked = Vec::new();
    let mut answer = None;
    if let Some(session) = judgement.session.as_ref().filter(|_| judgement.passed) {
        looked = checks(session, &setup, &bindings).await;
        if let (Some(question), true) = (&a.ask, a.yes) {
            answer = Some(
                ask(session, question)
                    .await
                    .map_err(|e| End::Failed(e.to_string()))?,
            );
        }
    }
    if a.aws.access.json {
        output::json(&document(&judgement, &looked, answer.as_ref()));
    } else {
        show(&judgement, &looked);
        match &answer {
            Some(answer) => heard(answer),
            None if a.ask.is_some() && judgement.passed => {
                out!("Nothing was asked: a question may start a paid subscription. Add --yes to ask it.");
            }
            None => {}
        }
    }
    Ok(if judgement.passed && looked.iter().all(Check::passed) {
        End::Fine
    } else {
        End::Blocked
    })
}

fn document(judgement: &Judgement, looked: &[Check], answer: Option<&Answer>) -> Json {
    let checks: Vec<Json> = looked
        .iter()
        .map(|c| json!({"call": c.call, "passed": c.passed(), "said": c.said()}))
        .collect();
    let answer = answer.map(|a| {
        let sources: Vec<Json> = a
            .sources
            .iter()
            .map(|s| json!({"title": s.title, "url": s.url, "snippet": s.snippet}))
            .collect();
        json!({"text": a.text, "sources": sources, "second_try": a.second_try})
    });
    json!({
        "passed": judgement.passed,
        "person": judgement.person,
        "recipient": judgement.recipient,
        "signature_valid": judgement.signature_valid,
        "claims": judgement.claims,
        "session": judgement.session.as_ref().map(|s| s.identity().arn.clone()),
        "findings": judgement.findings,
        "checks": checks,
        "answer": answer,
    })
}

fn show(judgement: &Judgement, looked: &[Check]) {
    for step in &judgement.timeline {
        let mark = match step.state {
            MilestoneState::Passed => "✓",
            MilestoneState::Failed => "✕",
            MilestoneState::NotTried => "·",
        };
        out!("{mark} {}", step.label);
    }
    output::findings(&judgement.findings);
    if judgement.passed {
        out!(
            "Passed: AWS accepted the sign-in of {}.",
            judgement.person.as_deref().unwrap_or("this person")
        );
    }
    show_checks(looked);
}

/// What the person's own calls said, line by line.
pub(crate) fn show_checks(looked: &[Check]) {
    for check in looked {
        let mark = if check.passed() { "✓" } else { "✕" };
        out!("{mark} {}: {}", check.call, check.said());
    }
}

fn heard(answer: &Answer) {
    out!("{}", answer.text);
    for source in &answer.sources {
        out!("  from {}", source.title);
    }
}
