//! A session as it is kept: which platform and client it is for, its tokens, and when they end.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::store::StoreError;
use crate::{Secret, TokenPayload, TokenResponse, Unverified};

/// The form of the stored text. A later form gets a later number, so that an older program says so instead of guessing.
const VERSION: u64 = 1;

/// How far a clock may be set back, in seconds, before what was obtained earlier is not believed.
const CLOCK_TOLERANCE: i64 = 300;

/// What a sign-in leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The platform that issued the tokens. They are sent to no other.
    pub base_url: String,
    /// The client that they were issued to.
    pub client_id: String,
    pub access_token: Secret,
    /// Empty where there is none.
    pub refresh_token: Secret,
    pub token_type: String,
    /// When the access token ends, in Unix seconds; `None` where neither the server nor the token says.
    pub expires_at: Option<i64>,
    /// When the access token was obtained, in Unix seconds.
    pub obtained_at: i64,
}

impl Session {
    /// The session that begins with an answer of the token endpoint.
    pub fn from_token_response(base_url: &str, client_id: &str, tokens: TokenResponse, now: i64) -> Self {
        Self {
            base_url: base_url.to_owned(),
            client_id: client_id.to_owned(),
            expires_at: ends(&tokens, now),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: tokens.token_type,
            obtained_at: now,
        }
    }

    /// The session after a refresh. An answer without a refresh token keeps the old one (rule S7).
    pub(super) fn refreshed(&self, mut tokens: TokenResponse, now: i64) -> Self {
        if tokens.refresh_token.is_empty() {
            tokens.refresh_token = self.refresh_token.clone();
        }
        Self::from_token_response(&self.base_url, &self.client_id, tokens, now)
    }

    /// The session with another access token, which says itself when it ends.
    pub(super) fn with_access_token(&self, access_token: Secret, now: i64) -> Self {
        let tokens = TokenResponse {
            access_token,
            token_type: self.token_type.clone(),
            expires_in: 0,
            refresh_token: self.refresh_token.clone(),
        };
        Self::from_token_response(&self.base_url, &self.client_id, tokens, now)
    }

    /// Whether the access token lives at `now` and for `ttl` beyond it. One without an end lives.
    pub fn is_valid_for(&self, ttl: Duration, now: i64) -> bool {
        self.expires_at.is_none_or(|at| unexpired_for(at, ttl, now))
    }

    /// Whether it was obtained in what is now the future: the clock was ahead then, and its `expires_at` says nothing.
    pub(super) fn obtained_in_the_future(&self, now: i64) -> bool {
        self.obtained_at > now.saturating_add(CLOCK_TOLERANCE)
    }

    /// What the access token says of itself, not verified; nothing where it is no JWT.
    pub fn payload(&self) -> Option<TokenPayload> {
        Unverified::parse(self.access_token.expose())
            .ok()
            .map(|token| token.payload())
    }

    /// The text that a store keeps.
    pub fn to_text(&self) -> Secret {
        json!({
            "version": VERSION,
            "base_url": self.base_url,
            "client_id": self.client_id,
            "access_token": self.access_token.expose(),
            "refresh_token": self.refresh_token.expose(),
            "token_type": self.token_type,
            "expires_at": self.expires_at,
            "obtained_at": self.obtained_at,
        })
        .to_string()
        .into()
    }

    /// Reads what a store kept. The error names what is wrong, and nothing of the text.
    pub fn from_text(text: &Secret, profile: &str) -> Result<Self, StoreError> {
        let corrupt = |reason: String| StoreError::Corrupt {
            profile: profile.to_owned(),
            reason,
        };
        let object: Map<String, Value> =
            serde_json::from_str(text.expose()).map_err(|_| corrupt("it is not a JSON object".into()))?;
        match object.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                return Err(corrupt(format!(
                    "it has the form {other} of another version of `noesis`"
                )));
            }
            None => return Err(corrupt("it has no `version`".into())),
        }
        let text = |name: &str| {
            let text = object.get(name).and_then(Value::as_str);
            text.ok_or_else(|| corrupt(format!("its `{name}` is missing")))
        };
        let token = |name: &str| {
            let token = Secret::from(text(name)?);
            match token.is_sendable() {
                true => Ok(token),
                false => Err(corrupt(format!("its `{name}` is no token"))),
            }
        };
        if text("access_token")?.is_empty() {
            return Err(corrupt("its `access_token` is empty".into()));
        }
        Ok(Self {
            base_url: text("base_url")?.to_owned(),
            client_id: text("client_id")?.to_owned(),
            access_token: token("access_token")?,
            refresh_token: token("refresh_token")?,
            token_type: text("token_type")?.to_owned(),
            expires_at: match object.get("expires_at") {
                None | Some(Value::Null) => None,
                Some(at) => Some(
                    at.as_i64()
                        .ok_or_else(|| corrupt("its `expires_at` is no time".into()))?,
                ),
            },
            obtained_at: object
                .get("obtained_at")
                .and_then(Value::as_i64)
                .ok_or_else(|| corrupt("its `obtained_at` is no time".into()))?,
        })
    }
}

/// Whether what ends at a moment lives at `now`, and for `ttl` beyond it.
pub fn unexpired_for(at: i64, ttl: Duration, now: i64) -> bool {
    let ttl = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
    at > now && at.saturating_sub(now) >= ttl
}

/// When an access token ends: by `expires_in`, which our own clock measures, or else by the token's `exp`.
fn ends(tokens: &TokenResponse, now: i64) -> Option<i64> {
    if tokens.expires_in > 0 {
        return Some(now.saturating_add(i64::try_from(tokens.expires_in).unwrap_or(i64::MAX)));
    }
    Unverified::parse(tokens.access_token.expose()).ok()?.payload().exp
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(refresh_token: &str, expires_in: u64) -> TokenResponse {
        TokenResponse {
            // {"alg":"none"}, {"exp":1700000000}
            access_token: "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.AA".into(),
            token_type: "bearer".into(),
            expires_in,
            refresh_token: refresh_token.into(),
        }
    }

    #[test]
    fn a_session_survives_its_store() {
        let session = Session::from_token_response("https://a", "cli", tokens("r", 900), 100);
        assert_eq!(Session::from_text(&session.to_text(), "default").unwrap(), session);
        assert_eq!(session.expires_at, Some(1000));
    }

    #[test]
    fn s7_an_answer_without_a_refresh_token_keeps_the_old_one() {
        let session = Session::from_token_response("https://a", "cli", tokens("old", 900), 100);
        assert_eq!(session.refreshed(tokens("", 900), 200).refresh_token.expose(), "old");
        assert_eq!(session.refreshed(tokens("new", 900), 200).refresh_token.expose(), "new");
    }

    #[test]
    fn without_expires_in_the_token_says_when_it_ends() {
        assert_eq!(
            Session::from_token_response("https://a", "cli", tokens("", 0), 100).expires_at,
            Some(1_700_000_000)
        );
        let opaque = TokenResponse {
            access_token: "opaque".into(),
            ..tokens("", 0)
        };
        let session = Session::from_token_response("https://a", "cli", opaque, 100);
        assert_eq!(session.expires_at, None);
        assert!(session.is_valid_for(Duration::from_secs(u64::MAX), i64::MAX));
    }

    #[test]
    fn what_is_no_session_is_refused_without_being_quoted() {
        let whole = Session::from_token_response("https://a", "cli", tokens("canary", 1), 1).to_text();
        let cut: String = whole.expose().chars().take(120).collect();
        for text in [
            "",
            "[]",
            "canary",
            "{\"version\":2,\"access_token\":\"canary\"}",
            "{\"access_token\":\"canary\"}",
            &cut,
        ] {
            let error = Session::from_text(&text.into(), "default").unwrap_err().to_string();
            assert!(
                error.contains("profile `default`") && !error.contains("canary"),
                "{error}"
            );
        }
    }
}
