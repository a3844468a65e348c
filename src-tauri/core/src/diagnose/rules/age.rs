//! Rules about time: clocks, age, length of the session.

use super::claimed::{TABLE, source};
use super::{Evidence, Found, Severity, none, one};
use crate::claims;
use crate::diagnose::{REDEEM_WITHIN_SECONDS, seconds_between};
use crate::letters::is_quote;
use crate::time::{format_instant, parse_instant};

pub(super) fn clock_skew(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let delivered = assertion.bearer().and_then(|c| c.not_before.as_ref());
    [
        assertion.not_before.as_ref(),
        assertion.issue_instant.as_ref(),
        delivered,
    ]
    .into_iter()
    .flatten()
    .find(|t| parse_instant(t).is_some_and(|from| seconds_between(from, e.now) > 0))
    .map(|t| {
        one(
            "Conditions NotBefore",
            format!("before {}", format_instant(e.now)),
            t,
        )
    })
    .unwrap_or_default()
}

pub(super) fn stale(e: &Evidence) -> Vec<Found> {
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let ends = [
        assertion.not_on_or_after.as_ref(),
        assertion.bearer().and_then(|c| c.not_on_or_after.as_ref()),
    ];
    let over = ends
        .into_iter()
        .flatten()
        .find(|t| parse_instant(t).is_some_and(|end| end <= e.now));
    let age = assertion
        .issue_instant
        .as_deref()
        .and_then(parse_instant)
        .map(|issued| seconds_between(e.now, issued));
    let (expected, found) = match (age, over) {
        (Some(age), _) if age > REDEEM_WITHIN_SECONDS => (
            format!("issued at most {} s ago", REDEEM_WITHIN_SECONDS),
            format!("issued {age} s ago"),
        ),
        (_, Some(end)) => (
            format!("valid at {}", format_instant(e.now)),
            format!("valid until {end}"),
        ),
        _ => return none(),
    };
    let mut found = one("Assertion IssueInstant", expected, found);
    // A response that was pasted was captured earlier; its age says nothing about the sign-in.
    if e.captured_at.is_none() && !e.sts_refused() {
        for f in &mut found {
            f.severity = Some(Severity::Warning);
        }
    }
    found
}

pub(super) fn too_long(e: &Evidence) -> Vec<Found> {
    match &e.view {
        Some(view) if view.base64_length > 100_000 => one(
            "SAMLResponse",
            "at most 100000 characters",
            format!("{} characters", view.base64_length),
        ),
        _ => none(),
    }
}

pub(super) fn short_session(e: &Evidence) -> Vec<Found> {
    let is_short = |v: &str| {
        v.trim()
            .trim_matches(is_quote)
            .parse::<u32>()
            .is_ok_and(|s| s < 3600)
    };
    if let Some(claimed) = source(e, claims::DURATION).filter(|v| is_short(v)) {
        return one(TABLE, "3600", claimed);
    }
    let Some(assertion) = e.assertion() else {
        return none();
    };
    let claimed = assertion.values(claims::DURATION).and_then(<[String]>::first);
    if let Some(claimed) = claimed.filter(|v| is_short(v)) {
        return one("Attribute SessionDuration", "3600", claimed);
    }
    let at = |text: &Option<String>| text.as_deref().and_then(parse_instant);
    match (
        at(&assertion.session_not_on_or_after),
        at(&assertion.issue_instant),
    ) {
        (Some(end), Some(issued)) if seconds_between(end, issued) < 3600 => one(
            "AuthnStatement SessionNotOnOrAfter",
            "at least 3600 s after the issue",
            format!("{} s", seconds_between(end, issued)),
        ),
        _ => none(),
    }
}
