//! The command line: the same core for administrators without a screen and for their own CI jobs.
//!
//! Exit 0: fine; 1: blocking findings, drift or refusals; 2: unreadable input or wrong usage; 3: an
//! act failed, and the message says what is left.

mod arguments;
mod cases;
mod check;
mod diagnose;
mod examine;
mod groups;
mod handoff;
mod new;
mod output;
mod setups;
mod sign_in;
mod simulate;
mod stop;
mod token;
mod world;

use arguments::{Cli, Command};
use clap::Parser;
use output::err;
use std::process::ExitCode;

/// How a command ended.
pub(crate) enum End {
    Fine,
    Blocked,
    Input(String),
    Failed(String),
    /// As [`End::Failed`], and the JSON document was printed already.
    FailedAndSaid(String),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap prints each to its own stream.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Ours alone: the SDK logs the bytes of a credentials file that it cannot read.
        .with_env_filter(tracing_subscriber::EnvFilter::new("off,claimbridge=warn"))
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            err!("The program cannot start: {error}.");
            return ExitCode::from(3);
        }
    };
    let as_json = cli.command.json();
    let failed = |message: String, code: u8, said: bool| {
        err!("{}", message.trim_end());
        if as_json && !said {
            output::json(&serde_json::json!({"error": message.trim_end(), "exit": code}));
        }
        ExitCode::from(code)
    };
    let end = runtime.block_on(run(cli.command));
    if let (End::Fine | End::Blocked, Some(why)) = (&end, output::failure()) {
        return failed(format!("Standard output cannot be written: {why}."), 3, true);
    }
    match end {
        End::Fine => ExitCode::SUCCESS,
        End::Blocked => ExitCode::from(1),
        End::Input(message) => failed(message, 2, false),
        End::Failed(message) => failed(message, 3, false),
        End::FailedAndSaid(message) => failed(message, 3, true),
    }
}

async fn run(command: Command) -> End {
    let result = match command {
        Command::Metadata(a) => check::metadata(&a),
        Command::Check(a) => check::check(&a),
        Command::CheckToken(a) => token::check(&a),
        Command::Diagnose(a) => diagnose::run(&a).await,
        Command::New(a) => new::new(&a),
        Command::Plan(a) => setups::plan(&a).await,
        Command::Apply(a) => setups::apply(&a).await,
        Command::Verify(a) => match &a.setup {
            Some(setup) => setups::verify(setup, &a.access).await,
            None => examine::verify(&a.there, &a.access).await,
        },
        Command::Adopt(a) => examine::adopt(&a).await,
        Command::Destroy(a) => setups::destroy(&a).await,
        Command::Groups(a) => groups::groups(&a).await,
        Command::SignIn(a) => sign_in::sign_in(&a).await,
        Command::Simulate(a) => simulate::simulate(&a),
        Command::Cases(c) => cases::cases(&c).await,
        Command::Report(a) => setups::report(&a),
        Command::Sheet(a) => handoff::sheet(&a),
        Command::Answer(a) => handoff::answer(&a),
        Command::Practice(a) => world::practice(&a).await,
        Command::Demo(a) => world::demo(&a).await,
    };
    result.unwrap_or_else(|end| end)
}
