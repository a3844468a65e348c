//! Asking somebody who may panic, or never come back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

/// What somebody else made of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    Given(T),
    /// It panicked.
    Fell(String),
    /// It was not ready within the limit. Its thread is left to itself: a thread cannot be ended.
    Overdue,
}

/// Asks within a limit.
pub fn bounded<T: Send + 'static>(limit: Duration, ask: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    let (give, take) = mpsc::channel();
    let asking = std::thread::Builder::new().stack_size(16 << 20).spawn(move || {
        // Nobody looks at what a panic left behind.
        let answer = catch_unwind(AssertUnwindSafe(ask)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
                .unwrap_or_default()
        });
        // Nobody waits any more once the limit has passed.
        let _ = give.send(answer);
    });
    drop(asking.expect("a thread can be started"));
    match take.recv_timeout(limit) {
        Ok(Ok(answer)) => Answer::Given(answer),
        Ok(Err(panic)) => Answer::Fell(panic),
        Err(_) => Answer::Overdue,
    }
}

#[test]
fn what_panics_or_never_comes_back_is_not_waited_for() {
    const LONG: Duration = Duration::from_secs(60);
    assert_eq!(bounded(LONG, || 1), Answer::Given(1));
    assert_eq!(
        bounded(LONG, || panic!("so")),
        Answer::<u8>::Fell("so".to_owned())
    );
    let (give, take) = mpsc::channel::<u8>();
    assert_eq!(
        bounded(Duration::from_millis(10), move || take.recv()),
        Answer::Overdue
    );
    drop(give);
}
