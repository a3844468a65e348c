//! Fuzzes one reader of foreign input: `claimbridge-fuzz TARGET [--seconds N] [--seed N]`.
//!
//! Inputs are made here, or come from the folder that `CLAIMBRIDGE_CORPUS` names, and are changed with a sense of
//! their structure. An input whose outcome is new is changed further. A finding is a panic, an answer that takes
//! too long, memory without bound, or a promise of the target that does not hold; it ends the run with exit code 1
//! and lies in `artifacts/fuzz`.

mod corpus;
mod mutate;
mod random;
mod run;
mod seeds;
mod target;

use run::Limits;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let targets = target::all();
    let Some(target) = targets
        .iter()
        .find(|t| arguments.first().is_some_and(|a| a == t.name))
    else {
        let names: Vec<&str> = targets.iter().map(|t| t.name).collect();
        // For a script that runs all.
        if arguments.first().is_some_and(|a| a == "--list") {
            println!("{}", names.join("\n"));
            return ExitCode::SUCCESS;
        }
        eprintln!(
            "usage: claimbridge-fuzz {} [--seconds N] [--seed N]",
            names.join("|")
        );
        return ExitCode::from(2);
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = number("--seed").unwrap_or(now.as_secs());
    let limits = Limits {
        run: Duration::from_secs(number("--seconds").unwrap_or(30)),
        one: Duration::from_secs(2),
        resident: 768 << 20,
    };
    match run::run(target, seed, &limits) {
        Ok(report) => {
            println!("{}: {report}, seed {seed}", target.name);
            ExitCode::SUCCESS
        }
        Err(finding) => {
            eprintln!("{}: {finding}, seed {seed}", target.name);
            ExitCode::from(1)
        }
    }
}
