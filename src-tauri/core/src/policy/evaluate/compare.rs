//! One value of a policy beside one value of a request (IAM: condition operators).

use super::Request;
use super::arn::arn_like;
use super::pattern::{Pattern, Resolved};
use crate::time::parse_instant;
use core::net::IpAddr;
use std::cmp::Ordering;

/// How a comparison came out, before a `Not` turns it round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// The policy's value has a variable without a value, which equals nothing.
    Valueless,
    /// The evidence, or AWS's documents, do not tell.
    Unknown,
}

impl Compared {
    fn of(holds: bool) -> Compared {
        if holds { Compared::Yes } else { Compared::No }
    }

    /// Both have to hold.
    pub(super) fn and(self, other: Compared) -> Compared {
        match (self, other) {
            (Compared::Valueless, _) | (_, Compared::Valueless) => Compared::Valueless,
            (Compared::No, _) | (_, Compared::No) => Compared::No,
            (Compared::Unknown, _) | (_, Compared::Unknown) => Compared::Unknown,
            (Compared::Yes, Compared::Yes) => Compared::Yes,
        }
    }
}

/// An operator without what is set before and behind it.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    /// The comparison: the policy's value, the request's, and the request for the variables.
    pub(super) compare: fn(&str, &str, &Request) -> Compared,
    /// It is one of the `Not` operators.
    pub(super) negated: bool,
}

/// The operator of this name, its letters' case without meaning; None for one that is not modelled.
pub(super) fn operator(name: &str) -> Option<Operator> {
    let name = name.to_ascii_lowercase();
    let (base, negated) = match name.as_str() {
        "stringnotequals" => ("stringequals", true),
        "stringnotequalsignorecase" => ("stringequalsignorecase", true),
        "stringnotlike" => ("stringlike", true),
        "arnnotequals" => ("arnequals", true),
        "arnnotlike" => ("arnlike", true),
        "numericnotequals" => ("numericequals", true),
        "datenotequals" => ("dateequals", true),
        "notipaddress" => ("ipaddress", true),
        other => (other, false),
    };
    let compare: fn(&str, &str, &Request) -> Compared = match base {
        "stringequals" => |a, b, r| text(a, b, r, false, false),
        "stringequalsignorecase" => |a, b, r| text(a, b, r, false, true),
        "stringlike" => like,
        // Alike, says the document of the operators.
        "arnequals" | "arnlike" => arn_like,
        "bool" => bool,
        "numericequals" => |a, b, _| number(a, b, Ordering::is_eq),
        "numericlessthan" => |a, b, _| number(a, b, Ordering::is_lt),
        "numericlessthanequals" => |a, b, _| number(a, b, Ordering::is_le),
        "numericgreaterthan" => |a, b, _| number(a, b, Ordering::is_gt),
        "numericgreaterthanequals" => |a, b, _| number(a, b, Ordering::is_ge),
        "dateequals" => |a, b, _| date(a, b, Ordering::is_eq),
        "datelessthan" => |a, b, _| date(a, b, Ordering::is_lt),
        "datelessthanequals" => |a, b, _| date(a, b, Ordering::is_le),
        "dategreaterthan" => |a, b, _| date(a, b, Ordering::is_gt),
        "dategreaterthanequals" => |a, b, _| date(a, b, Ordering::is_ge),
        "ipaddress" => |a, b, _| ip(a, b),
        _ => return None,
    };
    Some(Operator { compare, negated })
}

fn text(wanted: &str, found: &str, request: &Request, wildcards: bool, ignore_case: bool) -> Compared {
    match Pattern::resolve(wanted, wildcards, request) {
        Resolved::Pattern(pattern) => Compared::of(pattern.matches(found, ignore_case)),
        Resolved::Valueless => Compared::Valueless,
        Resolved::Unknown => Compared::Unknown,
    }
}

/// `StringLike`.
pub(super) fn like(wanted: &str, found: &str, request: &Request) -> Compared {
    text(wanted, found, request, true, false)
}

fn bool(wanted: &str, found: &str, request: &Request) -> Compared {
    match Pattern::resolve(wanted, false, request) {
        Resolved::Pattern(pattern) => {
            let is_bool = |text: &str| ["true", "false"].iter().any(|b| text.eq_ignore_ascii_case(b));
            if is_bool(&pattern.text()) {
                Compared::of(is_bool(found) && pattern.matches(found, true))
            } else {
                Compared::Unknown
            }
        }
        Resolved::Valueless => Compared::Valueless,
        Resolved::Unknown => Compared::Unknown,
    }
}

fn ordered<T: PartialOrd>(wanted: Option<T>, found: Option<T>, fits: fn(Ordering) -> bool) -> Compared {
    match (wanted, found) {
        (Some(wanted), Some(found)) => found
            .partial_cmp(&wanted)
            .map_or(Compared::Unknown, |order| Compared::of(fits(order))),
        _ => Compared::Unknown,
    }
}

fn number(wanted: &str, found: &str, fits: fn(Ordering) -> bool) -> Compared {
    let read = |text: &str| {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
        plain.then(|| text.parse::<f64>().ok()).flatten()
    };
    ordered(read(wanted), read(found), fits)
}

fn date(wanted: &str, found: &str, fits: fn(Ordering) -> bool) -> Compared {
    ordered(nanoseconds(wanted), nanoseconds(found), fits)
}

/// A date of the W3C's profile of ISO 8601, or seconds since 1970; nanoseconds since 1970.
fn nanoseconds(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    // A year alone reads like seconds; the documents do not tell which it is.
    if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<i128>().ok()?.checked_mul(SECOND);
    }
    let whole = match text.len() {
        7 => format!("{text}-01T00:00:00Z"),
        10 => format!("{text}T00:00:00Z"),
        _ => text.to_owned(),
    };
    parse_instant(&whole).map(time::OffsetDateTime::unix_timestamp_nanos)
}

fn ip(wanted: &str, found: &str) -> Compared {
    let (address, bits) = match wanted.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u32>().ok()),
        None => (wanted, Some(128)),
    };
    let (Ok(address), Some(bits), Ok(found)) = (address.parse(), bits, found.parse()) else {
        return Compared::Unknown;
    };
    match (address, found) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            Compared::of(u32::from(a) & mask == u32::from(b) & mask)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            Compared::of(u128::from(a) & mask == u128::from(b) & mask)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Compared::No,
    }
}
