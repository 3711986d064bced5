//! `introspect --compare`: the platform's claims about a token beside the token's own, and where they differ.
//!
//! A token becomes outdated when it is revoked or its user redeems a code, which only the platform knows. The token is
//! read, not verified; `verify` does that.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::output::{JsonText, Page, Style, time};
use crate::json_text;
use crate::{Entitlement, IntrospectResult, TokenPayload, Unverified};

/// The claims that both can have.
const CLAIMS: [&str; 7] = ["sub", "exp", "iat", "jti", "entitlements", "role", "is_admin"];

/// The two sides, claim by claim; `None` where the token is opaque.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Comparison(Option<Vec<Row>>);

/// One claim.
#[derive(Debug, Serialize)]
struct Row {
    name: &'static str,
    server: Option<Member>,
    token: Option<Member>,
    /// `None` where the server does not send it.
    same: Option<bool>,
}

/// A claim of one side, and how it was written.
#[derive(Debug)]
struct Member {
    value: Value,
    text: String,
    /// Its entitlements, where it is those.
    entitlements: Vec<Entitlement>,
}

impl Serialize for Member {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JsonText(&self.text).serialize(serializer)
    }
}

impl Member {
    fn of(value: bool) -> Self {
        Self {
            value: value.into(),
            text: value.to_string(),
            entitlements: Vec::new(),
        }
    }
}

/// The claims of one side.
struct Side<'a> {
    object: &'a Map<String, Value>,
    texts: HashMap<String, &'a str>,
    payload: TokenPayload,
}

impl Side<'_> {
    fn member(&self, name: &str) -> Option<Member> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let entitlements = match name {
            "entitlements" => self.payload.entitlements.clone(),
            _ => Vec::new(),
        };
        Some(Member {
            value: value.clone(),
            text: json_text::formatted(self.texts.get(name)?, false),
            entitlements,
        })
    }
}

impl Comparison {
    pub fn of(token: &str, answer: &IntrospectResult, now: i64) -> Self {
        let Ok(token) = Unverified::parse(token) else {
            return Self(None);
        };
        let [_, claims] = token.texts();
        let server = Side {
            object: &answer.document,
            texts: json_text::members(&answer.text),
            payload: answer.claims(),
        };
        let own = Side {
            object: token.claims(),
            texts: json_text::members(claims),
            payload: token.payload(),
        };
        let unexpired = own.payload.exp.is_none_or(|at| at > now);
        let mut rows = vec![Row {
            name: "active",
            server: Some(Member::of(answer.active)),
            token: Some(Member::of(unexpired)),
            same: Some(answer.active == unexpired),
        }];
        for name in CLAIMS {
            let (on_server, in_token) = (server.member(name), own.member(name));
            // Compared by value, however it is written.
            let alike = match name {
                "exp" => server.payload.exp == own.payload.exp,
                "iat" => server.payload.iat == own.payload.iat,
                "entitlements" => server.payload.entitlements == own.payload.entitlements,
                _ => alike(on_server.as_ref(), in_token.as_ref()),
            };
            if on_server.is_some() || in_token.is_some() {
                let same = on_server.is_some().then_some(alike);
                rows.push(Row {
                    name,
                    server: on_server,
                    token: in_token,
                    same,
                });
            }
        }
        Self(Some(rows))
    }

    pub fn text(&self, page: &mut Page, now: i64) {
        page.gap();
        let Some(rows) = &self.0 else {
            page.styled(Style::Yellow, "the token is opaque: it has no claims to compare");
            return;
        };
        let cells = |row: &Row| {
            let same = match row.same {
                Some(true) => "yes",
                Some(false) => "NO",
                None => "-",
            };
            let text = |side: &Option<Member>| {
                side.as_ref()
                    .map_or_else(|| "-".to_owned(), |member| member_text(row.name, member, now))
            };
            vec![
                row.name.to_owned(),
                text(&row.server),
                text(&row.token),
                same.to_owned(),
            ]
        };
        page.table(
            &["CLAIM", "PLATFORM", "TOKEN, NOT VERIFIED", "SAME"],
            &rows.iter().map(cells).collect::<Vec<_>>(),
        );
        let differ = rows.iter().filter(|row| row.same == Some(false)).count() as u64;
        if differ > 0 {
            let verb = if differ == 1 { "differs" } else { "differ" };
            page.styled(Style::Yellow, &format!("{} {verb}", time::counted(differ, "claim")));
        }
    }
}

/// Whether both are absent or have the same value. Of a number that is no integer of 64 bits the value is not exact.
fn alike(one: Option<&Member>, other: Option<&Member>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.value == other.value && (!one.value.is_f64() || one.text == other.text),
        (None, None) => true,
        _ => false,
    }
}

fn member_text(name: &str, member: &Member, now: i64) -> String {
    match (name, &member.value) {
        ("exp" | "iat", Value::Number(seconds)) if seconds.is_i64() => {
            time::moment(seconds.as_i64().unwrap_or_default(), now)
        }
        ("entitlements", Value::Array(_)) if member.entitlements.is_empty() => "none".into(),
        ("entitlements", Value::Array(_)) => {
            let tools = member.entitlements.iter();
            let tools: Vec<String> = tools
                .map(|one| format!("{} until {}", one.tool_id, time::moment(one.expires_at, now)))
                .collect();
            tools.join("; ")
        }
        (_, Value::String(text)) => text.clone(),
        _ => member.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An unsigned token with these claims.
    fn token(claims: &Value) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        format!("e30.{}.AAAA", BASE64.encode(claims.to_string()))
    }

    fn answer(text: &str) -> IntrospectResult {
        let document: Map<String, Value> = serde_json::from_str(text).unwrap();
        IntrospectResult {
            active: document["active"] == true,
            sub: None,
            exp: None,
            iat: None,
            jti: None,
            entitlements: None,
            document,
            text: text.to_owned(),
        }
    }

    fn rows(claims: Value, document: Value) -> Value {
        json!(Comparison::of(&token(&claims), &answer(&document.to_string()), 100))
    }

    #[test]
    fn differences_are_shown_claim_by_claim() {
        let tools = |until: i64| json!([{"tool_id": 7, "expires_at": until}]);
        let rows = rows(
            json!({"sub": "ada", "exp": 200, "jti": "1", "entitlements": tools(150), "own": 1}),
            json!({"active": false, "sub": "ada", "exp": 200.0, "iat": 5, "entitlements": tools(300)}),
        );
        let agreement: Vec<(&str, &Value)> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["name"].as_str().unwrap(), &row["same"]))
            .collect();
        let (yes, no, silent) = (json!(true), json!(false), Value::Null);
        let expected = [
            ("active", &no),
            ("sub", &yes),
            ("exp", &yes),
            ("iat", &no),
            ("jti", &silent),
            ("entitlements", &no),
        ];
        assert_eq!(agreement, expected);
    }

    #[test]
    fn numbers_of_more_than_64_bits_are_compared_by_their_digits() {
        let (one, other) = ("100000000000000000000000000001", "100000000000000000000000000002");
        let claims = format!(r#"{{"jti":{one},"entitlements":[{{"tool_id":{one},"expires_at":200}}]}}"#);
        let token = {
            use base64::Engine as _;
            use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
            format!("e30.{}.AAAA", BASE64.encode(&claims))
        };
        for (on_server, same) in [(one, true), (other, false)] {
            let text = format!(
                r#"{{"active":true,{}"#,
                claims.replace(one, on_server).trim_start_matches('{')
            );
            let shown = serde_json::to_string(&Comparison::of(&token, &answer(&text), 100)).unwrap();
            let same = format!(r#"{{"name":"jti","server":{on_server},"token":{one},"same":{same}}}"#);
            assert!(shown.contains(&same), "{shown}");
            assert!(shown.contains(&format!(r#""same":{}}}]"#, on_server == one)), "{shown}");
        }
    }

    #[test]
    fn an_opaque_token_has_nothing_to_compare() {
        let comparison = Comparison::of("opaque", &answer(r#"{"active":true}"#), 100);
        assert_eq!(json!(comparison), Value::Null);
    }

    #[test]
    fn an_expired_token_that_the_platform_calls_inactive_is_no_difference() {
        let rows = rows(json!({"exp": 50}), json!({"active": false}));
        assert_eq!(rows[0]["same"], true);
    }
}
