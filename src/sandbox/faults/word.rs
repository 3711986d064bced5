//! The words inside a spec: durations, shares, and which right word somebody may have meant.

use std::time::Duration;

/// `300ms`, `2s`, `5m`, `1h` or `3d`: a whole number and a unit.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let number: u64 = number.parse().ok()?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A share of requests, in millionths: what is hit is spaced evenly, and comes out the same in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share(u64);

const WHOLE: u64 = 1_000_000;

impl Share {
    pub(super) const ALL: Self = Self(WHOLE);

    /// A decimal number above 0 and at most 1, with at most six digits behind the point.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let millionths = whole.checked_mul(WHOLE)? + format!("{fraction:0<6}").parse::<u64>().ok()?;
        (1..=WHOLE).contains(&millionths).then_some(Self(millionths))
    }

    /// Whether the request with this number, from 1, is one of the share: with a tenth, the tenth, the twentieth, …
    pub(super) fn takes(self, number: u64) -> bool {
        let hits = |number: u64| u128::from(number) * u128::from(self.0) / u128::from(WHOLE);
        hits(number) > hits(number.saturating_sub(1))
    }
}

/// The word that is meant by one that is none: few keystrokes away.
pub(super) fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is longer than any word there is was no slip, and need not be measured.
    if word.len() > 32 {
        return None;
    }
    let candidates = among.into_iter().map(|right| (keystrokes(word, right), right));
    let most = (word.chars().count() / 2).min(3);
    candidates
        .filter(|(away, _)| *away <= most)
        .min_by_key(|(away, _)| *away)
        .map(|(_, right)| right)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn keystrokes(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (done, a) in from.chars().enumerate() {
        let mut next = vec![done + 1];
        for ((b, above), diagonal) in to.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(a != b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, millis) in [
            ("300ms", 300),
            ("2s", 2_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "2",
            "s",
            "-2s",
            "2 s",
            "1.5s",
            "2sec",
            "99999999999999999999s",
            "9999999999999999999d",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_share_is_spaced_evenly_and_exact() {
        let hit = |text: &str, requests: u64| {
            let share = Share::parse(text).unwrap();
            (1..=requests).filter(|number| share.takes(*number)).collect::<Vec<_>>()
        };
        assert_eq!(hit("0.1", 30), [10, 20, 30]);
        assert_eq!(hit("0.5", 5), [2, 4]);
        assert_eq!(hit("1", 3), [1, 2, 3]);
        assert_eq!(hit("0.29", 10_000).len(), 2_900);
        assert_eq!(hit("0.7", 10).len(), 7);
        assert_eq!(hit("0.000001", 1_000_000), [1_000_000]);
    }

    #[test]
    fn a_share_is_above_nothing_and_at_most_all() {
        for text in [
            "0",
            "0.0",
            "1.1",
            "2",
            "-0.1",
            "10%",
            ".5",
            "5.",
            "",
            "1e-3",
            "0.0000001",
            "nan",
        ] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_nearest_word_is_a_few_keystrokes_away_or_none() {
        let words = ["latency", "status", "introspect", "jwks", "skew"];
        for (typed, meant) in [
            ("latncy", Some("latency")),
            ("introspection", Some("introspect")),
            ("jwk", Some("jwks")),
            ("STATUS", None),
            ("x", None),
            ("", None),
            ("keys", None),
        ] {
            assert_eq!(nearest(typed, words), meant, "{typed}");
        }
        assert_eq!(nearest(&"latency".repeat(1_000), words), None);
    }
}
