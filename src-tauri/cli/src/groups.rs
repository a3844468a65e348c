//! `groups`: a file of groups against the index of a set-up.

use crate::End;
use crate::arguments::GroupsArgs;
use crate::output::{self, err, out};
use crate::setups::{connect, ended, input};
use crate::stop::stop_button;
use claimbridge_core::diagnose::Severity;
use claimbridge_core::groups::{
    Action, Bulk, Finding, GroupPlan, KnownUsers, Outcome, Progress, Rules, Wait,
};
use claimbridge_runtime::groups::{Compared, GroupsProblem, apply, compare};
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};

/// Rows and failures that are shown to a person; the document of `--json` has all.
const SHOWN: usize = 50;

fn problem(problem: GroupsProblem, a: &GroupsArgs) -> End {
    match problem {
        GroupsProblem::File(error) => input(format!("{}: {error}", a.file.display())),
        GroupsProblem::NoIndex { .. } | GroupsProblem::NotApproved(_) => input(problem),
        GroupsProblem::Other(problem) => ended(problem),
    }
}

fn rules(a: &GroupsArgs) -> Result<Rules, End> {
    let known = match &a.users {
        None => None,
        Some(path) => Some(
            KnownUsers::read(&output::read(path)?).map_err(|e| input(format!("{}: {e}", path.display())))?,
        ),
    };
    let bulk = match (&a.s3_path, &a.s3_role) {
        (Some(path), Some(role)) => {
            Some(Bulk::parse(path, role).map_err(|e| input(format!("--s3-path, --s3-role: {e}")))?)
        }
        _ => None,
    };
    Ok(Rules { known, bulk })
}

pub(crate) async fn groups(a: &GroupsArgs) -> Result<End, End> {
    let rules = rules(a)?;
    let file = output::read(&a.file)?;
    let (files, connection) = connect(&a.aws).await?;
    let mut told = 0;
    let mut read = |names: usize| {
        if names >= told + 1_000 {
            told = names;
            err!("{names} names of groups read; AWS gives ten a call");
        }
    };
    let compared = compare(&files, &connection, &file, &rules, a.take_over, &mut read)
        .await
        .map_err(|e| problem(e, a))?;
    drop(file);
    let as_json = a.aws.access.json;
    let Compared { findings, difference } = compared;
    if !as_json {
        say_findings(&findings);
    }
    let Some(difference) = difference else {
        if as_json {
            output::json(&document(&findings, None, None));
        } else {
            out!("Nothing was done. Put the file right, then give it again.");
        }
        return Ok(End::Blocked);
    };
    let plan = difference.plan.clone();
    let digest = plan.digest();
    if !as_json {
        show(&plan);
    }
    if !a.yes || plan.counts().writes() == 0 {
        if as_json {
            output::json(&document(&findings, Some(&plan), None));
        }
        return Ok(if plan.is_clean() { End::Fine } else { End::Blocked });
    }
    let (stop, listener) = stop_button();
    let mut teller = Teller::default();
    let outcome = apply(&files, &connection, difference, &digest, &stop, &mut |p| {
        teller.tell(p);
    })
    .await
    .map_err(|e| problem(e, a));
    listener.abort();
    let outcome = outcome?;
    if as_json {
        output::json(&document(&findings, Some(&plan), Some(&outcome)));
    }
    conclude(&outcome, &plan, a)
}

fn say_findings(findings: &[Finding]) {
    for f in findings {
        let mark = match f.severity {
            Severity::Blocking => "✕ blocking",
            Severity::Warning => "! warning ",
            Severity::Info => "· note    ",
        };
        out!("{mark}  {} ({})", f.kind.title(), f.count);
        for place in f.first.iter().take(5) {
            out!("            {place}");
        }
        if f.count > 5 {
            out!("            and {} more", f.count - 5);
        }
        out!("            do        {}", f.kind.remedy());
    }
}

fn show(plan: &GroupPlan) {
    let told: Vec<_> = plan
        .rows
        .iter()
        .filter(|r| r.action != Action::Keep && r.action != Action::Foreign)
        .collect();
    for row in told.iter().take(SHOWN) {
        out!("{:<9} {}", row.action.word(), row.name);
        if let Some(object) = &row.object {
            out!(
                "          its {} members are read from {object}; have them there first",
                row.members
            );
        }
    }
    if told.len() > SHOWN {
        out!("          and {} more", told.len() - SHOWN);
    }
    let counts = plan.counts();
    if counts.keep > 0 {
        out!("keep      {} as they were put last", counts.keep);
    }
    if counts.foreign > 0 {
        out!(
            "foreign   {} that somebody else put and the file does not have; they stay",
            counts.foreign
        );
    }
    if counts.unknown > 0 {
        out!(
            "note     Somebody else put {}, and AWS does not give members back: nobody can tell whether they are right. With --take-over they become as the file says.",
            groups_of(counts.unknown)
        );
    }
    out!("{}", plan.verb());
}

fn groups_of(n: usize) -> String {
    if n == 1 {
        "1 group".into()
    } else {
        format!("{n} groups")
    }
}

fn document(findings: &[Finding], plan: Option<&GroupPlan>, outcome: Option<&Outcome>) -> Json {
    let findings: Vec<Json> = findings
        .iter()
        .map(|f| {
            json!({
                "id": f.kind, "severity": f.severity, "title": f.kind.title(), "count": f.count,
                "where": f.first, "remedy": f.kind.remedy(),
            })
        })
        .collect();
    let applied = outcome.map(|o| {
        let failed: Vec<Json> = o
            .failed
            .iter()
            .map(|(name, error)| json!({"group": name, "error": error}))
            .collect();
        json!({
            "finished": o.finished, "stopped": o.stopped, "put": o.put, "deleted": o.deleted,
            "failed": failed, "not_started": o.not_started, "broken_off": o.broken_off,
            "throttled": o.throttled, "rate": o.rate,
        })
    });
    json!({
        "findings": findings,
        "digest": plan.map(GroupPlan::digest),
        "verb": plan.map(GroupPlan::verb),
        "clean": plan.map(GroupPlan::is_clean),
        "counts": plan.map(GroupPlan::counts),
        "rows": plan.map(|p| &p.rows),
        "applied": applied,
    })
}

/// Progress on standard error, a line a second.
#[derive(Default)]
struct Teller {
    last: Option<Instant>,
    failed: usize,
}

impl Teller {
    fn tell(&mut self, progress: Progress) {
        match progress {
            Progress::Moved {
                done,
                of,
                rate,
                waiting,
            } => {
                if done < of && self.last.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
                    return;
                }
                self.last = Some(Instant::now());
                let why = match waiting {
                    Wait::Answers => String::new(),
                    Wait::Limit(limit) => format!(", AWS takes about {limit:.0} a second"),
                    Wait::Refusal(kind) => format!(", waiting ({kind:?})"),
                };
                err!("{done} of {of} groups, {rate:.0} a second{why}");
            }
            Progress::Failed { name, error } => {
                self.failed += 1;
                if self.failed <= SHOWN {
                    err!("{name}: {error}");
                }
            }
        }
    }
}

fn conclude(outcome: &Outcome, plan: &GroupPlan, a: &GroupsArgs) -> Result<End, End> {
    let as_json = a.aws.access.json;
    let done = outcome.put + outcome.deleted;
    if outcome.finished {
        let unknown = plan.counts().unknown;
        if !as_json {
            out!("{} put, {} deleted.", groups_of(outcome.put), outcome.deleted);
            if unknown > 0 {
                out!("{} of somebody else's stay as they are.", groups_of(unknown));
            }
        }
        return Ok(if unknown == 0 { End::Fine } else { End::Blocked });
    }
    let mut lines = vec![format!(
        "{done} of {} are as they should be.",
        groups_of(plan.counts().writes())
    )];
    if !outcome.failed.is_empty() {
        let names: Vec<&str> = outcome.failed.iter().take(10).map(|(n, _)| n.as_str()).collect();
        let more = outcome.failed.len().saturating_sub(10);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        lines.push(format!("Failed: {}{more}.", names.join(", ")));
    }
    match &outcome.broken_off {
        Some(error) => lines.push(format!(
            "Nothing more was begun, because the next would fail too: {error}. Not begun: {}.",
            outcome.not_started
        )),
        None if outcome.not_started > 0 => lines.push(format!("Not begun: {}.", outcome.not_started)),
        None => {}
    }
    lines.push("Next: the same command goes on where this one ended.".into());
    let message = lines.join("\n");
    Err(if as_json {
        End::FailedAndSaid(message)
    } else {
        End::Failed(message)
    })
}
