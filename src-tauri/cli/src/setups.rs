//! Set-ups: new, plan, apply, verify, destroy, report; the practice world and the demo.

use crate::End;
use crate::arguments::{
    ApplyArgs, AwsArgs, DemoArgs, DestroyArgs, NewArgs, PlanArgs, PracticeArgs, ReportArgs, WorldArgs,
};
use crate::output;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::engine::{Outcome, Progress, Stop, Wait};
use claimbridge_core::idp::IdentityProvider;
use claimbridge_core::plan::{Action, Plan};
use claimbridge_core::report::Report;
use claimbridge_core::resource::Leftover;
use claimbridge_core::saml::metadata::FederationMetadata;
use claimbridge_core::setup::{Federation, Order, Setup, World};
use claimbridge_core::time::{Clock, Ids};
use claimbridge_core::value::{AccountId, AuthenticationUrl, Region};
use claimbridge_runtime::connection::{Connection, Problem};
use claimbridge_runtime::demo::Demo;
use claimbridge_runtime::practice::config::{CallFault, Config, Latency};
use claimbridge_runtime::store::{SetupFiles, write_whole};
use claimbridge_runtime::{RandomIds, SystemClock};
use serde_json::json;
use std::path::Path;

fn input(error: impl std::fmt::Display) -> End {
    End::Input(error.to_string())
}

/// A problem of the caller's making ends with 2, one of an act with 3.
fn ended(problem: Problem) -> End {
    match problem {
        Problem::Setup(_)
        | Problem::Store(_)
        | Problem::NotApproved(_)
        | Problem::OtherEndpoint { .. }
        | Problem::OtherPlace { .. }
        | Problem::StalePlan
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
    let account = AccountId::parse(&a.account).map_err(input)?;
    let region = Region::parse(&a.region).map_err(input)?;
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
        .map_err(input)?;
    let Federation::Saml {
        metadata: held,
        authentication_url,
        ..
    } = &mut setup.federation;
    *held = Some(text);
    *authentication_url = url;
    setup.check().map_err(input)?;
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
        println!(
            "{} written. Next: claimbridge-cli plan --setup {}",
            a.out.display(),
            a.out.display()
        );
    }
    Ok(End::Fine)
}

async fn connect(a: &AwsArgs) -> Result<(SetupFiles, Connection), End> {
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let connection = Connection::live(a.profile.clone(), setup.region, a.endpoint_url.clone())
        .await
        .map_err(ended)?;
    if let Some(endpoint) = connection.aws.stand_in() {
        eprintln!("Not AWS: the endpoint is {endpoint}.");
    }
    Ok((files, connection))
}

fn show(plan: &Plan) {
    for step in &plan.steps {
        println!("{:<8} {}", step.action.word(), step.address);
        if let Action::Refuse(why) = &step.action {
            println!("         {why}");
        }
        if step.action == Action::Update {
            for change in &step.changes {
                println!(
                    "         {}: {} → {}",
                    change.attribute,
                    brief(change.from.as_ref()),
                    brief(change.to.as_ref())
                );
            }
        }
    }
    for note in &plan.notes {
        println!("note     {}", note.text());
    }
    println!("{}", plan.verb());
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
        write_whole(out, text.as_bytes()).map_err(input)?;
    }
    if a.aws.json {
        output::json(&json!({"digest": plan.digest(), "verb": plan.verb(), "plan": plan}));
    } else {
        show(&plan);
    }
    Ok(if plan.refusals().next().is_some() {
        End::Blocked
    } else {
        End::Fine
    })
}

fn tell(progress: Progress) {
    match progress {
        Progress::Started { address, .. } => eprintln!("{address}: started"),
        Progress::Accepted { address, id } => eprintln!("{address}: {}", id.0),
        Progress::Waiting { address, why } => match why {
            Wait::Status(status) => eprintln!("{address}: {status}"),
            Wait::Refusal(kind) => eprintln!("{address}: waiting ({kind:?})"),
        },
        Progress::Done { address, .. } => eprintln!("{address}: done"),
        Progress::Failed { address, error, .. } => eprintln!("{address}: {error}"),
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
    let stop = std::sync::Arc::new(Stop::default());
    let asked = stop.clone();
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("Stopping: what has begun is finished, nothing new is started.");
            asked.ask();
        }
    });
    let outcome = claimbridge_runtime::apply(files, connection, plan, digest, &stop, &mut tell)
        .await
        .map_err(ended);
    listener.abort();
    conclude(outcome?, as_json)
}

fn conclude(outcome: Outcome, as_json: bool) -> Result<End, End> {
    let offer = outcome.offer.map(|_| "role-first");
    if as_json {
        let failed: Vec<_> = outcome
            .failed
            .iter()
            .map(|(a, e)| json!({"address": a, "error": e}))
            .collect();
        output::json(
            &json!({"finished": outcome.finished, "stopped": outcome.stopped, "failed": failed, "not_started": outcome.not_started, "offer": offer}),
        );
    }
    if outcome.finished {
        return Ok(End::Fine);
    }
    let mut message = String::new();
    for (address, error) in &outcome.failed {
        let left = match error.leftover {
            Leftover::Nothing => "nothing was left behind by it",
            Leftover::Unfinished => "it exists, unfinished; the next run takes it up",
            Leftover::Unknown => "whether it exists is read again by the next run",
        };
        message.push_str(&format!("{address} failed: {error}; {left}.\n"));
    }
    if !outcome.not_started.is_empty() {
        let names: Vec<&str> = outcome.not_started.iter().map(|a| a.as_str()).collect();
        message.push_str(&format!(
            "Not started: {}. Run the same command again to go on.\n",
            names.join(", ")
        ));
    }
    if offer.is_some() {
        message.push_str("AWS refused the order endpoint-first. Set \"order\": \"role-first\" in the set-up and plan again: that is AWS's documented order.\n");
    }
    Err(if as_json {
        End::FailedAndSaid(message)
    } else {
        End::Failed(message)
    })
}

pub(crate) async fn apply(a: &ApplyArgs) -> Result<End, End> {
    let (files, connection) = connect(&a.aws).await?;
    let (plan, digest) = match &a.plan {
        Some(path) => {
            let bytes = output::read(path)?;
            let plan: Plan = serde_json::from_slice(&bytes)
                .map_err(|e| input(format!("{} is not a plan file: {e}.", path.display())))?;
            let digest = plan.digest();
            let now = claimbridge_runtime::plan_setup(&files, &connection)
                .await
                .map_err(ended)?;
            if now.digest() != digest {
                return Err(input(
                    "AWS or the set-up changed since the plan was made. Nothing was done; plan again and look at it.",
                ));
            }
            (plan, digest)
        }
        None => {
            let plan = claimbridge_runtime::plan_setup(&files, &connection)
                .await
                .map_err(ended)?;
            let digest = plan.digest();
            (plan, digest)
        }
    };
    if plan.refusals().next().is_some() {
        show(&plan);
        return Ok(End::Blocked);
    }
    carry_out(&files, &connection, plan, &digest, a.aws.json).await
}

pub(crate) async fn verify(a: &AwsArgs) -> Result<End, End> {
    let (files, connection) = connect(a).await?;
    let plan = claimbridge_runtime::drift(&files, &connection)
        .await
        .map_err(ended)?;
    if a.json {
        output::json(&json!({"clean": plan.is_clean(), "plan": plan}));
    } else if plan.is_clean() {
        println!(
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
        if a.aws.json {
            output::json(&json!({"plan": plan}));
        } else {
            show(&plan);
            println!("Nothing was done. Add --yes to do it.");
        }
        return Ok(End::Fine);
    }
    let digest = plan.digest();
    carry_out(&files, &connection, plan, &digest, a.aws.json).await
}

pub(crate) fn report(a: &ReportArgs) -> Result<End, End> {
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let report = Report::new(
        &setup,
        &files.bindings().map_err(input)?,
        files.test().map_err(input)?,
        SystemClock.now(),
    );
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
    write_whole(&a.out, text.as_bytes()).map_err(input)?;
    if a.json {
        output::json(&json!({"report": a.out}));
    } else {
        println!("{} written.", a.out.display());
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
        println!("AWS endpoint  {}", running.origin());
        println!("Portal        {}/entra", running.origin());
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
            let known = RuleId::parse(text)
                .ok_or_else(|| input(format!("--fault “{text}” is no rule; expected F01 to F49.")))?;
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
    let outcome = claimbridge_runtime::demo::run(demo, out, &mut |line| eprintln!("{line}"))
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
            println!("Passed: AWS accepted the sign-in and the person is known.");
        }
        println!("Report: {}", out.join("report.html").display());
    }
    Ok(if outcome.is_fine() {
        End::Fine
    } else {
        End::Blocked
    })
}
