//! The shape of a seed file for serde. Values that are checked later keep their position.

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

use super::model::{CodeState, EntitlementSource, GrantType, Redeem, Role};
use crate::sandbox::time;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a seed")]
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
#[serde(deny_unknown_fields, expecting = "a user: a table")]
pub(super) struct RawUser {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) email: Option<Spanned<String>>,
    pub(super) role: Option<Role>,
    #[serde(default)]
    pub(super) admin: bool,
    #[serde(default)]
    pub(super) entitlements: Vec<RawEntitlement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an entitlement: a table")]
pub(super) struct RawEntitlement {
    pub(super) tool: Spanned<String>,
    pub(super) days: Spanned<i64>,
    #[serde(default)]
    pub(super) source: EntitlementSource,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a tool: a table")]
pub(super) struct RawTool {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a client: a table")]
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
#[serde(deny_unknown_fields, expecting = "a code: a table")]
pub(super) struct RawCode {
    pub(super) code: Spanned<String>,
    pub(super) tool: Spanned<String>,
    pub(super) days: Spanned<i64>,
    #[serde(default)]
    pub(super) source: EntitlementSource,
    #[serde(default)]
    pub(super) state: CodeState,
}

/// A lifetime in seconds, written as a number or as text with units.
pub(super) struct Ttl(pub(super) u64);

fn fifteen_minutes() -> Ttl {
    Ttl(15 * 60)
}

fn thirty_days() -> Ttl {
    Ttl(30 * 86_400)
}

/// A hundred years: anything longer is a typing mistake.
const MAX_TTL: u64 = 36_500 * 86_400;

impl Ttl {
    fn parse(text: &str) -> Option<u64> {
        let ttl = time::parse_duration(text).filter(|ttl| ttl.subsec_nanos() == 0)?;
        u64::try_from(ttl.as_secs()).ok()
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
                Ttl::parse(text)
                    .map(Some)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        match deserializer.deserialize_any(Visitor)? {
            Some(seconds) if seconds <= MAX_TTL => Ok(Self(seconds)),
            _ => Err(de::Error::custom("a time must be between 0 and 36500 days")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_duration_in_whole_seconds_that_is_not_negative() {
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2 h", 7_200),
            ("15 min", 900),
            ("1h30m", 5_400),
            ("1.5h", 5_400),
        ] {
            assert_eq!(Ttl::parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "15",
            "m",
            "-1m",
            "500ms",
            "1mo",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert_eq!(Ttl::parse(text), None, "{text}");
        }
    }
}
