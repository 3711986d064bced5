//! The clock and the calendar, in the shapes the protocol has: Unix seconds, ISO 8601 text and the `Date` of HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;

pub(super) const DAY: u64 = 86_400;

/// The platform's clock, as a request finds it: right, unless a fault says otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    ahead: i64,
}

impl Clock {
    /// One that is so many seconds ahead of this machine's.
    pub(super) fn ahead(seconds: i64) -> Self {
        Self { ahead: seconds }
    }

    /// Unix time in seconds. Handlers ask here once and pass the answer on.
    pub(super) fn now(self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        since.as_secs().saturating_add_signed(self.ahead)
    }

    /// The same for a `Date` header (RFC 9110 §5.6.7).
    pub(super) fn date(self) -> Option<String> {
        let now = Timestamp::from_second(i64::try_from(self.now()).ok()?).ok()?;
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        printer.timestamp_to_rfc9110_string(&now).ok()
    }
}

impl<S: Sync> FromRequestParts<S> for Clock {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// `2026-06-23T10:00:00Z`. A time beyond the calendar's end is told as its last whole second.
pub(super) fn iso8601(unix: u64) -> String {
    let last = Timestamp::MAX.as_second();
    let second = i64::try_from(unix).unwrap_or(last).min(last);
    Timestamp::from_second(second).unwrap_or_default().to_string()
}

/// How far away a time is, in the largest unit that fits: `in 30 days`, `2 hours ago`.
pub(super) fn distance(unix: u64, now: u64) -> String {
    const YEARS: u64 = 730 * DAY;
    // A day that began a moment ago still counts as the whole day that was promised, hence the rounding.
    let seconds = unix.abs_diff(now);
    let (count, unit) = match seconds {
        0..=89 => (seconds, "second"),
        90..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        129_600..YEARS => ((seconds + DAY / 2) / DAY, "day"),
        _ => ((seconds + 183 * DAY) / (365 * DAY), "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if unix > now {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_782_208_800, "2026-06-23T10:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_207_200, "9999-12-30T22:00:00Z"),
            (u64::MAX, "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(iso8601(unix), text);
        }
    }

    #[test]
    fn distances_read_as_a_person_would_say_them() {
        for (unix, text) in [
            (1_000_060, "in 60 seconds"),
            (1_000_900, "in 15 minutes"),
            (1_000_000 + 2 * DAY, "in 2 days"),
            (1_000_000 + 30 * DAY - 5, "in 30 days"),
            (1_000_000 + 3_650 * DAY, "in 10 years"),
            (1_000_000 - 1, "1 second ago"),
            (1_000_000 - 3_600 * 3, "3 hours ago"),
        ] {
            assert_eq!(distance(unix, 1_000_000), text);
        }
    }
}
