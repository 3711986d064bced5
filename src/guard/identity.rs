//! The identity headers: the claims of a verified token, as the guard sends them to the tool (rule G3).

use std::ops::Range;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::TokenPayload;

/// What is percent-encoded: every character that could end a header, a list or an escape. So is everything beyond ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b'\\');

const SUB: HeaderName = HeaderName::from_static("x-noesis-sub");
const ROLE: HeaderName = HeaderName::from_static("x-noesis-role");
const ADMIN: HeaderName = HeaderName::from_static("x-noesis-admin");
const JTI: HeaderName = HeaderName::from_static("x-noesis-jti");
const ENTITLEMENTS: HeaderName = HeaderName::from_static("x-noesis-entitlements");

/// The five identity headers of a valid token. All of them are always set, with an empty value for an absent claim, so that
/// no value that a client sent under one of the names remains.
#[derive(Debug)]
pub(super) struct Identity([(HeaderName, HeaderValue); 5]);

impl Identity {
    /// The headers of a token that is valid at `now`: its current entitlements are listed, percent-encoded, separated by
    /// commas.
    pub fn of(payload: &TokenPayload, now: i64) -> Self {
        let mut buffer = Buffer(String::with_capacity(256));
        let [sub, role, jti] = [&payload.sub, &payload.role, &payload.jti].map(|claim| buffer.append(claim.as_deref()));
        let current = payload.entitlements.iter().filter(|e| e.expires_at > now);
        let mut tools: Vec<&str> = current.map(|e| e.tool_id.as_str()).collect();
        tools.dedup();
        let entitlements = buffer.append(tools);
        // All values are slices of one buffer, so that cloning one increments a reference count and copies nothing.
        let buffer = Bytes::from(buffer.0);
        let value = |range| {
            // Encoded text is visible ASCII, which is always a valid value.
            HeaderValue::from_maybe_shared(buffer.slice(range)).unwrap_or(HeaderValue::from_static(""))
        };
        let admin = HeaderValue::from_static(if payload.is_admin { "true" } else { "false" });
        Self([
            (SUB, value(sub)),
            (ROLE, value(role)),
            (ADMIN, admin),
            (JTI, value(jti)),
            (ENTITLEMENTS, value(entitlements)),
        ])
    }

    /// Sets the headers, and replaces those of the same names.
    pub fn set(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

/// The text that the values are appended to.
struct Buffer(String);

impl Buffer {
    /// Appends a list, percent-encoded and separated by commas; returns its range.
    fn append<'t>(&mut self, list: impl IntoIterator<Item = &'t str>) -> Range<usize> {
        let from = self.0.len();
        for (index, text) in list.into_iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.0.extend(utf8_percent_encode(text, ESCAPED));
        }
        from..self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g3_no_claim_can_add_a_header_or_a_tool() {
        let claims = serde_json::json!({
            "sub": "a\r\nX-Noesis-Admin: true", "role": "é\u{0}%", "jti": "1, 2", "is_admin": "true",
            "entitlements": [
                { "tool_id": "a,b", "expires_at": 100 },
                { "tool_id": 7, "expires_at": 100 },
                { "tool_id": "over", "expires_at": 50 },
            ],
        });
        let payload = TokenPayload::read(claims.as_object().unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("x-noesis-sub", HeaderValue::from_static("somebody else"));
        Identity::of(&payload, 50).set(&mut headers);
        let all: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap())).collect();
        assert_eq!(
            all,
            [
                ("x-noesis-sub", "a%0D%0AX-Noesis-Admin:%20true"),
                ("x-noesis-role", "%C3%A9%00%25"),
                ("x-noesis-admin", "false"),
                ("x-noesis-jti", "1%2C%202"),
                ("x-noesis-entitlements", "a%2Cb,7"),
            ]
        );
    }
}
