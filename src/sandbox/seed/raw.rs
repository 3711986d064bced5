//! The shape of a seed file, as serde reads it: every value that is checked later remembers its place.

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::{CodeState, GrantType, Redeem, Role, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSeed {
    #[serde(default = "fifteen_minutes")]
    pub(super) access_token_ttl: Ttl,
    #[serde(default = "thirty_days")]
    pub(super) refresh_token_ttl: Ttl,
    pub(super) authorization_code_ttl: Option<Spanned<Ttl>>,
    #[serde(default)]
    pub(super) users: Vec<RawUser>,
    #[serde(default)]
    pub(super) tools: Vec<RawTool>,
    #[serde(default)]
    pub(super) clients: Vec<RawClient>,
    #[serde(default)]
    pub(super) codes: Vec<RawCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUser {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) email: Option<Spanned<String>>,
    pub(super) role: Option<Role>,
    #[serde(default)]
    pub(super) admin: bool,
    #[serde(default)]
    pub(super) entitlements: Vec<RawHeld>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHeld {
    pub(super) tool: Spanned<String>,
    pub(super) days: Spanned<i64>,
    #[serde(default)]
    pub(super) source: Source,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTool {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClient {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) secret: Option<Spanned<String>>,
    pub(super) redirect_uris: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) redeem: Redeem,
    pub(super) grants: Option<Spanned<Vec<GrantType>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCode {
    pub(super) code: Spanned<String>,
    pub(super) tool: Spanned<String>,
    pub(super) days: Spanned<i64>,
    #[serde(default)]
    pub(super) source: Source,
    #[serde(default)]
    pub(super) state: CodeState,
}

/// A lifetime in seconds, written as a number of them or as text with a unit.
pub(super) struct Ttl(pub(super) u64);

fn fifteen_minutes() -> Ttl {
    Ttl(15 * 60)
}

fn thirty_days() -> Ttl {
    Ttl(30 * 86_400)
}

/// A hundred years: what is longer is a slip of the keyboard.
const LONGEST: u64 = 36_500 * 86_400;

impl Ttl {
    fn from_text(text: &str) -> Option<u64> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits)?;
        let seconds = match unit.trim_start() {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(seconds)
    }
}

impl<'de> Deserialize<'de> for Ttl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Option<u64>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of seconds, or text such as \"90s\", \"15m\", \"12h\" or \"30d\"")
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Self::Value, E> {
                Ok(u64::try_from(seconds).ok())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ttl::from_text(text)
                    .map(Some)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        match deserializer.deserialize_any(Visitor)? {
            Some(seconds) if seconds <= LONGEST => Ok(Self(seconds)),
            _ => Err(de::Error::custom("a time must lie between 0 and 36500 days")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_with_a_unit() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2 h", 7_200),
        ] {
            assert_eq!(Ttl::from_text(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "15",
            "m",
            "-1m",
            "1.5h",
            "15 min",
            "1h30m",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert_eq!(Ttl::from_text(text), None, "{text}");
        }
    }
}
