//! The readers of foreign input, one a file.

mod metadata;
mod policy;
mod recording;
mod response;
mod setup;
mod token;

/// One reader under test.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Inputs to begin with.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub(crate) words: &'static [&'static str],
    /// Reads, and says how it came out; an error is a promise that does not hold.
    pub(crate) run: fn(&[u8]) -> Result<String, String>,
}

pub(crate) fn all() -> [Target; 6] {
    [
        metadata::TARGET,
        policy::TARGET,
        recording::TARGET,
        response::TARGET,
        setup::TARGET,
        token::TARGET,
    ]
}
