//! Set-ups: plan, apply, verify, destroy, report.

use crate::End;
use crate::arguments::{AccessArgs, ApplyArgs, AwsArgs, DestroyArgs, PlanArgs, ReportArgs};
use crate::output::{self, err, out};
use crate::stop::stop_button;
use claimbridge_core::engine::{Outcome, Progress, Wait};
use claimbridge_core::plan::{Action, Plan, Refusal};
use claimbridge_core::report::Report;
use claimbridge_core::resource::{Address, SecretValue};
use claimbridge_core::setup::{Setup, World};
use claimbridge_core::time::Clock;
use claimbridge_runtime::connection::{ConnectError, Connection, Problem, is_loopback};
use claimbridge_runtime::store::{SetupFiles, Store, write_whole};
use claimbridge_runtime::{Approval, SystemClock, asks_for_secret};
use serde_json::json;
use std::path::Path;

pub(crate) fn input(error: impl std::fmt::Display) -> End {
    End::Input(error.to_string())
}

/// A problem of the caller's making ends with 2, one of an act with 3.
pub(crate) fn ended(problem: Problem) -> End {
    match problem {
        Problem::Setup(_)
        | Problem::Store(_)
        | Problem::NotApproved(_)
        | Problem::NotExamined(_)
        | Problem::Unusable(_)
        | Problem::OtherEndpoint { .. }
        | Problem::OtherPlace { .. }
        | Problem::SecretNeeded
        | Problem::SecretUnusable(_)
        | Problem::StalePlan
        | Problem::NoPracticeWorld
        | Problem::NotPractised(_)
        | Problem::Connect(ConnectError::Endpoint { .. } | ConnectError::Profile { .. })
        | Problem::OtherWorld
        | Problem::OtherAccount { .. } => End::Input(problem.to_string()),
        Problem::Aws(_)
        | Problem::Connect(_)
        | Problem::Journal(_)
        | Problem::Portal(_)
        | Problem::Report(_)
        | Problem::Temporary(_) => End::Failed(problem.to_string()),
    }
}

pub(crate) async fn connect(a: &AwsArgs) -> Result<(SetupFiles, Connection), End> {
    connect_for(SetupFiles::at(&a.setup), &a.access).await
}

async fn connect_for(files: SetupFiles, a: &AccessArgs) -> Result<(SetupFiles, Connection), End> {
    let setup = files.load().map_err(input)?;
    let connection = match setup.world {
        World::Live => Connection::live(a.profile.clone(), setup.region, a.endpoint_url.clone()).await,
        World::Practice => practised(&setup, a).await,
    }
    .map_err(ended)?;
    say_where(&connection);
    Ok((files, connection))
}

/// Nobody takes a stand-in for AWS.
pub(crate) fn say_where(connection: &Connection) {
    if let Some(endpoint) = connection.aws.stand_in() {
        err!("Not AWS: the endpoint is {endpoint}.");
    }
}

/// A practised set-up only ever reaches a practice world on this machine.
async fn practised(setup: &Setup, a: &AccessArgs) -> Result<Connection, Problem> {
    let named = std::env::var("AWS_ENDPOINT_URL").ok().filter(|e| !e.is_empty());
    match a.endpoint_url.clone().or(named).filter(|e| is_loopback(e)) {
        Some(endpoint) => Connection::practice(&endpoint, setup.region, 0.1).await,
        None => Err(Problem::NoPracticeWorld),
    }
}

fn present(plan: &Plan, as_json: bool) {
    if as_json {
        output::json(&json!({"digest": plan.digest(), "verb": plan.verb(), "plan": plan}));
    } else {
        show(plan);
    }
}

pub(crate) fn show(plan: &Plan) {
    for step in &plan.steps {
        out!("{:<8} {}", step.action.word(), step.address);
        if let Action::Refuse(why) = &step.action {
            out!("         {why}");
            if matches!(why, Refusal::NameTaken { .. })
                && matches!(step.address, Address::OidcProvider | Address::SamlProvider)
            {
                out!(
                    "         to share it: claimbridge-cli adopt --setup FILE --resource {}",
                    step.address
                );
            }
        }
        if step.action == Action::Update {
            for change in &step.changes {
                match change.policy_differences() {
                    Some(all) => {
                        for one in all {
                            out!("         {one}");
                        }
                    }
                    None => out!(
                        "         {}: {} → {}",
                        change.attribute,
                        brief(change.from.as_ref()),
                        brief(change.to.as_ref())
                    ),
                }
            }
        }
    }
    for note in &plan.notes {
        out!("note     {}", note.text());
    }
    out!("{}", plan.verb());
}

fn brief(json: Option<&serde_json::Value>) -> String {
    let text = json.map(ToString::to_string).unwrap_or_else(|| "nothing".into());
    if text.chars().count() > 160 {
        format!(
            "{}… ({} characters)",
            text.chars().take(160).collect::<String>(),
            text.chars().count()
        )
    } else {
        text
    }
}

pub(crate) async fn plan(a: &PlanArgs) -> Result<End, End> {
    let (files, connection) = connect(&a.aws).await?;
    let plan = claimbridge_runtime::plan_setup(&files, &connection)
        .await
        .map_err(ended)?;
    if let Some(out) = &a.out {
        let text = serde_json::to_string_pretty(&plan).map_err(|e| End::Failed(e.to_string()))?;
        files.keep_clear_of(out).map_err(input)?;
        write_whole(out, text.as_bytes()).map_err(input)?;
    }
    present(&plan, a.aws.access.json);
    Ok(if plan.refusals().next().is_some() {
        End::Blocked
    } else {
        End::Fine
    })
}

fn tell(progress: Progress) {
    match progress {
        Progress::Started { address, .. } => err!("{address}: started"),
        Progress::Accepted { address, id } => err!("{address}: {}", id.0),
        Progress::Waiting { address, why } => match why {
            Wait::Status(status) => err!("{address}: {status}"),
            Wait::Refusal(kind) => err!("{address}: waiting ({kind:?})"),
        },
        Progress::Done { address, .. } => err!("{address}: done"),
        Progress::Failed { address, error, .. } => err!("{address}: {error}"),
        Progress::Queued { .. } => {}
    }
}

async fn carry_out(
    files: &SetupFiles,
    connection: &Connection,
    plan: Plan,
    digest: &str,
    secret: Option<SecretValue>,
    as_json: bool,
) -> Result<End, End> {
    let (stop, listener) = stop_button();
    let approval = Approval {
        digest,
        secret: secret.as_ref(),
        stop: &stop,
    };
    let outcome = claimbridge_runtime::apply(files, connection, plan, approval, &mut tell)
        .await
        .map_err(ended);
    listener.abort();
    conclude(outcome?, files, as_json)
}

fn conclude(outcome: Outcome, files: &SetupFiles, as_json: bool) -> Result<End, End> {
    let offer = outcome.offer.map(|_| "role-first");
    let names = |all: &[Address]| all.iter().map(|a| a.as_str()).collect::<Vec<_>>().join(", ");
    let setup = files.path().display();
    if as_json {
        let failed: Vec<_> = outcome
            .failed
            .iter()
            .map(|(a, e)| json!({"address": a, "error": e}))
            .collect();
        output::json(
            &json!({"finished": outcome.finished, "stopped": outcome.stopped, "failed": failed, "not_started": outcome.not_started, "left": outcome.left, "offer": offer}),
        );
    }
    if outcome.finished {
        if !as_json && outcome.left.is_empty() {
            out!("What this set-up made is removed.");
        } else if !as_json {
            out!(
                "Everything is there: {}. Next: claimbridge-cli report --setup {setup} --out report.html",
                names(&outcome.left)
            );
        }
        return Ok(End::Fine);
    }
    let mut lines: Vec<String> = outcome
        .failed
        .iter()
        .map(|(address, error)| format!("{address} failed: {error}; {}.", error.leftover.words()))
        .collect();
    if !outcome.not_started.is_empty() {
        lines.push(format!("Not started: {}.", names(&outcome.not_started)));
    }
    if !outcome.left.is_empty() {
        let costs = outcome.left.contains(&Address::Index);
        lines.push(format!(
            "In AWS now: {}{}.",
            names(&outcome.left),
            if costs {
                " (the index is billed by the hour)"
            } else {
                ""
            }
        ));
    }
    lines.push(match offer {
        Some(_) => "AWS refused the order endpoint-first. Set \"order\": \"role-first\" in the set-up and plan again: that is AWS's documented order.".into(),
        None if outcome.failed.is_empty() => format!("Next: claimbridge-cli plan --setup {setup}, then apply to go on."),
        None => format!("Next: put right what was refused, then claimbridge-cli plan --setup {setup} and apply to go on; destroy takes back what is there."),
    });
    let message = lines.join("\n");
    Err(if as_json {
        End::FailedAndSaid(message)
    } else {
        End::Failed(message)
    })
}

/// A plan file of this program and of this set-up.
fn fits(plan: &Plan, path: &Path, files: &SetupFiles) -> Result<(), End> {
    if plan.schema != claimbridge_core::plan::SCHEMA {
        return Err(input(format!(
            "{} has schema {}; this Claimbridge reads {}. Nothing was done; plan again.",
            path.display(),
            plan.schema,
            claimbridge_core::plan::SCHEMA
        )));
    }
    let setup = files.load().map_err(input)?.id;
    if plan.setup != setup {
        return Err(input(format!(
            "{} is the plan of set-up {}, and {} is {setup}. Nothing was done; give the set-up of the plan.",
            path.display(),
            plan.setup,
            files.path().display()
        )));
    }
    Ok(())
}

pub(crate) async fn apply(a: &ApplyArgs) -> Result<End, End> {
    let seen = match &a.plan {
        None => None,
        Some(path) => {
            let plan: Plan = serde_json::from_slice(&output::read(path)?)
                .map_err(|e| input(format!("{} is not a plan file: {e}. Plan again.", path.display())))?;
            Some((path, plan))
        }
    };
    let files = match (&a.setup, &seen) {
        (Some(path), _) => SetupFiles::at(path),
        // Where the desktop program keeps it.
        (None, Some((_, plan))) => Store::of_user().files(&plan.setup),
        (None, None) => return Err(input("Say which set-up: --setup FILE.")),
    };
    if let Some((path, plan)) = &seen {
        fits(plan, path, &files)?;
    }
    let (files, connection) = connect_for(files, &a.access).await?;
    let now = claimbridge_runtime::plan_setup(&files, &connection)
        .await
        .map_err(ended)?;
    let digest = now.digest();
    if let Some((path, plan)) = seen
        && plan.digest() != digest
    {
        return Err(input(format!(
            "{}: AWS or the set-up changed since this plan was made, or the file was edited. Nothing was done; plan again and look at it.",
            path.display()
        )));
    }
    if now.refusals().next().is_some() {
        present(&now, a.access.json);
        return Ok(End::Blocked);
    }
    let secret = asks_for_secret(&now)
        .then(|| output::secret(a.secret_file.as_deref()))
        .transpose()?;
    carry_out(&files, &connection, now, &digest, secret, a.access.json).await
}

pub(crate) async fn verify(setup: &Path, access: &AccessArgs) -> Result<End, End> {
    let (files, connection) = connect_for(SetupFiles::at(setup), access).await?;
    let plan = claimbridge_runtime::drift(&files, &connection)
        .await
        .map_err(ended)?;
    if access.json {
        output::json(
            &json!({"clean": plan.is_clean(), "differences": crate::examine::differences(&plan), "plan": plan}),
        );
    } else if plan.is_clean() {
        out!(
            "Everything is as the set-up wants it ({} resources).",
            plan.steps.len()
        );
    } else {
        show(&plan);
    }
    Ok(if plan.is_clean() { End::Fine } else { End::Blocked })
}

pub(crate) async fn destroy(a: &DestroyArgs) -> Result<End, End> {
    let (files, connection) = connect(&a.aws).await?;
    let plan = claimbridge_runtime::plan_removal(&files, &connection)
        .await
        .map_err(ended)?;
    if !a.yes {
        if a.aws.access.json {
            output::json(&json!({"plan": plan}));
        } else {
            show(&plan);
            out!("Nothing was done. Add --yes to do it.");
        }
        return Ok(End::Fine);
    }
    if plan.refusals().next().is_some() {
        present(&plan, a.aws.access.json);
        return Ok(End::Blocked);
    }
    if plan.steps.is_empty() && !a.aws.access.json {
        out!("There is nothing to remove: this set-up has nothing in AWS.");
        return Ok(End::Fine);
    }
    let digest = plan.digest();
    let stays = plan.writes() == 0;
    let end = carry_out(&files, &connection, plan, &digest, None, a.aws.access.json).await?;
    if stays && !a.aws.access.json {
        out!("Nothing in AWS was changed: what was adopted stays there.");
    }
    Ok(end)
}

pub(crate) fn report(a: &ReportArgs) -> Result<End, End> {
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    let test = files.current_test(&setup, &bindings).map_err(input)?;
    let report = Report::new(&setup, &bindings, test, SystemClock.now());
    let kind = a.out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let failed = |e: &dyn std::fmt::Display| End::Failed(e.to_string());
    let text = match kind {
        "html" => report.html().map_err(|e| failed(&e))?,
        "md" => report.markdown().map_err(|e| failed(&e))?,
        "json" => report.json(),
        other => {
            return Err(input(format!(
                "--out ends in “.{other}”; expected .html, .md or .json."
            )));
        }
    };
    files.keep_clear_of(&a.out).map_err(input)?;
    write_whole(&a.out, text.as_bytes()).map_err(input)?;
    if a.json {
        output::json(&json!({"report": a.out}));
    } else {
        out!("{} written.", a.out.display());
    }
    Ok(End::Fine)
}
