//! The practice world and the demo.

use crate::End;
use crate::arguments::{DemoArgs, PracticeArgs, WorldArgs};
use crate::new::known_idp;
use crate::output::{self, err, out};
use crate::setups::{ended, input};
use crate::sign_in::show_checks;
use claimbridge_core::diagnose::RuleId;
use claimbridge_core::idp::{IdentityProvider, Protocol};
use claimbridge_runtime::demo::{Demo, DemoOutcome, Mended};
use claimbridge_runtime::practice::Mistake;
use claimbridge_runtime::practice::config::{CallFault, Config, Latency};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
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

/// By the number of its rule.
fn mistake(text: &str) -> Result<Mistake, End> {
    let number = text.to_ascii_uppercase();
    let known = RuleId::parse(&number).ok_or_else(|| {
        input(format!(
            "--fault “{text}” is no rule; expected F01 to F137, for example F11."
        ))
    })?;
    Mistake::for_rule(known)
        .ok_or_else(|| input(format!("{known} cannot be practised: its evidence is a fixture.")))
}

pub(crate) async fn demo(a: &DemoArgs) -> Result<End, End> {
    let fault = a.fault.as_deref().map(mistake).transpose()?;
    let idp = match (&a.idp, fault) {
        (Some(named), _) => known_idp(named)?,
        (None, Some(fault)) => fault.idp(),
        (None, None) => IdentityProvider::EntraGallery,
    };
    if let Some(other) = fault.map(Mistake::protocol).filter(|p| *p != idp.protocol()) {
        let (name, example) = match other {
            Protocol::Oidc => ("OpenID Connect", "okta-oidc"),
            Protocol::Saml => ("SAML", "entra"),
        };
        return Err(input(format!(
            "This mistake is of {name}, and --idp {} is not. Choose --idp {example}, for example.",
            a.idp.as_deref().unwrap_or_default()
        )));
    }
    if a.aws_first && idp.protocol() == Protocol::Oidc {
        return Err(input(
            "--aws-first is of SAML: temporary metadata stands in there. With OpenID Connect, issuer and client id come first.",
        ));
    }
    let demo = Demo {
        idp,
        config: config(&a.world)?,
        fault,
        aws_first: a.aws_first,
        destroy: a.destroy,
        mend: a.mend,
    };
    let out: &Path = &a.out;
    let outcome = claimbridge_runtime::demo::run(demo, out, &mut |line| err!("{line}"))
        .await
        .map_err(ended)?;
    if a.json {
        output::json(&document(&outcome, out));
    } else {
        output::findings(&outcome.findings);
        if let Some(words) = &outcome.refused {
            out!("The identity provider refused: {words}");
        }
        if let Some(mended) = &outcome.mended {
            for line in told(mended) {
                out!("{line}");
            }
        }
        for words in &outcome.messages {
            out!("Shown: {words}");
        }
        show_checks(&outcome.checks);
        for heard in &outcome.answers {
            let titles: Vec<&str> = heard.sources.iter().map(|s| s.title.as_str()).collect();
            out!("{} asked and was shown: {}", heard.who, titles.join(", "));
        }
        for (kind, n) in outcome.left.iter().flatten() {
            out!("✕ left in AWS: {n} {kind}");
        }
        if outcome.is_fine() {
            out!("Passed: AWS accepted the sign-in and the person is known.");
            if outcome.left.is_some() {
                out!("Everything is removed again.");
            }
        }
        out!("Report: {}", out.join("report.html").display());
    }
    Ok(if outcome.is_fine() {
        End::Fine
    } else {
        End::Blocked
    })
}

/// What was changed, and what came of it: only a sign-in that passes is mended.
fn told(mended: &Mended) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &mended.fix.changes {
        let did = match change.to.as_str() {
            "" => format!("{} is gone", change.place),
            to => format!("{} is now {to}", change.place),
        };
        let unmade = mended.unmade.iter().find(|(place, _)| *place == change.place);
        lines.push(match unmade {
            Some((place, why)) => format!("Not changed: {place}: {why}."),
            None if mended.passed => format!("Mended: {did}"),
            None => format!("Changed: {did}"),
        });
    }
    if mended.passed {
        lines.push("The sign-in passes.".to_owned());
        return lines;
    }
    lines.push(match mended.unmade.is_empty() {
        true => "The sign-in still fails: this is not mended.".to_owned(),
        false => "Nobody signed in again: this is not mended.".to_owned(),
    });
    lines.extend(mended.left.iter().map(|left| format!("Left: {left}")));
    lines
}

fn document(outcome: &DemoOutcome, out: &Path) -> Json {
    let checks: Vec<Json> = outcome
        .checks
        .iter()
        .map(|c| json!({"call": c.call, "passed": c.passed(), "said": c.said()}))
        .collect();
    let answers: Vec<Json> = outcome
        .answers
        .iter()
        .map(|a| {
            let sources: Vec<&str> = a.sources.iter().map(|s| s.title.as_str()).collect();
            json!({"who": a.who, "text": a.text, "sources": sources})
        })
        .collect();
    json!({
        "passed": outcome.judgement.as_ref().is_some_and(|j| j.passed),
        "let_in": outcome.let_in,
        "refused": outcome.refused,
        "messages": outcome.messages,
        "mended": outcome
            .mended
            .as_ref()
            .map(|m| json!({"fix": m.fix, "unmade": m.unmade, "passed": m.passed, "left": m.left})),
        "clean": outcome.clean,
        "order": outcome.order,
        "findings": outcome.findings,
        "checks": checks,
        "answers": answers,
        "left": outcome.left.as_ref().map(|left| left.iter().copied().collect::<BTreeMap<_, _>>()),
        "report": out.join("report.html"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use claimbridge_core::diagnose::Owner;
    use claimbridge_core::diagnose::fix::{Change, Fix, Reach};

    #[test]
    fn only_a_sign_in_that_passes_is_mended() {
        let mended = |to: &str, unmade: Option<&str>, passed: bool| {
            let place = "Recipient".to_owned();
            told(&Mended {
                fix: Fix {
                    changes: vec![Change {
                        owner: Owner::Idp,
                        rule: RuleId::RecipientMismatch,
                        place: place.clone(),
                        from: "old".into(),
                        to: to.into(),
                        note: String::new(),
                        step: None,
                    }],
                    reach: Reach::Application,
                    silences: Vec::new(),
                },
                unmade: unmade.map(|why| (place, why.to_owned())).into_iter().collect(),
                passed,
                left: if passed {
                    Vec::new()
                } else {
                    vec!["F11: old instead of new".into()]
                },
            })
        };
        let check = |told: Vec<String>, expected: &[&str]| {
            assert_eq!(told, expected);
            assert!(
                told.iter().any(|l| l.starts_with("Mended")) == told.contains(&"The sign-in passes.".into())
            );
        };
        check(
            mended("new", None, true),
            &["Mended: Recipient is now new", "The sign-in passes."],
        );
        check(
            mended("", None, false),
            &[
                "Changed: Recipient is gone",
                "The sign-in still fails: this is not mended.",
                "Left: F11: old instead of new",
            ],
        );
        check(
            mended(
                "new",
                Some("the portal of the practice world has no step for it"),
                false,
            ),
            &[
                "Not changed: Recipient: the portal of the practice world has no step for it.",
                "Nobody signed in again: this is not mended.",
                "Left: F11: old instead of new",
            ],
        );
    }
}
