//! Why a document could not be had from its address: data for the rules; fetching is the caller's.

use serde::Serialize;
use std::fmt;

/// A document that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotFetched {
    /// The address that was asked.
    pub url: String,
    /// What happened.
    pub why: Why,
}

/// What happened instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Why {
    /// It was not asked: the address is of a machine or a network that is not public.
    Private {
        /// What the host's name stands for.
        address: String,
    },
    /// It sends elsewhere; AWS is not known to follow.
    Redirected {
        /// Where to.
        to: String,
    },
    /// Not `https`, or no address.
    Scheme {
        /// What was wanted.
        expected: &'static str,
    },
    /// No answer in time.
    Slow {
        /// Seconds that were waited.
        seconds: u64,
    },
    /// An answer other than 200.
    Status {
        /// The status.
        found: u16,
    },
    /// More bytes than are read.
    TooLong {
        /// Bytes at most.
        limit: usize,
    },
    /// No connection, no such name, a certificate that is not trusted.
    Unreachable {
        /// The connection's own words.
        said: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Private { address } => write!(f, "{address} is not a public address"),
            Why::Redirected { to } => write!(f, "it redirects to {to}"),
            Why::Scheme { expected } => write!(f, "the address is not {expected}"),
            Why::Slow { seconds } => write!(f, "no answer within {seconds} seconds"),
            Why::Status { found } => write!(f, "it answers with status {found}"),
            Why::TooLong { limit } => write!(f, "it is longer than {limit} bytes"),
            Why::Unreachable { said } => write!(f, "it cannot be reached: {said}"),
        }
    }
}

impl fmt::Display for NotFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.url, self.why)
    }
}

impl std::error::Error for NotFetched {}

/// Why a document is not at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable<E> {
    /// It did not come.
    NotFetched(NotFetched),
    /// It came, and is not what was wanted.
    Unusable {
        /// The address.
        url: String,
        /// What it is instead.
        error: E,
    },
}

impl<E: fmt::Display> fmt::Display for Unavailable<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unavailable::NotFetched(why) => why.fmt(f),
            Unavailable::Unusable { url, error } => write!(f, "{url}: {error}"),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Unavailable<E> {}
