//! What a platform token says: the user, the times, the tools (rule T14 and `PROTOCOL.md`'s claims).

use serde_json::{Map, Value};

/// The claims of a platform token, the SDK's `TokenPayload`.
///
/// A claim that is absent or of the wrong type is `None` here, or the protocol's default: reading is not judging.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TokenPayload {
    /// The user's ID.
    pub sub: Option<String>,
    /// When the token ends, in Unix seconds.
    pub exp: Option<i64>,
    /// When it was issued, in Unix seconds.
    pub iat: Option<i64>,
    /// Its own ID.
    pub jti: Option<String>,
    /// The tools that the user may use. Malformed entries are left out (rule T14).
    pub entitlements: Vec<Entitlement>,
    /// `integrator`, `distributor`, or none.
    pub role: Option<String>,
    /// Whether the user is an admin: true only for JSON `true`.
    pub is_admin: bool,
}

/// The right to use one tool until a moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Entitlement {
    /// The tool. IDs that came as integers are their decimal digits.
    pub tool_id: String,
    /// Until when, in Unix seconds.
    pub expires_at: i64,
    /// How it was come by: `purchase` where the token does not say.
    pub source: String,
}

impl TokenPayload {
    /// Reads what is there.
    pub(crate) fn read(claims: &Map<String, Value>) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            sub: text("sub"),
            exp: claims.get("exp").and_then(seconds),
            iat: claims.get("iat").and_then(seconds),
            jti: text("jti"),
            entitlements: claims
                .get("entitlements")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Entitlement::read)
                .collect(),
            role: text("role"),
            is_admin: claims.get("is_admin") == Some(&Value::Bool(true)),
        }
    }

    /// Whether some entitlement names the tool and has not ended at `now` (Unix seconds), the SDK's `has_tool_access`.
    ///
    /// Tool IDs compare as strings, so an integer may be given as well.
    pub fn has_tool_access(&self, tool_id: impl ToString, now: i64) -> bool {
        let tool_id = tool_id.to_string();
        self.entitlements
            .iter()
            .any(|e| e.tool_id == tool_id && e.expires_at > now)
    }
}

impl Entitlement {
    fn read(entry: &Value) -> Option<Self> {
        let tool_id = match entry.get("tool_id")? {
            Value::String(id) => id.clone(),
            Value::Number(id) if id.is_i64() || id.is_u64() => id.to_string(),
            _ => return None,
        };
        let expires_at = match entry.get("expires_at")? {
            Value::String(date) => date.parse::<jiff::Timestamp>().ok()?.as_second(),
            number => seconds(number)?,
        };
        let source = entry.get("source").and_then(Value::as_str).unwrap_or("purchase");
        Some(Self {
            tool_id,
            expires_at,
            source: source.to_owned(),
        })
    }
}

/// A moment in Unix seconds: any finite JSON number, its fraction dropped.
fn seconds(value: &Value) -> Option<i64> {
    // `as` saturates, which is what a moment beyond all clocks should do.
    value.as_i64().or_else(|| value.as_f64().map(|n| n as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(claims: Value) -> TokenPayload {
        TokenPayload::read(claims.as_object().unwrap())
    }

    #[test]
    fn t14_a_malformed_entitlement_grants_nothing_and_spoils_no_other() {
        let payload = read(json!({"entitlements": [
            {"tool_id": "ocr", "expires_at": 200},
            {"tool_id": 7, "expires_at": 200.9, "source": "invite"},
            {"tool_id": "iso", "expires_at": "2026-06-23T10:00:00Z"},
            {"tool_id": "naive", "expires_at": "2026-06-23T10:00:00"},
            {"tool_id": null, "expires_at": 200}, {"tool_id": true, "expires_at": 200}, {"tool_id": 1.5, "expires_at": 200},
            {"tool_id": "x"}, {"expires_at": 1}, "ocr", null, 5, [],
            {"tool_id": "bool", "expires_at": true},
        ]}));
        let ids: Vec<&str> = payload.entitlements.iter().map(|e| e.tool_id.as_str()).collect();
        assert_eq!(ids, ["ocr", "7", "iso"]);
        assert!(payload.has_tool_access("ocr", 199) && !payload.has_tool_access("ocr", 200));
        assert!(payload.has_tool_access(7, 199) && !payload.has_tool_access("07", 199));
        assert_eq!(payload.entitlements[0].source, "purchase");
        assert_eq!(payload.entitlements[2].expires_at, 1_782_208_800);
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
}
