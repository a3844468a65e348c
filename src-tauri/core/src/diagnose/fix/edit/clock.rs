//! A response or a token as if the provider's clock were right.

use super::response::signed_again;
use super::token::set_claim;
use crate::diagnose::{Evidence, TokenEvidence};
use crate::time::{Instant, format_instant};
use serde_json::Value as Json;

/// Nothing begins later than now.
pub(super) fn set_clock(e: &mut Evidence) {
    let now = e.now;
    let (seconds, text) = (now.unix_timestamp(), format_instant(now));
    signed_again(e, |a| {
        let late = |t: &str| crate::time::parse_instant(t).is_some_and(|from| from > now);
        let delivered = a.confirmations.iter_mut().map(|c| &mut c.not_before);
        let own = [&mut a.not_before, &mut a.issue_instant];
        for time in own.into_iter().chain(delivered) {
            if time.as_deref().is_some_and(late) {
                *time = Some(text.clone());
            }
        }
    });
    for name in ["iat", "nbf"] {
        let claims = e.token.as_ref().and_then(TokenEvidence::claims);
        if claims.is_some_and(|c| c.get(name).and_then(Json::as_i64).is_some_and(|at| at > seconds)) {
            set_claim(e, name, Some(&Json::from(seconds)));
        }
    }
}

/// The moment from which everything in the response or the token is valid.
pub(in crate::diagnose::fix) fn latest_start(e: &Evidence) -> Instant {
    let token = e.token.as_ref().and_then(TokenEvidence::claims);
    let of_token = token.map(|c| [c.issued(), c.not_before()]);
    let assertion = e.assertion();
    let of_response = assertion.map(|a| {
        [
            a.issue_instant.as_deref(),
            a.not_before.as_deref(),
            a.bearer().and_then(|c| c.not_before.as_deref()),
        ]
        .map(|t| t.and_then(crate::time::parse_instant))
    });
    let starts = of_token
        .into_iter()
        .flatten()
        .chain(of_response.into_iter().flatten());
    starts.flatten().max().unwrap_or(e.now)
}
