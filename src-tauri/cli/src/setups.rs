//! Set-ups: new, plan, apply, verify, destroy, report; the practice world and the demo.

use crate::End;
use crate::arguments::{
    AccessArgs, ApplyArgs, AwsArgs, DemoArgs, DestroyArgs, NewArgs, PlanArgs, PracticeArgs, ReportArgs,
    WorldArgs,
};
use crate::output::{self, err, out};
use crate::stop::stop_button;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::engine::{Outcome, Progress, Wait};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::plan::{Action, Plan};
use claimbridge_core::report::Report;
use claimbridge_core::resource::Address;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Federation, Order, Setup, World};
use claimbridge_core::time::{Clock, Ids};
use claimbridge_core::value::{AccountId, AuthenticationUrl, Region};
use claimbridge_runtime::connection::{ConnectError, Connection, Problem};
use claimbridge_runtime::demo::Demo;
use claimbridge_runtime::practice::config::{CallFault, Config, Latency};
use claimbridge_runtime::store::{SetupFiles, Store, write_whole};
use claimbridge_runtime::{RandomIds, SystemClock};
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
        | Problem::OtherEndpoint { .. }
        | Problem::OtherPlace { .. }
        | Problem::StalePlan
        | Problem::NotPractised(_)
        | Problem::Connect(ConnectError::Endpoint { .. } | ConnectError::Profile { .. })
        | Problem::OtherWorld
        | Problem::OtherAccount { .. } => End::Input(problem.to_string()),
        Problem::Aws(_)
        | Problem::Connect(_)
        | Problem::Journal(_)
        | Problem::Portal(_)
        | Problem::Report(_) => End::Failed(problem.to_string()),
    }
}

pub(crate) fn new(a: &NewArgs) -> Result<End, End> {
    let idp = IdentityProvider::parse(&a.idp).ok_or_else(|| {
        input(format!(
            "--idp “{}” is not known; expected entra or entra-own.",
            a.idp
        ))
    })?;
    let account = AccountId::parse(&a.account).map_err(|e| input(format!("--account: {e}")))?;
    let region = Region::parse(&a.region).map_err(|e| input(format!("--region: {e}")))?;
    let (text, metadata) = FederationMetadata::for_iam(&output::read(&a.metadata)?)
        .map_err(|e| input(format!("{}: {e}", a.metadata.display())))?;
    let mut setup = Setup::saml(RandomIds.fresh(), &a.name, account, region, World::Live, idp);
    setup.order = match a.order.as_str() {
        "endpoint-first" => Order::EndpointFirst,
        "role-first" => Order::RoleFirst,
        other => {
            return Err(input(format!(
                "--order “{other}” is not known; expected endpoint-first or role-first."
            )));
        }
    };
    if a.no_index {
        setup.application.index = None;
    }
    let url = a
        .authentication_url
        .as_deref()
        .map(AuthenticationUrl::parse)
        .transpose()
        .map_err(|e| input(format!("--authentication-url: {e}")))?;
    let Federation::Saml {
        metadata: held,
        authentication_url,
        ..
    } = &mut setup.federation;
    *held = Some(text);
    *authentication_url = url;
    setup
        .check()
        .map_err(|e| input(format!("--name “{}”: {e}", a.name)))?;
    if setup.authentication_url().is_err() {
        return Err(input(format!(
            "{} names no sign-on address. Give the User access URL with --authentication-url.",
            a.metadata.display()
        )));
    }
    if a.out.exists() {
        return Err(input(format!(
            "{} exists already. Choose another name, or remove it.",
            a.out.display()
        )));
    }
    let files = SetupFiles::at(&a.out);
    if !files.bindings().map_err(input)?.is_empty() {
        return Err(input(format!(
            "Beside {} lies the journal of another set-up, which still has resources. Choose another name, or remove them first.",
            a.out.display()
        )));
    }
    files.save(&setup).map_err(input)?;
    if a.json {
        output::json(
            &json!({"setup": a.out, "id": setup.id, "entity_id": metadata.entity_id, "role_claim": setup.role_pair()}),
        );
    } else {
        out!(
            "{} written. Next: claimbridge-cli plan --setup {}",
            a.out.display(),
            a.out.display()
        );
    }
    Ok(End::Fine)
}

pub(crate) async fn connect(a: &AwsArgs) -> Result<(SetupFiles, Connection), End> {
    connect_for(SetupFiles::at(&a.setup), &a.access).await
}

async fn connect_for(files: SetupFiles, a: &AccessArgs) -> Result<(SetupFiles, Connection), End> {
    let setup = files.load().map_err(input)?;
    let connection = Connection::live(a.profile.clone(), setup.region, a.endpoint_url.clone())
        .await
        .map_err(ended)?;
    if let Some(endpoint) = connection.aws.stand_in() {
        err!("Not AWS: the endpoint is {endpoint}.");
    }
    Ok((files, connection))
}

fn present(plan: &Plan, as_json: bool) {
    if as_json {
        output::json(&json!({"digest": plan.digest(), "verb": plan.verb(), "plan": plan}));
    } else {
        show(plan);
    }
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        out!("{:<8} {}", step.action.word(), step.address);
        if let Action::Refuse(why) = &step.action {
            out!("         {why}");
        }
        if step.action == Action::Update {
            for change in &step.changes {
                out!(
                    "         {}: {} → {}",
                    change.attribute,
                    brief(change.from.as_ref()),
                    brief(change.to.as_ref())
                );
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
    as_json: bool,
) -> Result<End, End> {
    let (stop, listener) = stop_button();
    let outcome = claimbridge_runtime::apply(files, connection, plan, digest, &stop, &mut tell)
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
    carry_out(&files, &connection, now, &digest, a.access.json).await
}

pub(crate) async fn verify(a: &AwsArgs) -> Result<End, End> {
    let (files, connection) = connect(a).await?;
    let plan = claimbridge_runtime::drift(&files, &connection)
        .await
        .map_err(ended)?;
    if a.access.json {
        output::json(&json!({"clean": plan.is_clean(), "plan": plan}));
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
    let digest = plan.digest();
    carry_out(&files, &connection, plan, &digest, a.aws.access.json).await
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

fn config(world: &WorldArgs) -> Result<Config, End> {
    let mut config = Config {
        latency: Latency::parse(&world.latency).map_err(input)?,
        ..Config::default()
    };
    for switch in &world.switches {
        config.switches.set(switch).map_err(input)?;
    }
    Ok(config)
}

pub(crate) async fn practice(a: &PracticeArgs) -> Result<End, End> {
    let mut config = config(&a.world)?;
    config.put_group_rate = a.put_group_rate;
    for fault in &a.faults {
        config.faults.push(CallFault::parse(fault).map_err(input)?);
    }
    let world = claimbridge_runtime::practice::World::new(config);
    let running = world.serve(a.port).await.map_err(|e| {
        End::Failed(format!(
            "Port {} on 127.0.0.1 cannot be used: {e}. Choose another with --port.",
            a.port
        ))
    })?;
    if a.json {
        output::json(&json!({"endpoint": running.origin(), "portal": format!("{}/entra", running.origin())}));
    } else {
        out!("AWS endpoint  {}", running.origin());
        out!("Portal        {}/entra", running.origin());
    }
    tokio::select! {
        () = running.ended() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(End::Fine)
}

pub(crate) async fn demo(a: &DemoArgs) -> Result<End, End> {
    let idp = IdentityProvider::parse(&a.idp).ok_or_else(|| {
        input(format!(
            "--idp “{}” is not known; expected entra or entra-own.",
            a.idp
        ))
    })?;
    let fault = match &a.fault {
        None => None,
        Some(text) => {
            let known = RuleId::parse(&text.to_ascii_uppercase()).ok_or_else(|| {
                input(format!(
                    "--fault “{text}” is no rule; expected F01 to F99, for example F11."
                ))
            })?;
            if claimbridge_runtime::practice::Mistake::for_rule(known).is_none() {
                return Err(input(format!(
                    "{known} cannot be practised: its evidence is a fixture."
                )));
            }
            Some(known)
        }
    };
    let demo = Demo {
        idp,
        config: config(&a.world)?,
        fault,
    };
    let out: &Path = &a.out;
    let outcome = claimbridge_runtime::demo::run(demo, out, &mut |line| err!("{line}"))
        .await
        .map_err(ended)?;
    if a.json {
        output::json(&json!({
            "passed": outcome.judgement.as_ref().is_some_and(|j| j.passed),
            "let_in": outcome.let_in,
            "clean": outcome.clean,
            "order": outcome.order,
            "findings": outcome.findings,
            "report": out.join("report.html"),
        }));
    } else {
        output::findings(&outcome.findings);
        if outcome.is_fine() {
            out!("Passed: AWS accepted the sign-in and the person is known.");
        }
        out!("Report: {}", out.join("report.html").display());
    }
    Ok(if outcome.is_fine() {
        End::Fine
    } else {
        End::Blocked
    })
}
