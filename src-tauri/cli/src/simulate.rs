//! `simulate`: who could sign in, before anybody does, from a table of people.

use crate::End;
use crate::arguments::SimulateArgs;
use crate::check::moment;
use crate::output::{self, out};
use crate::setups::input;
use claimbridge_core::diagnose::{RuleId, words};
use claimbridge_core::policy::TrustPolicy;
use claimbridge_core::resource::{Address, Output};
use claimbridge_core::simulate::{
    Count, Outcome, People, ProviderConfiguration, Row, Simulation, simulate as run,
};
use claimbridge_core::value::WebExperienceUrl;
use claimbridge_runtime::store::SetupFiles;
use serde_json::{Value as Json, json};

/// People that are shown; `--all` shows everybody.
const SHOWN: usize = 20;

pub(crate) fn simulate(a: &SimulateArgs) -> Result<End, End> {
    let now = moment(a.at.as_ref())?;
    let files = SetupFiles::at(&a.setup);
    let setup = files.load().map_err(input)?;
    let bindings = files.bindings().map_err(input)?;
    let outputs = bindings.outputs();
    let endpoint = outputs
        .get(&(Address::WebExperience, Output::Endpoint))
        .and_then(|e| WebExperienceUrl::from_endpoint(e).ok());
    let mut configuration = ProviderConfiguration::of(&setup, endpoint.as_ref());
    for claim in &a.claims {
        let (name, source) = claim.split_once('=').ok_or_else(|| {
            input(format!(
                "--claim “{claim}” has no =. Expected NAME=SOURCE, such as RoleSessionName=user.mail."
            ))
        })?;
        configuration.set(name.trim(), source.trim());
    }
    let trust = match &a.trust_policy {
        Some(path) => {
            let text = String::from_utf8_lossy(&output::read(path)?).into_owned();
            Some(TrustPolicy::parse(&text).map_err(|e| input(format!("{}: {e}", path.display())))?)
        }
        None => configuration.trust(),
    };
    let people =
        People::read(&output::read(&a.people)?).map_err(|e| input(format!("{}: {e}", a.people.display())))?;
    let simulation = run(&configuration, &people, trust.as_ref(), now).map_err(input)?;
    if a.json {
        output::json(&document(&simulation, &people, a.all));
    } else {
        show(&simulation, &people, a.all);
    }
    // Whoever asks whether everybody gets in is not told yes where that is not known.
    Ok(
        match simulation.count(Outcome::Admitted) == simulation.rows.len() {
            true => End::Fine,
            false => End::Blocked,
        },
    )
}

/// What turns people away first, by how many; then what only concerns them.
fn ranked(simulation: &Simulation) -> Vec<(RuleId, Count)> {
    let mut counts: Vec<(RuleId, Count)> = simulation.counts.iter().map(|(r, c)| (*r, *c)).collect();
    counts.sort_by_key(|(rule, count)| (std::cmp::Reverse((count.blocked, count.people)), *rule));
    counts
}

fn show(simulation: &Simulation, people: &People, all: bool) {
    let total = people.list.len();
    out!("{} of {total} would get in.", simulation.count(Outcome::Admitted));
    match simulation.count(Outcome::Unknown) {
        0 => {}
        unknown => out!(
            "{unknown} of {total} not known: the trust policy compares what only the sign-in itself has, such as an address or a time."
        ),
    }
    for assumed in &simulation.assumed {
        out!("assumed     {assumed}");
    }
    for (rule, count) in ranked(simulation) {
        let mark = match count.blocked {
            0 => "! concerns",
            _ => "✕ stops   ",
        };
        let number = if count.blocked > 0 {
            count.blocked
        } else {
            count.people
        };
        out!("{mark} {number:>6}  {rule}  {}", words(rule).title);
    }
    for (title, wanted) in [
        ("Turned away:", Outcome::Refused),
        ("Not known:", Outcome::Unknown),
    ] {
        let rows: Vec<&Row> = simulation
            .rows
            .iter()
            .filter(|row| row.outcome == wanted)
            .collect();
        list(title, &rows, people, all);
    }
}

fn list(title: &str, rows: &[&Row], people: &People, all: bool) {
    if rows.is_empty() {
        return;
    }
    out!("");
    out!("{title}");
    let shown = if all { rows.len() } else { SHOWN };
    for row in rows.iter().take(shown) {
        let name = people.list.get(row.person).map(|p| p.name()).unwrap_or_default();
        let causes: Vec<&str> = row.causes.iter().map(|r| r.as_str()).collect();
        out!("{}", format!("  {name}  {}", causes.join(", ")).trim_end());
    }
    match rows.len().saturating_sub(shown) {
        0 => {}
        more => out!("  and {more} more; --all shows everybody."),
    }
}

fn document(simulation: &Simulation, people: &People, all: bool) -> Json {
    let rows: Vec<Json> = simulation
        .rows
        .iter()
        .filter(|r| all || r.outcome != Outcome::Admitted)
        .map(|r| {
            let person = people.list.get(r.person);
            json!({
                "person": person.map(|p| p.name()),
                "line": person.map(|p| p.line),
                "outcome": r.outcome,
                "passes": r.outcome == Outcome::Admitted,
                "causes": r.causes,
                "findings": r.findings,
                "trust": r.trust,
            })
        })
        .collect();
    let counts: Vec<Json> = ranked(simulation)
        .into_iter()
        .map(|(rule, count)| {
            json!({
                "rule": rule,
                "title": words(rule).title,
                "people": count.people,
                "blocked": count.blocked,
            })
        })
        .collect();
    json!({
        "people": people.list.len(),
        "passed": simulation.count(Outcome::Admitted),
        "refused": simulation.count(Outcome::Refused),
        "unknown": simulation.count(Outcome::Unknown),
        "assumed": simulation.assumed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "counts": counts,
        "rows": rows,
    })
}
