//! One key under one operator (IAM: JSON policy elements, Condition; set operators for several values).

use super::compare::{Compared, operator};
use super::pattern::written;
use super::{Check, Request, all, any, glob};
use crate::policy::Condition;

/// What a request says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent<'a> {
    /// It has values, one at least.
    Values(&'a [String]),
    /// It is not there.
    Absent,
    /// The evidence does not tell.
    Unknown,
}

/// What the request says about a key in lower case.
pub(super) fn sent<'a>(request: &'a Request, key: &str) -> Sent<'a> {
    let among = |patterns: &[String]| patterns.iter().any(|p| glob(p, key));
    match request.context.get(key) {
        Some(values) if !values.is_empty() => Sent::Values(values),
        Some(_) => Sent::Absent,
        None if among(&request.unknown) && !among(&request.absent) => Sent::Unknown,
        None => Sent::Absent,
    }
}

/// Keys that have several values by their nature, so that an operator without `ForAllValues` or
/// `ForAnyValue` is not meant for them (IAM: single-valued and multivalued context keys).
fn has_several(key: &str) -> bool {
    matches!(
        key,
        "aws:tagkeys"
            | "aws:calledvia"
            | "sts:transitivetagkeys"
            | "aws:principalorgpaths"
            | "aws:resourceorgpaths"
            | "aws:sourceorgpaths"
            | "aws:principalservicenameslist"
    ) || key.ends_with(":amr")
}

/// `plain`: `${…}` in it is text.
pub(super) fn check(condition: &Condition, plain: bool, request: &Request) -> Check {
    let key = condition.key.to_ascii_lowercase();
    let sent = sent(request, &key);
    Check {
        key: condition.key.clone(),
        operator: condition.operator.clone(),
        expected: condition.values.clone(),
        found: match sent {
            Sent::Values(values) => values.to_vec(),
            Sent::Absent | Sent::Unknown => Vec::new(),
        },
        holds: holds(condition, &written(&condition.values, plain), &key, sent, request),
    }
}

fn holds(
    condition: &Condition,
    wanted: &[String],
    key: &str,
    sent: Sent<'_>,
    request: &Request,
) -> Option<bool> {
    let name = condition.operator.to_ascii_lowercase();
    let (set, name) = match name.split_once(':') {
        Some((set @ ("forallvalues" | "foranyvalue"), rest)) => (set, rest),
        Some(_) => return None,
        None => ("", name.as_str()),
    };
    if name == "null" {
        return null(condition, sent);
    }
    let (base, if_exists) = match name.strip_suffix("ifexists") {
        Some(base) => (base, true),
        None => (name, false),
    };
    let operator = operator(base)?;
    let values = match sent {
        Sent::Unknown => return None,
        Sent::Absent if if_exists => return Some(true),
        Sent::Absent => &[],
        Sent::Values(values) => values,
    };
    let one = |value: &String| -> Option<bool> {
        let equal = any(wanted.iter().map(|wanted| {
            match (operator.compare)(wanted, value, request) {
                Compared::Yes => Some(true),
                Compared::No => Some(false),
                // That nothing equals it is documented; whether it therefore differs is documented both ways.
                Compared::Valueless => (!operator.negated).then_some(false),
                Compared::Unknown => None,
            }
        }));
        equal.map(|equal| equal != operator.negated)
    };
    match (set, values) {
        // An empty text is no value here.
        ("forallvalues", [only]) if only.is_empty() => Some(true),
        ("forallvalues", values) => all(values.iter().map(one)),
        ("foranyvalue", values) => any(values.iter().map(one)),
        (_, []) => Some(operator.negated),
        // AWS documents only that a set operator has to be there.
        (_, [_, _, ..]) => None,
        (_, [_]) if has_several(key) => None,
        (_, [only]) => one(only),
    }
}

/// `Null`: `true` wants the key to be absent, `false` to be there.
fn null(condition: &Condition, sent: Sent<'_>) -> Option<bool> {
    let absent = match sent {
        Sent::Absent => true,
        Sent::Values(_) => false,
        Sent::Unknown => return None,
    };
    any(condition.values.iter().map(|value| {
        let wanted = match value.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        wanted.map(|wanted| wanted == absent)
    }))
}
