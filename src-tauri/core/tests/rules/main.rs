//! Every rule over typed evidence: what fires it, what is nearly the same and does not, and that it is silent
//! where what it stands on is not at hand.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod cases;
mod letters;
mod maker;
mod table;
mod words;
