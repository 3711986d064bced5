//! `rate=SHARE`: which share of the requests a fault affects.

/// A share of requests, in millionths. The affected requests are evenly spaced and the same in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share(u64);

const WHOLE: u64 = 1_000_000;

impl Share {
    pub(super) const ALL: Self = Self(WHOLE);

    /// Parses a decimal number above 0 and at most 1, with at most six decimal places.
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

    /// Whether the request with this number, from 1, belongs to the share: with 0.1, the tenth, the twentieth, …
    pub(super) fn includes(self, number: u64) -> bool {
        let hits = |number: u64| u128::from(number) * u128::from(self.0) / u128::from(WHOLE);
        hits(number) > hits(number.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_spaced_evenly_and_exact() {
        let hit = |text: &str, requests: u64| {
            let share = Share::parse(text).unwrap();
            (1..=requests)
                .filter(|number| share.includes(*number))
                .collect::<Vec<_>>()
        };
        assert_eq!(hit("0.1", 30), [10, 20, 30]);
        assert_eq!(hit("0.5", 5), [2, 4]);
        assert_eq!(hit("1", 3), [1, 2, 3]);
        assert_eq!(hit("0.29", 10_000).len(), 2_900);
        assert_eq!(hit("0.7", 10).len(), 7);
        assert_eq!(hit("0.000001", 1_000_000), [1_000_000]);
    }

    #[test]
    fn a_share_is_above_0_and_at_most_1() {
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
}
