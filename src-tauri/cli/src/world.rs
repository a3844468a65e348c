//! The practice world and the demo.

use crate::End;
use crate::arguments::{DemoArgs, PracticeArgs, WorldArgs};
use crate::new::known_idp;
use crate::output::{self, err, out};
use crate::setups::{ended, input};
use claimbridge_core::diagnose::RuleId;
use claimbridge_runtime::demo::Demo;
use claimbridge_runtime::practice::config::{CallFault, Config, Latency};
use serde_json::json;
use std::path::Path;

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
    let idp = known_idp(&a.idp)?;
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
