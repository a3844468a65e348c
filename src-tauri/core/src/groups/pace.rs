//! How fast to call: AWS does not document a rate for PutGroup, so it is found. Doubling until the
//! first refusal; then a little more each second, a little less after one with a refusal, and never
//! more after it than what got through.

use crate::time::Instant;
use std::time::Duration;

/// Calls a second at the start.
const START: f64 = 10.0;
/// By which part at most: it may be far above the limit before that is seen.
const MOST_GROWTH: f64 = 0.25;
/// Windows without a refusal after which it grows twice as fast with each more.
const PATIENT: u32 = 3;
/// Never slower.
const SLOWEST: f64 = 0.5;
/// What is left of the rate after a second with a refusal: little is given away, for the limit is near.
const BACK: f64 = 0.96;
/// By how much it is above what gets through when that is no matter of counting whole calls.
const FAR: f64 = 1.1;
/// What is left of it at least after a second in which hardly a call was taken.
const FALL: f64 = 0.5;
/// By which part it grows in a second, once it was refused: twice BACK's step takes four seconds.
const GROWTH: f64 = 0.02;
/// Starts that were late by up to this are made good, or timers would cost some of the rate.
const CREDIT: Duration = Duration::from_millis(100);
/// Refusals of one window count as one. It has a second, and answers enough to tell a rate from.
const WINDOW: Duration = Duration::from_secs(1);
const ENOUGH: u32 = 10;
const LONGEST_WINDOW: Duration = Duration::from_secs(10);

/// The rate and when the next call may start.
pub(super) struct Pace {
    rate: f64,
    next: Instant,
    refused_once: bool,
    window: Window,
    /// Successes a second in the last whole window.
    through: f64,
    /// Windows in a row without a refusal.
    quiet: u32,
}

struct Window {
    since: Instant,
    taken: u32,
    answers: u32,
    slowed: bool,
    /// After one that slowed: refusals may be of what was too fast before.
    settling: bool,
}

impl Window {
    fn at(since: Instant, settling: bool) -> Window {
        Window {
            since,
            taken: 0,
            answers: 0,
            slowed: false,
            settling,
        }
    }
}

impl Pace {
    pub(super) fn new(now: Instant) -> Pace {
        Pace {
            rate: START,
            next: now,
            refused_once: false,
            window: Window::at(now, false),
            through: START,
            quiet: 0,
        }
    }

    /// Calls a second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Whether AWS has refused a call for its rate.
    pub(super) fn is_limited(&self) -> bool {
        self.refused_once
    }

    /// How long until the next call may start; zero is now.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        Duration::try_from(self.next - now).unwrap_or_default()
    }

    /// A call starts.
    pub(super) fn started(&mut self, now: Instant) {
        self.next = self.next.max(now - CREDIT) + Duration::from_secs_f64(1.0 / self.rate);
    }

    /// A call was taken.
    pub(super) fn taken(&mut self, now: Instant) {
        self.roll(now);
        self.window.answers += 1;
        self.window.taken += 1;
        let step = if self.refused_once {
            // The limit is not near, or it rose: a refusal of long ago is no reason to stay slow.
            let faster = 2.0_f64.powi(self.quiet.saturating_sub(PATIENT).min(10).cast_signed());
            self.rate * (GROWTH * faster).min(MOST_GROWTH)
        } else {
            self.rate
        };
        // As much a second as `step`, in as many parts as calls are taken in a second. Never far above
        // what gets through: slow answers are no reason to go faster.
        let most = (2.0 * self.through.max(f64::from(self.window.taken))).max(START);
        self.rate = (self.rate + step / self.rate.max(1.0)).min(most.max(self.rate));
    }

    /// A call was refused for its rate; AWS may say how long to wait.
    pub(super) fn refused(&mut self, now: Instant, hint: Option<Duration>) {
        self.roll(now);
        self.window.answers += 1;
        self.refused_once = true;
        if let Some(hint) = hint {
            self.next = self.next.max(now + hint);
        }
        self.quiet = 0;
        if !self.window.slowed && !self.window.settling {
            self.window.slowed = true;
            self.rate = (self.rate * BACK).max(SLOWEST);
        }
    }

    fn roll(&mut self, now: Instant) {
        let length = now - self.window.since;
        if length >= WINDOW && (self.window.answers >= ENOUGH || length >= LONGEST_WINDOW) {
            self.through = f64::from(self.window.taken) / length.as_seconds_f64();
            self.quiet += 1;
            if self.window.slowed {
                // Far above the limit, what got through is the limit.
                if self.rate > self.through * FAR {
                    self.rate = self.through.max(self.rate * FALL).max(SLOWEST);
                }
            }
            self.window = Window::at(now, self.window.slowed);
        }
    }
}
