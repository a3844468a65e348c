//! Runs of groups in virtual time: the rate that AWS takes is found, and dying anywhere and running
//! again ends with every group as it is wanted.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use claimbridge_core::engine::{Stop, Timeouts};
use claimbridge_core::groups::{
    Action, Bulk, Desired, Event, GroupPlan, GroupState, Groups, Members, Memory, Outcome, Place, Progress,
    Refused, Roster, Rules, Run, Wait, apply, check, plan,
};
use claimbridge_core::journal::{Entry, Journal, SCHEMA};
use claimbridge_core::resource::{CloudError, CloudErrorKind, CloudFuture, Leftover};
use claimbridge_core::time::{Clock, Instant};
use futures::future::BoxFuture;
use futures::task::{ArcWake, waker_ref};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use time::OffsetDateTime;

/// Nanoseconds since the start, and who waits until when.
#[derive(Default)]
struct Timeline {
    now: u128,
    sleepers: Vec<(u128, Waker)>,
}

/// A clock that moves when everybody waits.
#[derive(Clone, Default)]
struct VirtualClock(Arc<Mutex<Timeline>>);

struct Sleep {
    clock: VirtualClock,
    until: u128,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut line = self.clock.0.lock().unwrap();
        if line.now >= self.until {
            return Poll::Ready(());
        }
        line.sleepers.push((self.until, context.waker().clone()));
        Poll::Pending
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        let nanos = i64::try_from(self.0.lock().unwrap().now).unwrap();
        OffsetDateTime::UNIX_EPOCH + time::Duration::nanoseconds(nanos)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        let until = self.0.lock().unwrap().now + time.as_nanos();
        Box::pin(Sleep {
            clock: self.clone(),
            until,
        })
    }
}

struct Woken(AtomicBool);

impl ArcWake for Woken {
    fn wake_by_ref(this: &Arc<Self>) {
        this.0.store(true, Ordering::SeqCst);
    }
}

impl VirtualClock {
    fn seconds(&self) -> f64 {
        self.0.lock().unwrap().now as f64 / 1e9
    }

    /// Drives a future; None once `dead` says that the process is.
    fn drive<T>(&self, future: impl Future<Output = T>, dead: impl Fn() -> bool) -> Option<T> {
        let mut future = Box::pin(future);
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        loop {
            if woken.0.swap(false, Ordering::SeqCst) {
                let waker = waker_ref(&woken);
                if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Some(value);
                }
            }
            if dead() {
                return None;
            }
            if woken.0.load(Ordering::SeqCst) {
                continue;
            }
            let mut line = self.0.lock().unwrap();
            let next = line.sleepers.iter().map(|(at, _)| *at).min();
            line.now = next.expect("somebody waits for time");
            let now = line.now;
            let (due, later) = line.sleepers.drain(..).partition(|(at, _)| *at <= now);
            line.sleepers = later;
            drop(line);
            let due: Vec<(u128, Waker)> = due;
            due.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }
}

/// How a cloud limits the rate.
#[derive(Clone, Copy, Debug)]
enum Limit {
    None,
    /// So many a second, and as many as that at once.
    Bucket(f64),
    /// So many in each second of the clock.
    Window(u32),
}

type Held = (BTreeSet<String>, BTreeSet<String>);

/// Groups in memory.
struct MemoryGroups {
    clock: VirtualClock,
    limit: Limit,
    latency: Duration,
    held: Mutex<BTreeMap<String, Held>>,
    tokens: Mutex<(f64, f64)>,
    taken: Mutex<Vec<f64>>,
    /// Calls until the process dies.
    dies_after: Mutex<Option<u32>>,
    /// Failures in the order of the calls: the kind, and whether it was done all the same.
    failures: Mutex<Vec<(CloudErrorKind, bool)>>,
    /// Answers about states, the last first, before what is held counts.
    states: Mutex<Vec<GroupState>>,
    /// A group that is refused whatever it holds.
    refused: Option<(&'static str, CloudErrorKind)>,
    retry_after: Option<Duration>,
}

fn error(kind: CloudErrorKind) -> Refused {
    Refused::from(CloudError {
        kind,
        operation: "PutGroup".into(),
        code: None,
        message: "Value 'alice@x.example' at 'memberUsers' failed".into(),
        request_id: None,
        leftover: if kind == CloudErrorKind::OutcomeUnknown {
            Leftover::Unknown
        } else {
            Leftover::Nothing
        },
    })
}

impl MemoryGroups {
    fn new(clock: &VirtualClock, limit: Limit) -> MemoryGroups {
        MemoryGroups {
            clock: clock.clone(),
            limit,
            latency: Duration::from_millis(80),
            held: Mutex::default(),
            tokens: Mutex::new((0.0, -1.0)),
            taken: Mutex::default(),
            dies_after: Mutex::new(None),
            failures: Mutex::default(),
            states: Mutex::default(),
            refused: None,
            retry_after: None,
        }
    }

    fn is_dead(&self) -> bool {
        *self.dies_after.lock().unwrap() == Some(0)
    }

    fn admits(&self) -> bool {
        let now = self.clock.seconds();
        let mut tokens = self.tokens.lock().unwrap();
        match self.limit {
            Limit::None => return true,
            Limit::Bucket(rate) => *tokens = ((tokens.0 + (now - tokens.1) * rate).min(rate), now),
            Limit::Window(count) if now.floor() > tokens.1 => *tokens = (f64::from(count), now.floor()),
            Limit::Window(_) => {}
        }
        if tokens.0 < 1.0 {
            return false;
        }
        tokens.0 -= 1.0;
        true
    }

    async fn call(
        &self,
        name: &str,
        change: impl FnOnce(&mut BTreeMap<String, Held>),
    ) -> Result<(), Refused> {
        {
            let mut left = self.dies_after.lock().unwrap();
            if let Some(n) = left.as_mut() {
                *n = n.saturating_sub(1);
            }
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        self.clock.sleep(self.latency / 2).await;
        if !self.admits() {
            self.clock.sleep(self.latency / 2).await;
            return Err(Refused {
                retry_after: self.retry_after,
                ..error(CloudErrorKind::Throttled)
            });
        }
        let failure = self.failures.lock().unwrap().pop();
        let refused = self
            .refused
            .filter(|(n, _)| *n == name)
            .map(|(_, kind)| (kind, false));
        if let Some((kind, done)) = refused.or(failure) {
            if done {
                change(&mut self.held.lock().unwrap());
            }
            return Err(error(kind));
        }
        change(&mut self.held.lock().unwrap());
        self.taken.lock().unwrap().push(self.clock.seconds());
        self.clock.sleep(self.latency / 2).await;
        Ok(())
    }

    /// Successes a second between two moments.
    fn rate(&self, from: f64, to: f64) -> f64 {
        let taken = self.taken.lock().unwrap();
        taken.iter().filter(|t| (from..to).contains(*t)).count() as f64 / (to - from)
    }
}

impl Groups for MemoryGroups {
    fn list<'a>(
        &'a self,
        _: &'a mut (dyn FnMut(usize) + Send),
    ) -> CloudFuture<'a, Result<BTreeSet<String>, CloudError>> {
        Box::pin(async { Ok(self.held.lock().unwrap().keys().cloned().collect()) })
    }

    fn put<'a>(&'a self, name: &'a str, members: Members<'a>) -> CloudFuture<'a, Result<(), Refused>> {
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let held = (set(&members.users), set(&members.groups));
        Box::pin(self.call(name, move |all| {
            all.insert(name.to_owned(), held);
        }))
    }

    fn state<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<GroupState, CloudError>> {
        let next = self.states.lock().unwrap().pop();
        Box::pin(async move {
            self.clock.sleep(self.latency).await;
            let there = self.held.lock().unwrap().contains_key(name);
            Ok(next.unwrap_or(if there {
                GroupState::Succeeded
            } else {
                GroupState::Absent
            }))
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> CloudFuture<'a, Result<(), Refused>> {
        Box::pin(self.call(name, move |all| {
            all.remove(name);
        }))
    }
}

/// A journal whose text survives the process.
#[derive(Default)]
struct TextJournal {
    text: String,
    /// Entries until the disk is full.
    room: Option<u32>,
}

impl Journal<Event> for TextJournal {
    fn append(&mut self, event: &Event) -> Result<(), String> {
        match self.room.as_mut() {
            Some(0) => return Err("the disk is full".into()),
            Some(room) => *room -= 1,
            None => {}
        }
        let entry = Entry {
            schema: SCHEMA,
            at: "2026-11-22T16:00:00Z".into(),
            event: event.clone(),
        };
        self.text.push_str(&serde_json::to_string(&entry).unwrap());
        self.text.push('\n');
        Ok(())
    }
}

/// Groups `g0…` with members that `version` decides.
fn desired(groups: std::ops::Range<usize>, version: usize) -> Desired {
    let mut text = String::from("group,member,type\n");
    for i in groups.clone() {
        let _ = writeln!(text, "g{i},p{i}@x.example,user");
        // Every third changes with the version.
        if i % 3 == 0 {
            let _ = writeln!(text, "g{i},v{version}@x.example,user");
        }
        if i > groups.start && i % 5 == 0 {
            let _ = writeln!(text, "g{i},g{},group", i - 1);
        }
    }
    let roster = Roster::read(text.as_bytes()).unwrap();
    check(roster, &Rules::default()).desired.unwrap()
}

fn place() -> Place {
    Place {
        setup: "s".into(),
        application: "a".into(),
        index: "i".into(),
    }
}

struct World {
    clock: VirtualClock,
    groups: MemoryGroups,
    journal: TextJournal,
    stop: Stop,
    /// The button is pressed once so many are done.
    stops_at: Option<usize>,
    progress: Vec<Progress>,
}

impl World {
    fn new(limit: Limit) -> World {
        let clock = VirtualClock::default();
        World {
            groups: MemoryGroups::new(&clock, limit),
            clock,
            journal: TextJournal::default(),
            stop: Stop::default(),
            stops_at: None,
            progress: Vec::new(),
        }
    }

    fn plan(&self, desired: &Desired) -> GroupPlan {
        let listed = self.groups.held.lock().unwrap().keys().cloned().collect();
        plan(
            &place(),
            desired,
            &listed,
            &Memory::replay(&self.journal.text).unwrap(),
            false,
        )
    }

    /// None when the process died on the way.
    fn run(&mut self, desired: &Desired) -> Option<Result<Outcome, String>> {
        let plan = self.plan(desired);
        let seen = plan.digest();
        let approved = plan.approve(&seen, desired.clone()).unwrap();
        let mut memory = Memory::replay(&self.journal.text).unwrap();
        let run = Run {
            groups: &self.groups,
            clock: &self.clock,
            timeouts: Timeouts::default(),
            stop: &self.stop,
        };
        let (progress, stop, stops_at) = (&mut self.progress, &self.stop, self.stops_at);
        let mut listener = |p: Progress| {
            if matches!(p, Progress::Moved { done, .. } if stops_at.is_some_and(|at| done >= at)) {
                stop.ask();
            }
            progress.push(p);
        };
        let run = apply(&approved, &mut memory, &mut self.journal, &run, &mut listener);
        let ended = self.clock.drive(run, || self.groups.is_dead());
        if matches!(ended, Some(Ok(_))) {
            assert_eq!(memory, Memory::replay(&self.journal.text).unwrap());
        }
        ended
    }

    fn finish(&mut self, desired: &Desired) -> Outcome {
        self.run(desired).expect("alive").expect("a journal")
    }

    fn is_as(&self, desired: &Desired) {
        let wanted: BTreeMap<String, Held> = desired
            .iter()
            .map(|(name, _)| {
                let members = desired.members(name).unwrap();
                let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
                (name.to_owned(), (set(&members.users), set(&members.groups)))
            })
            .collect();
        assert_eq!(*self.groups.held.lock().unwrap(), wanted);
        assert!(self.plan(desired).is_clean());
    }
}

#[test]
fn the_limit_is_found_and_used() {
    for (limit, latency, groups) in [
        (50.0, 5, 3000),
        (50.0, 250, 3000),
        (10.0, 80, 800),
        (3.0, 80, 200),
        (200.0, 250, 9000),
    ] {
        for by in [Limit::Bucket(limit), Limit::Window(limit as u32)] {
            let mut world = World::new(by);
            world.groups.latency = Duration::from_millis(latency);
            let wanted = desired(0..groups, 0);
            let outcome = world.finish(&wanted);
            assert!(outcome.finished, "{by:?} {outcome:?}");
            world.is_as(&wanted);
            let end = world.clock.seconds();
            // The first fifth is for finding it; the last seconds have nothing left to start.
            let share = world.groups.rate(end * 0.2, end - 2.0) / limit;
            let refused = outcome.throttled as f64 / groups as f64;
            assert!(share >= 0.95, "{by:?} at {latency} ms: {share:.3}");
            // One call in twelve, and of a very small limit one call in two seconds.
            assert!(
                refused < 0.08_f64.max(0.5 / limit),
                "{by:?} at {latency} ms: {refused:.3} were refused"
            );
            let told = world.progress.iter().any(|p| {
                matches!(
                    p,
                    Progress::Moved {
                        waiting: Wait::Limit(_),
                        ..
                    }
                )
            });
            assert!(told, "{by:?}");
        }
    }
}

#[test]
fn without_a_limit_the_calls_at_a_time_are_one() {
    let mut world = World::new(Limit::None);
    let wanted = desired(0..5000, 0);
    assert!(world.finish(&wanted).finished);
    world.is_as(&wanted);
    // 64 at a time and 80 ms a call are 800 a second.
    assert!(world.clock.seconds() < 20.0, "{}", world.clock.seconds());
}

#[test]
fn a_limit_that_falls_is_followed() {
    let mut world = World::new(Limit::Bucket(100.0));
    assert!(world.finish(&desired(0..1500, 0)).finished);
    world.groups.limit = Limit::Bucket(5.0);
    let outcome = world.finish(&desired(0..1500, 1));
    assert!(outcome.finished, "{outcome:?}");
    world.is_as(&desired(0..1500, 1));
}

#[test]
fn aws_s_own_wait_is_kept() {
    let mut world = World::new(Limit::Bucket(10.0));
    world.groups.retry_after = Some(Duration::from_secs(3));
    assert!(world.finish(&desired(0..200, 0)).finished);
    let taken = world.groups.taken.lock().unwrap().clone();
    let longest = taken.windows(2).map(|w| w[1] - w[0]).fold(0.0, f64::max);
    assert!(longest >= 2.9, "{longest}");
}

#[test]
fn a_change_touches_what_changed_alone() {
    let mut world = World::new(Limit::Bucket(50.0));
    world.finish(&desired(0..90, 0));
    let plan = world.plan(&desired(10..100, 1));
    let counts = plan.counts();
    assert_eq!((counts.put, counts.delete), (10, 10), "{counts:?}");
    assert!(
        plan.rows
            .iter()
            .all(|r| r.name != "g11" || r.action == Action::Keep)
    );
    let outcome = world.finish(&desired(10..100, 1));
    assert_eq!((outcome.put, outcome.deleted), (10 + counts.change, 10));
    world.is_as(&desired(10..100, 1));
}

#[test]
fn a_stop_starts_nothing_more_and_the_next_run_goes_on() {
    let mut world = World::new(Limit::Bucket(50.0));
    let wanted = desired(0..1000, 0);
    world.stops_at = Some(150);
    let outcome = world.finish(&wanted);
    assert!(outcome.stopped && !outcome.finished, "{outcome:?}");
    // What is under way at the press comes to its end.
    assert!((150..250).contains(&outcome.put), "{outcome:?}");
    assert_eq!(outcome.put + outcome.not_started, 1000);
    let counts = world.plan(&wanted).counts();
    assert_eq!((counts.keep, counts.put), (outcome.put, outcome.not_started));
    world.stop = Stop::default();
    world.stops_at = None;
    assert!(world.finish(&wanted).finished);
    world.is_as(&wanted);
}

#[test]
fn what_fails_for_one_group_is_one_group_s() {
    for (kind, alone) in [
        (CloudErrorKind::Invalid, true),
        (CloudErrorKind::Conflict, true),
        (CloudErrorKind::Denied, false),
        (CloudErrorKind::Gone, false),
    ] {
        let mut world = World::new(Limit::Bucket(50.0));
        world.groups.refused = Some(("g7", kind));
        let wanted = desired(0..300, 0);
        let outcome = world.finish(&wanted);
        assert!(!outcome.finished);
        assert_eq!(outcome.failed.len(), 1, "{outcome:?}");
        assert_eq!(outcome.failed[0].0, "g7");
        assert!(!format!("{outcome:?}{:?}", world.progress).contains("alice@"));
        assert_eq!(outcome.broken_off.is_none(), alone, "{kind:?}");
        assert_eq!(outcome.not_started == 0, alone, "{kind:?}");
        world.groups.refused = None;
        assert!(world.finish(&wanted).finished);
        world.is_as(&wanted);
    }
}

#[test]
fn a_file_in_s3_is_taken_once_aws_says_so() {
    let mut text = String::from("group,member\n");
    for i in 0..1001 {
        let _ = writeln!(text, "All,p{i}@x.example");
    }
    let bulk = Bulk::parse("s3://acme-groups/q/", "arn:aws:iam::123456789012:role/q-groups").unwrap();
    let rules = Rules {
        known: None,
        bulk: Some(bulk),
    };
    let wanted = check(Roster::read(text.as_bytes()).unwrap(), &rules)
        .desired
        .unwrap();
    use GroupState::{Absent, Failed, Processing, Succeeded};
    for (states, expected) in [
        (vec![Absent, Processing, Processing, Succeeded], None),
        (
            vec![Processing, Failed("Access denied".into())],
            Some("s3://acme-groups/q/All: Access denied"),
        ),
        (vec![Processing; 100], Some("compare again later")),
    ] {
        let mut world = World::new(Limit::None);
        *world.groups.states.lock().unwrap() = states.into_iter().rev().collect();
        let outcome = world.finish(&wanted);
        assert_eq!(outcome.finished, expected.is_none());
        if let Some(words) = expected {
            assert!(outcome.failed[0].1.to_string().contains(words), "{outcome:?}");
            // It was made by this run: nobody has to take it over.
            assert_eq!(world.plan(&wanted).rows[0].action, Action::Put);
        }
    }
}

#[test]
fn what_fails_for_everybody_is_not_tried_ten_thousand_times() {
    let mut world = World::new(Limit::None);
    *world.groups.failures.lock().unwrap() = vec![(CloudErrorKind::Invalid, false); 10_000];
    let outcome = world.finish(&desired(0..10_000, 0));
    assert!(outcome.broken_off.is_some());
    assert!(outcome.failed.len() < 200, "{}", outcome.failed.len());
}

#[test]
fn silence_ends_a_run() {
    let mut world = World::new(Limit::Bucket(0.0));
    let outcome = world.finish(&desired(0..500, 0));
    assert!(
        outcome
            .broken_off
            .is_some_and(|e| e.kind == CloudErrorKind::Throttled)
    );
    assert!(world.clock.seconds() < 200.0, "{}", world.clock.seconds());
}

#[test]
fn without_a_journal_nothing_is_called() {
    for room in 0..4 {
        let mut world = World::new(Limit::None);
        world.journal.room = Some(room);
        let wanted = desired(0..500, 0);
        let ended = world.run(&wanted).expect("alive");
        assert_eq!(ended, Err("the disk is full".into()));
        let intents = world.journal.text.matches("\"intent\"").count();
        assert!(world.groups.held.lock().unwrap().len() <= intents * 100, "{room}");
        world.journal.room = None;
        assert!(world.finish(&wanted).finished);
        world.is_as(&wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn dying_anywhere_and_running_again_is_as_wanted(
        deaths in proptest::collection::vec((1_u32..400, 0_usize..3), 1..4),
        failures in proptest::collection::vec(
            (prop_oneof![
                Just(CloudErrorKind::OutcomeUnknown), Just(CloudErrorKind::Throttled), Just(CloudErrorKind::Conflict)
            ], any::<bool>()), 0..12),
        cut in 0_usize..60,
    ) {
        let mut world = World::new(Limit::Bucket(80.0));
        // A refusal was not done; only an answer that is lost leaves that open.
        *world.groups.failures.lock().unwrap() = failures
            .into_iter()
            .map(|(kind, done)| (kind, done && kind == CloudErrorKind::OutcomeUnknown))
            .collect();
        for (calls, version) in deaths {
            *world.groups.dies_after.lock().unwrap() = Some(calls);
            let start = version * 20;
            let _ = world.run(&desired(start..start + 250, version));
            // The machine's death may also cut the last line.
            if world.groups.is_dead() && cut > 0 {
                let whole = world.journal.text.len();
                let last = world.journal.text[..whole - 1].rfind('\n').map_or(0, |at| at + 1);
                let kept = (last + cut).min(whole);
                // Half an outcome is no outcome; half an intent was not followed by a call.
                if world.journal.text[last..].contains("\"outcome\"") {
                    world.journal.text.truncate(kept);
                    let end = world.journal.text.rfind('\n').map_or(0, |at| at + 1);
                    world.journal.text.truncate(end);
                }
            }
        }
        *world.groups.dies_after.lock().unwrap() = None;
        let wanted = desired(30..280, 9);
        let outcome = world.finish(&wanted);
        prop_assert!(outcome.finished, "{:?}", outcome);
        world.is_as(&wanted);
    }
}
