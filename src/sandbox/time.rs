//! The clock, durations and dates: Unix seconds, RFC 3339 text, and the `Date` of HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::fmt::friendly::{Designator, Spacing, SpanPrinter};
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Span, SpanRelativeTo, Timestamp, Unit, Zoned, ZonedDifference};

pub(super) const DAY: u64 = 86_400;
/// The last second that an HTTP date can express, in the year 9999.
const LAST_HTTP_DATE: u64 = 253_402_300_799;

/// The sandbox's clock as one request sees it. A fault may set it ahead or back.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    offset: i64,
}

impl Clock {
    /// A clock that is ahead of this machine's by so many seconds.
    pub(super) fn with_offset(seconds: i64) -> Self {
        Self { offset: seconds }
    }

    /// Unix time in seconds. A handler asks once and passes the answer on.
    pub(super) fn now(self) -> u64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        since_epoch.as_secs().saturating_add_signed(self.offset)
    }

    /// The same as the value of a `Date` header (RFC 9110 §5.6.7).
    pub(super) fn http_date(self) -> String {
        let seconds = self.now().min(LAST_HTTP_DATE);
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
    }
}

/// A duration such as `300ms`, `2s`, `1h30m`, `30d` or `-5m`. A day has 24 hours; weeks are allowed, months and years are not.
pub(super) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// `2026-06-23T10:00:00Z` (RFC 3339).
pub(super) fn rfc3339(unix: u64) -> String {
    timestamp(unix).to_string()
}

/// How far away a time is, in the largest unit that fits: `in 30 days`, `2 hours ago`.
pub(super) fn distance(unix: u64, now: u64) -> String {
    const YEARS: u64 = 730 * DAY;
    let unit = match unix.abs_diff(now) {
        0..=89 => Unit::Second,
        90..=5_399 => Unit::Minute,
        5_400..=129_599 => Unit::Hour,
        129_600..YEARS => Unit::Day,
        _ => Unit::Year,
    };
    let (at, now) = (utc(unix), utc(now));
    // Rounded to the nearest unit: 30 days granted a moment ago still read as 30 days.
    let difference = ZonedDifference::new(&at)
        .largest(unit)
        .smallest(unit)
        .mode(RoundMode::HalfExpand);
    let span = now.until(difference).unwrap_or_default();
    let text = SpanPrinter::new()
        .designator(Designator::Verbose)
        .spacing(Spacing::BetweenUnitsAndDesignators)
        .span_to_string(&span);
    // The printer adds `ago` to what is past.
    if span.is_positive() { format!("in {text}") } else { text }
}

fn utc(unix: u64) -> Zoned {
    timestamp(unix).to_zoned(TimeZone::UTC)
}

/// A time after the calendar's end is its last whole second.
fn timestamp(unix: u64) -> Timestamp {
    let last = Timestamp::MAX.as_second();
    let second = i64::try_from(unix).unwrap_or(last).min(last);
    Timestamp::from_second(second).unwrap_or_default()
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
            assert_eq!(rfc3339(unix), text);
        }
    }

    #[test]
    fn a_duration_is_numbers_with_units() {
        for (text, millis) in [
            ("300ms", 300),
            ("2s", 2_000),
            ("1.5s", 1_500),
            ("2sec", 2_000),
            ("2 s", 2_000),
            ("-2s", -2_000),
            ("+2s", 2_000),
            ("5m", 300_000),
            ("15 min", 900_000),
            ("1h", 3_600_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
        ] {
            let expected = SignedDuration::from_millis(millis);
            assert_eq!(parse_duration(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "2",
            "s",
            "m",
            "+-2s",
            "1mo",
            "1y",
            "soon",
            "99999999999999999999s",
            "9999999999999999999d",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn an_http_date_has_the_form_of_rfc_9110() {
        let date = Clock::default().http_date();
        assert_eq!((date.len(), date.ends_with(" GMT")), (29, true), "{date}");
        assert_eq!(
            Clock::with_offset(i64::MIN).http_date(),
            "Thu, 01 Jan 1970 00:00:00 GMT"
        );
        assert_eq!(
            Clock::with_offset(i64::MAX).http_date(),
            "Fri, 31 Dec 9999 23:59:59 GMT"
        );
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
