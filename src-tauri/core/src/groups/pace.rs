//! How fast to call: AWS does not document a rate for PutGroup, so it is found. Doubling until the
//! first refusal, then a little more each second and, when refused, back to what got through.

use crate::time::Instant;
use std::time::Duration;

/// Calls a second at the start.
const START: f64 = 10.0;
/// Never slower.
const SLOWEST: f64 = 0.5;
/// What is left of the rate after a second with a refusal: little is given away, for the limit is near.
const BACK: f64 = 0.96;
/// By which part it grows in a second, once it was refused: twice BACK's step takes four seconds.
const GROWTH: f64 = 0.02;
/// Starts that were late by up to this are made good, or timers would cost some of the rate.
const CREDIT: Duration = Duration::from_millis(100);
/// Refusals of one second count as one.
const WINDOW: Duration = Duration::from_secs(1);

/// The rate and when the next call may start.
pub(super) struct Pace {
    rate: f64,
    next: Instant,
    refused_once: bool,
    window: Window,
    /// Successes a second in the last whole window.
    through: f64,
}

struct Window {
    since: Instant,
    taken: u32,
    refused: u32,
    slowed: bool,
}

impl Window {
    fn at(since: Instant) -> Window {
        Window {
            since,
            taken: 0,
            refused: 0,
            slowed: false,
        }
    }
}

impl Pace {
    pub(super) fn new(now: Instant) -> Pace {
        Pace {
            rate: START,
            next: now,
            refused_once: false,
            window: Window::at(now),
            through: START,
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
        self.window.taken += 1;
        let step = if self.refused_once {
            GROWTH * self.rate
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
        self.refused_once = true;
        self.window.refused += 1;
        if let Some(hint) = hint {
            self.next = self.next.max(now + hint);
        }
        if self.window.slowed {
            return;
        }
        self.window.slowed = true;
        let all = self.window.taken + self.window.refused;
        // Too few to tell a share from.
        let share = if all < 5 {
            BACK
        } else {
            f64::from(self.window.taken) / f64::from(all)
        };
        self.rate = (self.rate * share.clamp(0.5, BACK)).max(SLOWEST);
    }

    fn roll(&mut self, now: Instant) {
        let length = now - self.window.since;
        if length >= WINDOW {
            self.through = f64::from(self.window.taken) / length.as_seconds_f64();
            self.window = Window::at(now);
        }
    }
}
