//! Time and ids as inputs: core never asks the machine for either.

use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use futures::future::BoxFuture;
use std::time::Duration;

/// Seconds since 1970-01-01T00:00:00Z with a fraction, as everything here carries it.
pub type Instant = OffsetDateTime;

/// The clock of a run: what time it is, and how to wait.
pub trait Clock: Send + Sync {
    /// Now, in UTC.
    fn now(&self) -> Instant;
    /// Waits; must be cancel-safe.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// Fresh random ids: idempotency tokens, set-up ids.
pub trait Ids: Send + Sync {
    /// A new id of 32 to 64 characters `[A-Za-z0-9-]`, never given twice.
    fn fresh(&self) -> String;
}

/// Reads an `xs:dateTime` as SAML writes it; one without a zone is UTC (SAML core §1.3.3).
pub fn parse_instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    let (date, rest) = text.split_once('T')?;
    let mut parts = date.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut hms = whole.splitn(3, ':');
    let hour: u8 = hms.next()?.parse().ok()?;
    let minute: u8 = hms.next()?.parse().ok()?;
    let second: u8 = hms.next()?.parse().ok()?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nano: u32 = format!("{:0<9}", fraction.get(..9).unwrap_or(fraction))
        .parse()
        .ok()?;
    let time = Time::from_hms_nano(hour, minute, second, nano).ok()?;
    let offset = match zone {
        "" | "Z" => UtcOffset::UTC,
        signed => {
            let sign = if signed.starts_with('-') { -1 } else { 1 };
            let (h, m) = signed.get(1..)?.split_once(':')?;
            UtcOffset::from_hms(sign * h.parse::<i8>().ok()?, sign * m.parse::<i8>().ok()?, 0).ok()?
        }
    };
    Some(PrimitiveDateTime::new(date, time).assume_offset(offset))
}

/// Writes an instant as SAML and the reports do: `2026-11-22T16:05:09Z`, whole seconds in UTC.
pub fn format_instant(at: Instant) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_identity_providers_write() {
        for (text, expected) in [
            ("2026-11-22T16:05:09Z", Some("2026-11-22T16:05:09Z")),
            ("2026-11-22T16:05:09.1234567Z", Some("2026-11-22T16:05:09Z")),
            ("2026-11-22T16:05:09", Some("2026-11-22T16:05:09Z")),
            ("2026-11-22T16:05:09+01:30", Some("2026-11-22T14:35:09Z")),
            ("2026-11-22", None),
            ("2026-13-22T16:05:09Z", None),
            ("T", None),
            ("2026-11-22T16:05:09Zé", None),
        ] {
            assert_eq!(
                parse_instant(text).map(format_instant).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
