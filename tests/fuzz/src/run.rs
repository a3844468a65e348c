//! One run of one target: change, try, keep what is new, and stop at a finding.

use crate::mutate::changed;
use crate::random::Random;
use crate::target::Target;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Inputs with an outcome of their own that are kept to be changed further.
const POOL: usize = 3000;
/// The bytes of memory are looked at after this many inputs.
const LOOK: u64 = 64;

/// Bytes that the limit of one input is counted by.
const PART: usize = 2 << 20;

/// What a run and one input may take.
pub(crate) struct Limits {
    pub(crate) run: Duration,
    /// Of processor, for every [`PART`] of the input or part of one: what grows faster than its input stands out.
    pub(crate) one: Duration,
    /// Bytes of memory.
    pub(crate) resident: u64,
}

/// A run without a finding.
pub(crate) struct Report {
    executions: u64,
    outcomes: usize,
    slowest: Duration,
    resident: u64,
    took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} inputs in {} s, {} kinds of outcome, slowest {} ms, {} MB, no finding",
            self.executions,
            self.took.as_secs(),
            self.outcomes,
            self.slowest.as_millis(),
            self.resident >> 20
        )
    }
}

/// What stopped a run.
pub(crate) struct Finding {
    what: String,
    input: PathBuf,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FINDING: {}; the input is {}", self.what, self.input.display())
    }
}

/// Where panics say what they were.
static SAID: Mutex<String> = Mutex::new(String::new());

pub(crate) fn run(target: &Target, seed: u64, limits: &Limits) -> Result<Report, Finding> {
    std::panic::set_hook(Box::new(|info| {
        *SAID.lock().unwrap_or_else(PoisonError::into_inner) = info.to_string();
    }));
    let folder = PathBuf::from("artifacts/fuzz");
    // Whoever runs this may write there or see no file; a run is not worth less without.
    let _ = fs::create_dir_all(&folder);
    // Stack overflow ends the process: what it was about is here then.
    let running = folder.join(format!("{}.running", target.name));
    let saved = folder.join(format!("{}-{seed}.input", target.name));
    let begun = Instant::now();
    let under_way = watch(begun, limits.one * 10, target.name, running.clone());

    let seeds = (target.seeds)();
    let mut random = Random::new(seed);
    let mut pool = seeds.clone();
    let mut outcomes = BTreeSet::new();
    let mut report = Report {
        executions: 0,
        outcomes: 0,
        slowest: Duration::ZERO,
        resident: 0,
        took: Duration::ZERO,
    };
    let mut fresh = seeds.iter();
    while begun.elapsed() < limits.run {
        let input = match fresh.next() {
            Some(seed) => seed.clone(),
            None => {
                // The seeds again and again, and what has turned out to be different.
                let from = if random.once_in(3) { &seeds } else { &pool };
                let Some(base) = random.pick(from) else { break };
                changed(base, &pool, target.words, &mut random)
            }
        };
        let _ = fs::write(&running, &input);
        let finding = |what: String| {
            let _ = fs::write(&saved, &input);
            Finding {
                what,
                input: saved.clone(),
            }
        };
        let started = on_cpu(begun);
        under_way.store(millis(begun) + 1, Ordering::Relaxed);
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        under_way.store(0, Ordering::Relaxed);
        let took = on_cpu(begun).saturating_sub(started);
        report.executions += 1;
        report.slowest = report.slowest.max(took);
        let outcome = match outcome {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(broken)) => return Err(finding(format!("a promise does not hold: {broken}"))),
            Err(_) => {
                let said = SAID.lock().unwrap_or_else(PoisonError::into_inner).clone();
                return Err(finding(format!("it panicked: {said}")));
            }
        };
        let parts = u32::try_from(input.len().div_ceil(PART)).unwrap_or(u32::MAX);
        if took > limits.one.saturating_mul(parts.max(1)) {
            return Err(finding(format!(
                "{} bytes took {} ms",
                input.len(),
                took.as_millis()
            )));
        }
        if report.executions.is_multiple_of(LOOK) {
            report.resident = report.resident.max(resident());
            if report.resident > limits.resident {
                let what = format!(
                    "{} MB of memory after one of the last {LOOK} inputs",
                    report.resident >> 20
                );
                return Err(finding(what));
            }
        }
        if outcomes.insert(without_numbers(&outcome)) && pool.len() < POOL && input.len() < 64 * 1024 {
            pool.push(input);
        }
    }
    let _ = fs::remove_file(&running);
    report.outcomes = outcomes.len();
    report.took = begun.elapsed();
    Ok(report)
}

/// What this thread has had of a processor, so that a busy machine is no finding; where the system does not tell,
/// the time that has passed.
fn on_cpu(begun: Instant) -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|n| n.parse().ok());
    nanoseconds.map_or_else(|| begun.elapsed(), Duration::from_nanos)
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Ends the process when one input never comes back.
fn watch(begun: Instant, patience: Duration, name: &'static str, running: PathBuf) -> Arc<AtomicU64> {
    let under_way = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&under_way);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(250));
            let since = seen.load(Ordering::Relaxed);
            let now = millis(begun);
            if since > 0 && Duration::from_millis(now.saturating_sub(since)) > patience {
                eprintln!(
                    "{name}: FINDING: it does not come back; the input is {}",
                    running.display()
                );
                std::process::exit(1);
            }
        }
    });
    under_way
}

/// The most memory of this process so far; 0 where the system does not tell.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: u64 = line
        .and_then(|l| l.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    kilobytes << 10
}

/// An outcome is of the same kind when it differs in places and counts alone.
fn without_numbers(outcome: &str) -> String {
    outcome
        .chars()
        .filter(|c| !c.is_ascii_digit())
        .take(160)
        .collect()
}
