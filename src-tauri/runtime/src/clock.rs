//! The machine's clock and randomness, handed to the core as inputs.

use claimbridge_core::time::{Clock, Ids, Instant};
use futures::future::BoxFuture;
use std::time::Duration;
use time::OffsetDateTime;

/// The system's clock; waits on tokio's timer.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        OffsetDateTime::now_utc()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Random UUIDs.
pub struct RandomIds;

impl Ids for RandomIds {
    fn fresh(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}
