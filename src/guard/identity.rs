//! Who it is, in headers: what the guard says to the tool behind it, and what nobody else may say in its place (rule G3).

use std::ops::Range;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::TokenPayload;

/// What is not written as it is: all that could end a header, a list or an escape. Everything beyond ASCII is encoded too.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b'\\');

const SUB: HeaderName = HeaderName::from_static("x-noesis-sub");
const ROLE: HeaderName = HeaderName::from_static("x-noesis-role");
const ADMIN: HeaderName = HeaderName::from_static("x-noesis-admin");
const JTI: HeaderName = HeaderName::from_static("x-noesis-jti");
const ENTITLEMENTS: HeaderName = HeaderName::from_static("x-noesis-entitlements");

/// The five headers of a token that holds. They are always all set, an absent claim to nothing, so that what a client has
/// sent under a name never stays.
#[derive(Debug)]
pub(super) struct Identity([(HeaderName, HeaderValue); 5]);

impl Identity {
    /// Of a token that holds at `now`: with the tools whose time is not over, percent-encoded, with commas between.
    pub fn of(payload: &TokenPayload, now: i64) -> Self {
        let mut page = Page(String::with_capacity(256));
        let [sub, role, jti] = [&payload.sub, &payload.role, &payload.jti].map(|claim| page.write(claim.as_deref()));
        let living = payload.entitlements.iter().filter(|e| e.expires_at > now);
        let mut tools: Vec<&str> = living.map(|e| e.tool_id.as_str()).collect();
        tools.dedup();
        let entitlements = page.write(tools);
        // All values are parts of one text, so that a copy of one counts a reference and copies nothing.
        let page = Bytes::from(page.0);
        let value = |range| {
            // What was encoded is visible ASCII.
            HeaderValue::from_maybe_shared(page.slice(range)).unwrap_or(HeaderValue::from_static(""))
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

    /// Sets the headers, in the place of any that are there.
    pub fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

/// The text that the values are written into, one after the other.
struct Page(String);

impl Page {
    /// Writes a list, percent-encoded, with commas between; where it stands.
    fn write<'t>(&mut self, list: impl IntoIterator<Item = &'t str>) -> Range<usize> {
        let from = self.0.len();
        for (place, text) in list.into_iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.0.extend(utf8_percent_encode(text, ESCAPED));
        }
        from..self.0.len()
    }
}

/// Whether a header is one of ours to whoever reads it: CGI, WSGI and their likes take `-`, `_` and `.` for one character.
pub(super) fn is_ours(name: &HeaderName) -> bool {
    reads_as(name, "xnoesis")
}

/// Whether the letters and digits of a name begin so.
pub(super) fn reads_as(name: &HeaderName, beginning: &str) -> bool {
    let mut letters = name.as_str().bytes().filter(u8::is_ascii_alphanumeric);
    beginning.bytes().all(|letter| letters.next() == Some(letter))
}

/// Drops the headers that a condition holds for.
pub(super) fn drop_headers(headers: &mut HeaderMap, condition: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| condition(name)).cloned().collect();
    for name in names {
        headers.remove(name);
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
        Identity::of(&payload, 50).put(&mut headers);
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

    #[test]
    fn g3_every_alias_of_our_names_is_dropped_and_no_other() {
        let mut headers = HeaderMap::new();
        for name in [
            "x-noesis-sub",
            "x_noesis_sub",
            "x-noesis.sub",
            "x.noesis.admin",
            "X-NOESIS_ROLE",
            "x--noesis-jti",
            "xnoesissub",
            "x-noesis-anything",
            "x-nois",
            "authorization",
            "x-no-esi",
            "noesis-sub",
        ] {
            headers.insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_static("v"),
            );
        }
        drop_headers(&mut headers, is_ours);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["authorization", "noesis-sub", "x-no-esi", "x-nois"]);
    }
}
