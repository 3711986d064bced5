//! The claims of a platform token: user, times, entitlements (rule T14, and `docs/protocol.md`).

use std::borrow::Cow;

use jiff::civil::DateTime;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::json::{Json, Object};
use crate::json_text::is_integer;

/// The claims of a platform token, the SDK's `TokenPayload`.
///
/// A claim that is absent or of the wrong type is `None` here, or the protocol's default: reading is not verifying.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TokenPayload {
    /// The user's ID.
    pub sub: Option<String>,
    /// When the token expires, in Unix seconds.
    pub exp: Option<i64>,
    /// When it was issued, in Unix seconds.
    pub iat: Option<i64>,
    /// Its own ID.
    pub jti: Option<String>,
    /// The tools that the user may use. Malformed entries are ignored (rule T14).
    pub entitlements: Vec<Entitlement>,
    /// `integrator`, `distributor`, or none.
    pub role: Option<String>,
    /// Whether the user is an admin: true only for JSON `true`.
    pub is_admin: bool,
}

/// The right to use one tool until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entitlement {
    /// The tool. IDs that came as integers are their decimal digits.
    pub tool_id: String,
    /// Until when, in Unix seconds.
    pub expires_at: i64,
    /// How it was obtained; `purchase` if the token does not say.
    pub source: String,
}

/// As the SDK's `Entitlement` gives it: an object with these three members.
impl Serialize for Entitlement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Entitlement", 3)?;
        object.serialize_field("tool_id", &self.tool_id)?;
        object.serialize_field("expires_at", &self.expires_at)?;
        object.serialize_field("source", &self.source)?;
        object.end()
    }
}

impl TokenPayload {
    /// Reads what is there in a text that is a JSON object; what the strict reader refuses, from the parsed object.
    #[cfg(feature = "fetch")]
    pub(crate) fn read_text(text: &str, claims: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self::of(&Object::read(text).unwrap_or_else(|_| Object::from(claims)))
    }

    /// Reads what is there.
    #[cfg(test)]
    pub(crate) fn read(claims: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self::of(&Object::from(claims))
    }

    /// Reads what is there.
    pub(super) fn of(claims: &Object<'_>) -> Self {
        let text = |name: &str| claims.text(name).map(str::to_owned);
        let moment = |name: &str| claims.get(name).and_then(seconds);
        Self {
            sub: text("sub"),
            exp: moment("exp"),
            iat: moment("iat"),
            jti: text("jti"),
            entitlements: entries(claims).map(Entitlement::from).collect(),
            role: text("role"),
            is_admin: claims.get("is_admin") == Some(&Json::Bool(true)),
        }
    }

    /// Whether some entitlement names the tool and has not expired at `now` (Unix seconds), the SDK's `has_tool_access`.
    ///
    /// Tool IDs compare as strings, so an integer may be given as well.
    pub fn has_tool_access(&self, tool_id: impl ToString, now: i64) -> bool {
        self.opens(&tool_id.to_string(), now)
    }

    /// The same of an ID that is text.
    pub(crate) fn opens(&self, tool_id: &str, now: i64) -> bool {
        self.access_until(tool_id).is_some_and(|until| until > now)
    }

    /// When the last entitlement to a tool expires, in Unix seconds; `None` where no entitlement names it.
    pub(crate) fn access_until(&self, tool_id: &str) -> Option<i64> {
        let named = self.entitlements.iter().filter(|e| e.tool_id == tool_id);
        named.map(|e| e.expires_at).max()
    }
}

/// When the last entitlement to a tool in the claims expires, as [`TokenPayload::access_until`].
pub(super) fn access_until(claims: &Object<'_>, tool_id: &str) -> Option<i64> {
    let named = entries(claims).filter(|entry| entry.tool_id == tool_id);
    named.map(|entry| entry.expires_at).max()
}

/// An entitlement as it stands in a token, nothing of it copied.
struct EntitlementView<'a> {
    tool_id: Cow<'a, str>,
    expires_at: i64,
    source: &'a str,
}

/// The entitlements that claims hold, without those that are malformed (rule T14).
fn entries<'a>(claims: &'a Object<'_>) -> impl Iterator<Item = EntitlementView<'a>> {
    let list: &[Json<'_>] = match claims.get("entitlements") {
        Some(Json::List(list)) => list,
        _ => &[],
    };
    list.iter().filter_map(EntitlementView::of)
}

impl<'a> EntitlementView<'a> {
    fn of(entry: &'a Json<'_>) -> Option<Self> {
        let Json::Object(entry) = entry else { return None };
        let tool_id = match entry.get("tool_id")? {
            Json::Text(id) => Cow::Borrowed(&**id),
            Json::Number(id) if id.is_i64() || id.is_u64() => Cow::Owned(id.to_string()),
            Json::Exact(id) if is_integer(id.text) => Cow::Borrowed(id.text),
            _ => return None,
        };
        let expires_at = match entry.get("expires_at")? {
            Json::Text(date) => date_time(date)?,
            number => seconds(number)?,
        };
        Some(Self {
            tool_id,
            expires_at,
            source: entry.text("source").unwrap_or("purchase"),
        })
    }
}

impl From<EntitlementView<'_>> for Entitlement {
    fn from(entry: EntitlementView<'_>) -> Self {
        Self {
            tool_id: entry.tool_id.into_owned(),
            expires_at: entry.expires_at,
            source: entry.source.to_owned(),
        }
    }
}

/// The first whole second that does not come before a moment, which a JSON number gives in Unix seconds: of two moments
/// that are both compared with a clock of whole seconds, a fraction is as late as the next second.
///
/// A number that is out of range is the greatest or least second.
pub(super) fn seconds(value: &Json<'_>) -> Option<i64> {
    let number = match value {
        Json::Number(number) => number,
        Json::Exact(exact) => &exact.value,
        _ => return None,
    };
    // `as` saturates.
    number
        .as_i64()
        .or_else(|| number.as_f64().map(|seconds| seconds.ceil() as i64))
}

/// The same of a date and time with its offset (RFC 3339 §5.6), such as the platform's answers have them.
///
/// It is computed on the calendar: `9999-12-31T23:59:59Z`, which many write for "never", is beyond the library's moments.
fn date_time(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let (date, rest) = upper.split_once('T')?;
    let at = rest.find(['Z', '+', '-'])?;
    let (time, offset) = (rest.get(..at)?, rest.get(at..)?);
    let (time, fraction) = match time.split_once('.') {
        Some((time, digits)) => {
            let counted = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            (time, counted.then(|| digits.bytes().any(|byte| byte != b'0'))?)
        }
        None => (time, false),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    // A leap second counts as the one before it.
    let second = if second == 60 { 59 } else { second };
    let (year, month, day) = (
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    let (hour, minute, second) = (
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
    );
    let local = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let since = local
        .duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0))
        .as_secs();
    let ahead = match offset
        .strip_prefix('+')
        .map(|o| (1, o))
        .or(offset.strip_prefix('-').map(|o| (-1, o)))
    {
        None => (offset == "Z").then_some(0)?,
        Some((sign, offset)) => {
            let [hours, minutes] = numbers(offset, ':', [2, 2])?;
            (hours < 24 && minutes < 60).then_some(sign * i64::from(hours * 3600 + minutes * 60))?
        }
    };
    Some(since - ahead + i64::from(fraction))
}

/// The numbers of a text like `10:00:00`, each with exactly so many digits.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(claims: Value) -> TokenPayload {
        TokenPayload::read(claims.as_object().unwrap())
    }

    #[test]
    fn t14_a_malformed_entitlement_grants_nothing_and_does_not_affect_the_others() {
        let payload = read(json!({"entitlements": [
            {"tool_id": "ocr", "expires_at": 200},
            {"tool_id": 7, "expires_at": 200.9, "source": "invite"},
            {"tool_id": "iso", "expires_at": "2026-06-23T10:00:00Z"},
            {"tool_id": "naive", "expires_at": "2026-06-23T10:00:00"},
            {"tool_id": null, "expires_at": 200}, {"tool_id": true, "expires_at": 200}, {"tool_id": 1.5, "expires_at": 200},
            {"tool_id": "x"}, {"expires_at": 1}, "ocr", null, 5, [],
            {"tool_id": "bool", "expires_at": true},
        ]}));
        // A fraction of a second expires at the next whole second.
        assert!(payload.has_tool_access(7, 200) && !payload.has_tool_access(7, 201));
        let ids: Vec<&str> = payload.entitlements.iter().map(|e| e.tool_id.as_str()).collect();
        assert_eq!(ids, ["ocr", "7", "iso"]);
        assert!(payload.has_tool_access("ocr", 199) && !payload.has_tool_access("ocr", 200));
        assert!(payload.has_tool_access(7, 199) && !payload.has_tool_access("07", 199));
        assert_eq!(payload.entitlements[1].expires_at, 201);
        assert_eq!(payload.entitlements[0].source, "purchase");
        assert_eq!(payload.entitlements[2].expires_at, 1_782_208_800);
    }

    #[test]
    fn t14_an_integer_of_any_length_names_a_tool_by_its_digits() {
        let text = r#"{"entitlements": [
            {"tool_id": 100000000000000000000000000001, "expires_at": 200},
            {"tool_id": -18446744073709551617, "expires_at": 200},
            {"tool_id": 1e30, "expires_at": 200}, {"tool_id": -0, "expires_at": 200}, {"tool_id": 1.0, "expires_at": 200},
            {"tool_id": "late", "expires_at": 100000000000000000000}
        ]}"#;
        let payload = TokenPayload::of(&Object::read(text).unwrap());
        let ids: Vec<&str> = payload.entitlements.iter().map(|e| e.tool_id.as_str()).collect();
        assert_eq!(ids, ["100000000000000000000000000001", "-18446744073709551617", "late"]);
        assert_eq!(payload.entitlements[2].expires_at, i64::MAX);
    }

    #[test]
    fn t14_only_json_true_makes_an_admin() {
        for value in [
            json!(1),
            json!("true"),
            json!([true]),
            json!({}),
            json!(null),
            json!(false),
        ] {
            assert!(!read(json!({ "is_admin": value })).is_admin);
        }
        assert!(read(json!({"is_admin": true})).is_admin);
        assert_eq!(read(json!({"role": 5, "sub": {}, "exp": "1"})), read(json!({})));
    }

    #[test]
    fn t14_a_date_and_time_counts_with_its_offset_and_in_no_other_form() {
        for (text, seconds) in [
            ("2026-06-23T10:00:00Z", 1_782_208_800),
            ("2026-06-23t10:00:00z", 1_782_208_800),
            ("2026-06-23T12:30:00+02:30", 1_782_208_800),
            ("2026-06-23T09:00:00-01:00", 1_782_208_800),
            ("2026-06-23T10:00:00.000Z", 1_782_208_800),
            ("2026-06-23T10:00:00.000000001Z", 1_782_208_801),
            ("2026-06-23T09:59:60Z", 1_782_208_799),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139),
            ("1970-01-01T00:00:00Z", 0),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("2024-02-29T00:00:00Z", 1_709_164_800),
        ] {
            assert_eq!(date_time(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "T",
            "2026-06-23",
            "2026-06-23T10:00:00",
            "2026-06-23 10:00:00Z",
            "2026-06-23T10:00Z",
            "20260623T100000Z",
            "2026-06-23T10:00:00.Z",
            "2026-06-23T10:00:00.1234567890Z",
            "2026-06-23T10:00:00+02",
            "2026-06-23T10:00:00+0200",
            "2026-06-23T10:00:00+24:00",
            "2026-06-23T10:00:00+00:60",
            "2026-06-23T24:00:00Z",
            "2026-06-23T10:60:00Z",
            "2026-06-23T10:00:61Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "+002026-06-23T10:00:00Z",
            "-2026-06-23T10:00:00Z",
            "2026-06-23T10:00:00Z[UTC]",
            " 2026-06-23T10:00:00Z",
            "2026-06-23T10:00:00ZZ",
            "2026-6-23T10:00:00Z",
            "2026-06-23T10:00:00Z+00:00",
            "２026-06-23T10:00:00Z",
            "2026-06-23T10:00:00,5Z",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }
}
