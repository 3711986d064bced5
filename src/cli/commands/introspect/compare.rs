//! `introspect --compare`: the platform's claims about a token beside the token's own, and where they differ.
//!
//! A token becomes outdated when it is revoked or its user redeems a code, which only the platform knows. The token is
//! read, not verified; `verify` does that.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cli::output::{Page, Style, time};
use crate::{TokenPayload, Unverified};

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
    server: Option<Value>,
    token: Option<Value>,
    /// `None` where the server does not send it.
    same: Option<bool>,
}

impl Comparison {
    pub fn of(token: &str, active: bool, document: &Map<String, Value>, now: i64) -> Self {
        let Ok(token) = Unverified::parse(token) else {
            return Self(None);
        };
        let unexpired = token.payload().exp.is_none_or(|at| at > now);
        let mut rows = vec![Row {
            name: "active",
            server: Some(active.into()),
            token: Some(unexpired.into()),
            same: Some(active == unexpired),
        }];
        let (server_claims, token_claims) = (TokenPayload::read(document), token.payload());
        for name in CLAIMS {
            let present = |side: &Map<String, Value>| side.get(name).filter(|value| !value.is_null()).cloned();
            let (server, token) = (present(document), present(token.claims()));
            // Compared by value, however it is written.
            let alike = match name {
                "exp" => server_claims.exp == token_claims.exp,
                "iat" => server_claims.iat == token_claims.iat,
                "entitlements" => server_claims.entitlements == token_claims.entitlements,
                _ => server == token,
            };
            if server.is_some() || token.is_some() {
                let same = server.is_some().then_some(alike);
                rows.push(Row {
                    name,
                    server,
                    token,
                    same,
                });
            }
        }
        Self(Some(rows))
    }

    pub fn document(&self) -> Value {
        json!(self)
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
            let text = |side: &Option<Value>| {
                side.as_ref()
                    .map_or_else(|| "-".to_owned(), |value| value_text(row.name, value, now))
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

fn value_text(name: &str, value: &Value, now: i64) -> String {
    match (name, value) {
        ("exp" | "iat", Value::Number(seconds)) if seconds.is_i64() => {
            time::moment(seconds.as_i64().unwrap_or_default(), now)
        }
        ("entitlements", Value::Array(_)) => {
            let payload = TokenPayload::read(&Map::from_iter([(name.to_owned(), value.clone())]));
            let tools = payload.entitlements.iter();
            let tools: Vec<String> = tools
                .map(|one| format!("{} until {}", one.tool_id, time::moment(one.expires_at, now)))
                .collect();
            if tools.is_empty() {
                "none".into()
            } else {
                tools.join("; ")
            }
        }
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An unsigned token with these claims.
    fn token(claims: &Value) -> String {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
        format!("e30.{}.AAAA", BASE64.encode(claims.to_string()))
    }

    fn rows(claims: Value, document: Value) -> Value {
        let active = document["active"] == true;
        Comparison::of(&token(&claims), active, document.as_object().unwrap(), 100).document()
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
    fn an_opaque_token_has_nothing_to_compare() {
        let comparison = Comparison::of("opaque", true, &Map::new(), 100);
        assert_eq!(comparison.document(), Value::Null);
    }

    #[test]
    fn an_expired_token_that_the_platform_calls_inactive_is_no_difference() {
        let rows = rows(json!({"exp": 50}), json!({"active": false}));
        assert_eq!(rows[0]["same"], true);
    }
}
