//! The hand-off: what the administrator of the identity provider needs leaves as one printable page, and
//! comes back as a small answer file whose difference is seen before it merges.
//!
//! AWS and the identity provider are often looked after by two people in two departments. The page needs
//! no program and no network; the answer needs no typing. Neither ever holds a secret.

mod answer;
mod difference;
mod error;
mod rich;
mod sheet;

pub use answer::{Answer, LONGEST_ANSWER};
pub use difference::Difference;
pub use error::HandoffError;
pub use sheet::{HandBack, Sheet};
