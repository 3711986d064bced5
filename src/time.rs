//! Times and durations in words: `2026-06-23 10:00 UTC, in 12 minutes`, `1 minute 30 seconds`.
//!
//! Dates and distances are put together by hand, not by a format string or a printer: a batch of tokens has several of
//! them a line. Everything else is left to `jiff`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::fmt::friendly::{Designator, FractionalUnit, Spacing, SpanPrinter};
use jiff::tz::Offset;
#[cfg(feature = "cli")]
use jiff::tz::TimeZone;

#[cfg(feature = "cli")]
use crate::time_zone;

/// The current time, in Unix seconds.
pub fn now() -> i64 {
    // A clock before 1970 is wrong; every time is then in the future.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// The time zone that dates are written in.
#[derive(Debug, Clone, Default)]
pub enum Zone {
    /// UTC: the date says so.
    #[default]
    Utc,
    /// The user's, which the date does not name.
    #[cfg(feature = "cli")]
    Local(TimeZone),
}

impl Zone {
    /// The user's time zone, or UTC where it cannot be found.
    #[cfg(feature = "cli")]
    pub fn local() -> Self {
        time_zone::local().map_or(Self::Utc, Self::Local)
    }

    /// A time (Unix seconds) as a date: `2026-06-23 10:00 UTC`.
    pub fn date(&self, at: i64) -> String {
        let mut text = String::with_capacity(24);
        self.write_date(&mut text, at);
        text
    }

    /// A time (Unix seconds) as a date, with its distance from `now`.
    #[cfg(feature = "cli")]
    pub fn moment(&self, at: i64, now: i64) -> String {
        self.describe("", at, now)
    }

    /// The same after a prefix, in one allocation.
    pub fn describe(&self, prefix: &str, at: i64, now: i64) -> String {
        let mut text = String::with_capacity(prefix.len() + 40);
        text.push_str(prefix);
        if self.write_date(&mut text, at) {
            text.push_str(", ");
            write_distance(&mut text, at, now);
        }
        text
    }

    /// Writes the date, or the number of seconds where the calendar has no such date; whether it has.
    fn write_date(&self, text: &mut String, at: i64) -> bool {
        let Ok(timestamp) = Timestamp::from_second(at) else {
            push_number(text, at.unsigned_abs(), if at < 0 { "-" } else { "" });
            text.push_str(" seconds after 1970, outside of the calendar");
            return false;
        };
        match self {
            Self::Utc => {
                let date = Offset::UTC.to_datetime(timestamp);
                let year = date.year();
                push_padded(text, year.unsigned_abs() / 100, if year < 0 { "-" } else { "" });
                push_padded(text, year.unsigned_abs() % 100, "");
                push_padded(text, date.month().unsigned_abs().into(), "-");
                push_padded(text, date.day().unsigned_abs().into(), "-");
                push_padded(text, date.hour().unsigned_abs().into(), " ");
                push_padded(text, date.minute().unsigned_abs().into(), ":");
                text.push_str(" UTC");
            }
            #[cfg(feature = "cli")]
            Self::Local(zone) => {
                let date = timestamp.to_zoned(zone.clone());
                text.push_str(&date.strftime("%Y-%m-%d %H:%M").to_string());
            }
        }
        true
    }
}

/// A number of two digits, after a separator.
fn push_padded(text: &mut String, number: u16, before: &str) {
    text.push_str(before);
    for digit in [number / 10, number % 10] {
        text.push(char::from_digit(digit.into(), 10).unwrap_or('?'));
    }
}

/// A number, after a sign.
fn push_number(text: &mut String, number: u64, before: &str) {
    text.push_str(before);
    text.push_str(&number.to_string());
}

/// A time (Unix seconds) in the user's zone, with its distance from `now`.
#[cfg(feature = "cli")]
pub fn moment(at: i64, now: i64) -> String {
    Zone::local().moment(at, now)
}

/// A time that a server wrote as ISO 8601 text, with its distance from `now`; the text itself where it cannot be read.
#[cfg(feature = "cli")]
pub fn iso(text: &str, now: i64) -> String {
    match text.parse::<Timestamp>() {
        Ok(timestamp) => moment(timestamp.as_second(), now),
        Err(_) => text.to_owned(),
    }
}

/// The time of day in the user's zone, for a time within the next hours: `10:05:00`, `10:05:00 UTC`.
#[cfg(feature = "cli")]
pub fn clock(at: i64) -> String {
    let (zone, format) = match Zone::local() {
        Zone::Utc => (TimeZone::UTC, "%H:%M:%S UTC"),
        Zone::Local(zone) => (zone, "%H:%M:%S"),
    };
    match Timestamp::from_second(at) {
        Ok(timestamp) => timestamp.to_zoned(zone).strftime(format).to_string(),
        Err(_) => at.to_string(),
    }
}

/// A time (Unix seconds) as ISO 8601 text in UTC, without the letter that says so: `2026-06-23T10:00:00`.
#[cfg(feature = "cli")]
pub fn utc(at: i64) -> String {
    let timestamp = Timestamp::from_second(at).unwrap_or_default();
    timestamp.to_string().trim_end_matches('Z').to_owned()
}

/// How far a time is from `now`: `in 12 minutes`, `3 days ago`.
pub fn distance(at: i64, now: i64) -> String {
    let mut text = String::with_capacity(16);
    write_distance(&mut text, at, now);
    text
}

fn write_distance(text: &mut String, at: i64, now: i64) {
    let apart = at.abs_diff(now);
    let (count, unit) = match apart {
        0 => return text.push_str("now"),
        1..=119 => (apart, "second"),
        // To the nearest unit: thirty days less a second read as thirty days.
        120..=7_199 => ((apart + 30) / 60, "minute"),
        7_200..=172_799 => ((apart + 1_800) / 3_600, "hour"),
        172_800..=63_071_999 => ((apart + 43_200) / 86_400, "day"),
        _ => (apart / 31_536_000, "year"),
    };
    let before = if at > now { "in " } else { "" };
    match u16::try_from(count) {
        Ok(count @ 10..=99) => push_padded(text, count, before),
        _ => push_number(text, count, before),
    }
    text.push(' ');
    text.push_str(unit);
    if count != 1 {
        text.push('s');
    }
    if at <= now {
        text.push_str(" ago");
    }
}

/// A duration in words: `5 minutes`, `1 minute 30 seconds`, `0.5 seconds`, `3 days 4 hours`, `10 years`.
pub fn span(duration: Duration) -> String {
    match duration.as_secs() {
        ..172_800 => {}
        seconds @ ..63_072_000 => {
            let days = counted(seconds / 86_400, "day");
            return match seconds % 86_400 / 3_600 {
                0 => days,
                hours => format!("{days} {}", counted(hours, "hour")),
            };
        }
        seconds => return counted(seconds / 31_536_000, "year"),
    }
    // Below a minute to the millisecond, from there on to the second.
    let duration = match duration.as_secs() {
        0..60 => Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        seconds => Duration::from_secs(seconds),
    };
    SpanPrinter::new()
        .designator(Designator::Verbose)
        .spacing(Spacing::BetweenUnitsAndDesignators)
        .fractional(Some(FractionalUnit::Second))
        .unsigned_duration_to_string(&duration)
}

/// A count with its unit in the singular or plural: `1 minute`, `2 minutes`.
pub fn counted(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "cli")]
    #[test]
    fn a_moment_has_its_date_and_its_distance() {
        assert_eq!(
            Zone::Utc.moment(1_782_208_800, 1_782_208_080),
            "2026-06-23 10:00 UTC, in 12 minutes"
        );
        assert_eq!(
            Zone::Utc.describe("since ", -62_135_596_800, 0),
            "since 0001-01-01 00:00 UTC, 1970 years ago"
        );
        assert!(Zone::Utc.date(-62_198_755_200).starts_with("-0001-"));
        assert!(
            Zone::Utc
                .moment(i64::MIN, 0)
                .starts_with("-9223372036854775808 seconds")
        );
        assert_eq!(
            Zone::Local(TimeZone::fixed(Offset::constant(2))).moment(1_782_208_800, 1_782_208_080),
            "2026-06-23 12:00, in 12 minutes"
        );
        assert_eq!(distance(100, 100), "now");
        assert_eq!(distance(99, 100), "1 second ago");
        assert_eq!(distance(0, 3 * 86_400), "3 days ago");
        assert_eq!(distance(30 * 86_400 - 1, 0), "in 30 days");
        assert_eq!(distance(899, 0), "in 15 minutes");
        assert_eq!(distance(i64::MAX, i64::MIN), "in 584942417355 years");
        assert!(Zone::Utc.moment(i64::MAX, 0).contains("outside of the calendar"));
    }

    #[test]
    fn a_span_names_its_units() {
        assert_eq!(span(Duration::from_secs(300)), "5 minutes");
        assert_eq!(span(Duration::from_secs(90)), "1 minute 30 seconds");
        assert_eq!(span(Duration::from_millis(500)), "0.5 seconds");
        assert_eq!(span(Duration::from_micros(1_500_999)), "1.5 seconds");
        assert_eq!(span(Duration::from_secs(90_061)), "25 hours 1 minute 1 second");
        assert_eq!(span(Duration::from_secs(172_799)), "47 hours 59 minutes 59 seconds");
        assert_eq!(span(Duration::from_secs(172_800)), "2 days");
        assert_eq!(span(Duration::from_secs(3 * 86_400 + 4 * 3_600 + 59)), "3 days 4 hours");
        assert_eq!(span(Duration::from_secs(87_600 * 3_600)), "10 years");
        assert_eq!(span(Duration::MAX), "584942417355 years");
        assert_eq!(span(Duration::from_millis(61_900)), "1 minute 1 second");
        assert_eq!(span(Duration::from_secs(1)), "1 second");
        assert_eq!(span(Duration::ZERO), "0 seconds");
    }
}
