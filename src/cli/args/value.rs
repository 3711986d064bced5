//! The values of arguments: durations, and secrets that may look like flags.

use std::time::Duration;

/// A duration such as `10s`, `5m`, `1h30m` or `500ms`; more than zero, at most a day.
pub fn duration(text: &str) -> Result<Duration, String> {
    let say = || format!("invalid duration `{text}`; write it as `10s`, `5m` or `1h30m`");
    let signed: jiff::SignedDuration = text.parse().map_err(|_| say())?;
    let duration = Duration::try_from(signed).map_err(|_| say())?;
    if duration.is_zero() || duration > Duration::from_secs(24 * 60 * 60) {
        return Err(format!(
            "duration `{text}` is out of range; it has to be between `1ms` and `24h`"
        ));
    }
    Ok(duration)
}

/// A duration that may also be zero.
pub fn duration_or_zero(text: &str) -> Result<Duration, String> {
    if ["0", "0s", "0m"].contains(&text) {
        return Ok(Duration::ZERO);
    }
    duration(text)
}

/// A part of a token's lifetime, which may be zero, and many days.
pub fn lifetime(text: &str) -> Result<Duration, String> {
    let most = Duration::from_secs(10 * 365 * 24 * 60 * 60);
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let duration = text
        .parse::<jiff::Span>()
        .and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()))
        .ok()
        .and_then(|signed| Duration::try_from(signed).ok())
        .ok_or_else(|| format!("invalid duration `{text}`; write it as `90s`, `15m` or `7d`"))?;
    match duration <= most {
        true => Ok(duration),
        false => Err(format!(
            "duration `{text}` is out of range; it has to be at most `3650d`"
        )),
    }
}

/// What is said of a mistyped flag in the place of a secret.
pub const NO_SUCH_FLAG: &str = "there is no such flag here";

/// A secret, which may begin with a dash, as one in 64 base64url texts does; a mistyped flag is rejected.
pub fn secret(text: &str) -> Result<String, String> {
    let flag = text.strip_prefix('-').filter(|rest| !rest.is_empty());
    let short = text.len() < 8;
    let word = |rest: &str| {
        let name = rest.split('=').next().unwrap_or_default();
        name.starts_with('-') && name.chars().all(|c| c == '-' || c.is_ascii_lowercase())
    };
    match flag {
        Some(rest) if short || word(rest) => Err(NO_SUCH_FLAG.to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_may_begin_with_a_dash_and_a_mistyped_flag_is_rejected() {
        let verifier = "-BjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for fine in ["-", "code", "@file", verifier, &verifier.replace('B', "-")] {
            assert_eq!(secret(fine).as_deref(), Ok(fine));
        }
        for flag in ["--jsn", "-x", "--no-such-flag-here", "--cdoe=Abc-123", "--token=X.Y.Z"] {
            assert!(secret(flag).is_err(), "{flag}");
        }
    }

    #[test]
    fn a_lifetime_may_be_many_days() {
        let days = |days: u64| Ok(Duration::from_secs(days * 86_400));
        for (text, expected) in [
            ("7d", days(7)),
            ("2w", days(14)),
            ("48h", days(2)),
            ("3650d", days(3650)),
            ("0", days(0)),
            ("0s", days(0)),
        ] {
            assert_eq!(lifetime(text), expected, "{text}");
        }
        for bad in ["", "10", "-5s", "1mo", "1y", "3651d", "99999999999999999999d"] {
            assert!(lifetime(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit_between_a_millisecond_and_a_day() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration_or_zero("0"), Ok(Duration::ZERO));
        for bad in ["", "10", "0s", "-5s", "5 parsecs", "25h", "1e9s", "9999999999999h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
