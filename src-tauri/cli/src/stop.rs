//! The stop button of the command line: Ctrl-C once stops in order, twice at once.

use crate::output::err;
use claimbridge_core::engine::Stop;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A stop that Ctrl-C asks for. The listener is to be aborted when the run is over.
pub(crate) fn stop_button() -> (Arc<Stop>, JoinHandle<()>) {
    let stop = Arc::new(Stop::default());
    let asked = stop.clone();
    let listener = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            err!(
                "Stopping: what has begun is finished, nothing new is started. Again to leave at once; the next run takes up what AWS accepted."
            );
            asked.ask();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    (stop, listener)
}
