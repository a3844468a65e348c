//! Runs an approved difference: as fast as AWS takes it, intent journalled for a batch before its
//! first call, resumable wherever it died.

use super::book::{BATCH, Book, Task};
use super::cloud::{Groups, Refused, put};
use super::memory::{Event, Memory};
use super::pace::Pace;
use super::plan::{Action, ApprovedGroups};
use crate::engine::{Stop, Timeouts};
use crate::journal::Journal;
use crate::resource::{CloudError, CloudErrorKind, CloudFuture, Leftover};
use crate::time::{Clock, Instant};
use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::VecDeque;
use std::time::Duration;

/// What a screen is told, a few times a second.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// How far it is.
    Moved {
        /// Groups that are as they should be.
        done: usize,
        /// Groups that this run is about.
        of: usize,
        /// Groups a second, over the last seconds.
        rate: f64,
        /// What it waits for.
        waiting: Wait,
    },
    /// A group failed for good.
    Failed {
        /// Which.
        name: String,
        /// Why.
        error: CloudError,
    },
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// Answers.
    Answers,
    /// AWS takes no more than this many calls a second.
    Limit(f64),
    /// A refusal that passes by itself.
    Refusal(CloudErrorKind),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every group is as it should be.
    pub finished: bool,
    /// It was asked to stop.
    pub stopped: bool,
    /// Groups that were put.
    pub put: usize,
    /// Groups that were deleted.
    pub deleted: usize,
    /// Groups that failed.
    pub failed: Vec<(String, CloudError)>,
    /// Groups that were not begun.
    pub not_started: usize,
    /// Why nothing more was begun, where a failure is everybody's.
    pub broken_off: Option<CloudError>,
    /// Calls that AWS refused for their rate.
    pub throttled: usize,
    /// Groups a second from the first refusal for its rate, or from the start, to the end.
    pub rate: f64,
}

/// What a run needs beside the plan.
pub struct Run<'a> {
    /// The groups.
    pub groups: &'a dyn Groups,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// `propagation` is how long nothing may get through before the run gives up, `backoff` the first wait
    /// after a failure that passes.
    pub timeouts: Timeouts,
    /// The stop button.
    pub stop: &'a Stop,
}

/// Calls at a time. At AWS's quarter of a second that carries 250 a second.
const AT_ONCE: usize = 64;
/// Tries of one group whose outcome is unknown, or that is busy.
const TRIES: u32 = 6;
/// Failures in a row after which the next would fail as well.
const HOPELESS: u32 = 20;
/// The longest wait without a look at the stop button.
const LOOK: Duration = Duration::from_millis(200);
/// Between two reports of progress.
const REPORT: Duration = Duration::from_millis(250);
/// Over which the shown rate is measured.
const RECENT: Duration = Duration::from_secs(5);

/// Runs the plan. The memory is brought up to date as the journal is written.
///
/// # Errors
/// Only when the journal cannot be written; nothing is then started any more.
pub async fn apply(
    plan: &ApprovedGroups,
    memory: &mut Memory,
    journal: &mut dyn Journal<Event>,
    run: &Run<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, String> {
    let mut state = State::new(plan, run, Book::new(memory, journal), progress);
    state.book.write(Event::Began {
        plan: plan.digest().to_owned(),
        place: plan.plan().place.clone(),
    })?;
    let mut running = FuturesUnordered::new();
    let mut broken: Option<String> = None;
    loop {
        while broken.is_none() && running.len() < AT_ONCE {
            match state.next() {
                Ok(Some(task)) => running.push(state.call(task)),
                Ok(None) => break,
                Err(why) => broken = Some(why),
            }
        }
        if running.is_empty() && (broken.is_some() || state.is_through()) {
            break;
        }
        let may_start = broken.is_none() && running.len() < AT_ONCE;
        let pause = state.run.clock.sleep(state.pause(may_start));
        let answer = if running.is_empty() {
            pause.await;
            None
        } else {
            match select(running.next(), pause).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), _)) => None,
            }
        };
        if let Some((task, result)) = answer
            && let Err(why) = state.settle(task, result)
        {
            // What was sent is waited for; nothing new is started.
            broken.get_or_insert(why);
        }
        state.report(false);
    }
    if let Some(why) = broken {
        return Err(why);
    }
    state.end()
}

struct State<'a> {
    plan: &'a ApprovedGroups,
    run: &'a Run<'a>,
    book: Book<'a>,
    progress: &'a mut (dyn FnMut(Progress) + Send),
    /// Without an intent yet.
    waiting: VecDeque<Task<'a>>,
    /// With an intent, to be called as soon as the pace allows.
    ready: VecDeque<Task<'a>>,
    /// To be tried again, and when.
    later: Vec<(Instant, Task<'a>)>,
    pace: Pace,
    of: usize,
    outcome: Outcome,
    /// Failures since the last success.
    in_a_row: u32,
    last_success: Instant,
    last_refusal: Option<CloudErrorKind>,
    /// Moments of the last seconds' successes.
    recent: VecDeque<Instant>,
    reported: Option<Instant>,
    /// From when the rate is measured, and how many were done by then.
    measured: (Instant, usize),
}

impl<'a> State<'a> {
    fn new(
        plan: &'a ApprovedGroups,
        run: &'a Run<'a>,
        book: Book<'a>,
        progress: &'a mut (dyn FnMut(Progress) + Send),
    ) -> State<'a> {
        let rows = plan.plan().rows.iter();
        let waiting: VecDeque<Task<'_>> = rows
            .filter(|r| r.action.writes())
            .map(|r| Task {
                name: &r.name,
                digest: r.digest.as_deref().filter(|_| r.action != Action::Delete),
                tries: 0,
            })
            .collect();
        let now = run.clock.now();
        State {
            plan,
            run,
            book,
            progress,
            of: waiting.len(),
            waiting,
            ready: VecDeque::new(),
            later: Vec::new(),
            pace: Pace::new(now),
            outcome: Outcome {
                finished: false,
                stopped: false,
                put: 0,
                deleted: 0,
                failed: Vec::new(),
                not_started: 0,
                broken_off: None,
                throttled: 0,
                rate: 0.0,
            },
            in_a_row: 0,
            last_success: now,
            last_refusal: None,
            recent: VecDeque::new(),
            reported: None,
            measured: (now, 0),
        }
    }

    fn done(&self) -> usize {
        self.outcome.put + self.outcome.deleted
    }

    fn is_stopping(&self) -> bool {
        self.run.stop.asked() || self.outcome.broken_off.is_some()
    }

    /// Nothing is left to start.
    fn is_through(&self) -> bool {
        self.is_stopping() || (self.waiting.is_empty() && self.ready.is_empty() && self.later.is_empty())
    }

    /// The next call, if one may start now.
    fn next(&mut self) -> Result<Option<Task<'a>>, String> {
        let now = self.run.clock.now();
        if self.is_stopping() || !self.pace.wait(now).is_zero() {
            return Ok(None);
        }
        if let Some(at) = self.later.iter().position(|(at, _)| *at <= now) {
            self.pace.started(now);
            return Ok(Some(self.later.swap_remove(at).1));
        }
        if self.ready.is_empty() && !self.waiting.is_empty() {
            let count = self.waiting.len().min(BATCH);
            let batch: VecDeque<Task<'_>> = self.waiting.drain(..count).collect();
            self.ready = batch;
            self.book.intend(self.ready.make_contiguous())?;
        }
        let task = self.ready.pop_front();
        if task.is_some() {
            self.pace.started(now);
        }
        Ok(task)
    }

    fn call(&self, task: Task<'a>) -> CloudFuture<'a, (Task<'a>, Result<(), Refused>)> {
        let run = self.run;
        let members = task.digest.and_then(|_| self.plan.desired().members(task.name));
        Box::pin(async move {
            let result = match members {
                Some(members) => put(run, task.name, members).await,
                None => run.groups.delete(task.name).await,
            };
            (task, result)
        })
    }

    /// How long nothing can be started; answers may come earlier.
    fn pause(&self, may_start: bool) -> Duration {
        let now = self.run.clock.now();
        let fresh = !self.ready.is_empty() || !self.waiting.is_empty();
        let again = self.later.iter().map(|(at, _)| *at).min();
        let due = if fresh { Some(now) } else { again };
        match due {
            Some(at) if may_start && !self.is_stopping() => {
                let due = Duration::try_from(at - now).unwrap_or_default();
                due.max(self.pace.wait(now)).clamp(Duration::from_millis(1), LOOK)
            }
            _ => LOOK,
        }
    }

    fn settle(&mut self, task: Task<'a>, result: Result<(), Refused>) -> Result<(), String> {
        let now = self.run.clock.now();
        match result {
            Ok(()) => self.succeeded(task, now),
            Err(refused) => self.failed(task, refused, now),
        }
        self.book.flush(false)
    }

    fn succeeded(&mut self, task: Task<'a>, now: Instant) {
        self.pace.taken(now);
        self.in_a_row = 0;
        self.last_success = now;
        self.last_refusal = None;
        self.recent.push_back(now);
        if task.digest.is_some() {
            self.outcome.put += 1;
            self.book.put.insert(task.name.to_owned());
        } else {
            self.outcome.deleted += 1;
            self.book.deleted.insert(task.name.to_owned());
        }
    }

    fn failed(&mut self, task: Task<'a>, refused: Refused, now: Instant) {
        let Refused { error, retry_after } = refused;
        // AWS's words can name a member.
        let error = error.redacted();
        let kind = error.kind;
        if kind == CloudErrorKind::Throttled {
            if !self.pace.is_limited() {
                self.measured = (now, self.done());
            }
            self.outcome.throttled += 1;
            self.pace.refused(now, retry_after);
        }
        let passes = match kind {
            CloudErrorKind::Throttled => true,
            CloudErrorKind::Conflict | CloudErrorKind::NotYet | CloudErrorKind::OutcomeUnknown => {
                task.tries + 1 < TRIES
            }
            CloudErrorKind::Denied | CloudErrorKind::Gone | CloudErrorKind::Invalid => false,
        };
        let tired = now - self.last_success > self.run.timeouts.propagation;
        if passes && !tired {
            self.last_refusal = Some(kind);
            let (tries, wait) = if kind == CloudErrorKind::Throttled {
                (task.tries, retry_after.unwrap_or_default())
            } else {
                let wait = self.run.timeouts.backoff * 2_u32.pow(task.tries);
                (task.tries + 1, retry_after.unwrap_or(wait))
            };
            self.later.push((now + wait, Task { tries, ..task }));
            return;
        }
        self.in_a_row += 1;
        // The caller, the index or the connection: the next group would fare the same.
        let everybodys = matches!(kind, CloudErrorKind::Denied | CloudErrorKind::Gone)
            || tired
            || self.in_a_row >= HOPELESS;
        if everybodys {
            self.outcome.broken_off.get_or_insert(error.clone());
        }
        // Where it may be there all the same the intent stays open, and the next run puts it again.
        if error.leftover != Leftover::Unknown {
            self.book.refused.insert(task.name.to_owned());
        }
        (self.progress)(Progress::Failed {
            name: task.name.to_owned(),
            error: error.clone(),
        });
        self.outcome.failed.push((task.name.to_owned(), error));
    }

    fn report(&mut self, last: bool) {
        let now = self.run.clock.now();
        if !last && self.reported.is_some_and(|at| now - at < REPORT) {
            return;
        }
        self.reported = Some(now);
        while self.recent.front().is_some_and(|at| now - *at > RECENT) {
            self.recent.pop_front();
        }
        let span = self.recent.front().map_or(0.0, |at| (now - *at).as_seconds_f64());
        let waiting = match self.last_refusal {
            Some(kind) if kind != CloudErrorKind::Throttled => Wait::Refusal(kind),
            _ if self.pace.is_limited() => Wait::Limit(self.pace.rate()),
            _ => Wait::Answers,
        };
        let done = self.done();
        (self.progress)(Progress::Moved {
            done,
            of: self.of,
            rate: if span > 0.0 {
                self.recent.len() as f64 / span
            } else {
                0.0
            },
            waiting,
        });
    }

    fn end(mut self) -> Result<Outcome, String> {
        self.report(true);
        let left = self.ready.len() + self.later.len() + self.waiting.len();
        // An intent without a call: nothing was done, and nothing is doubtful.
        let unsent: Vec<String> = self.ready.iter().map(|t| t.name.to_owned()).collect();
        self.book.refused.extend(unsent);
        let (since, before) = self.measured;
        let seconds = (self.run.clock.now() - since).as_seconds_f64();
        self.outcome.rate = if seconds > 0.0 {
            (self.done() - before) as f64 / seconds
        } else {
            0.0
        };
        self.outcome.not_started = left;
        self.outcome.stopped = self.run.stop.asked();
        self.outcome.finished = left == 0 && self.outcome.failed.is_empty();
        self.book.flush(true)?;
        self.book.write(Event::Ended {
            finished: self.outcome.finished,
        })?;
        Ok(self.outcome)
    }
}
