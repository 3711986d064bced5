//! A stored session: its platform and client, its tokens, and when they expire.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::store::StoreError;
use crate::{Secret, TokenPayload, TokenResponse, Unverified};

/// The version of the stored format. A later format gets a higher number, which older programs report instead of guessing.
const VERSION: u64 = 1;

/// How far the clock may be set back, in seconds, before the times of a session are not trusted.
const CLOCK_TOLERANCE: i64 = 300;

/// What a sign-in stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The platform that issued the tokens, the only one that they are sent to.
    pub base_url: String,
    /// The client that they were issued to.
    pub client_id: String,
    pub access_token: Secret,
    /// Empty if there is none.
    pub refresh_token: Secret,
    pub token_type: String,
    /// When the access token expires, in Unix seconds; `None` where neither the response nor the token says.
    pub expires_at: Option<i64>,
    /// When the access token was obtained, in Unix seconds.
    pub obtained_at: i64,
}

impl Session {
    /// The session of a token response.
    pub fn from_token_response(base_url: &str, client_id: &str, tokens: TokenResponse, now: i64) -> Self {
        Self {
            base_url: base_url.to_owned(),
            client_id: client_id.to_owned(),
            expires_at: expiry(&tokens, now),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            token_type: tokens.token_type,
            obtained_at: now,
        }
    }

    /// The session after a refresh. A response without a refresh token keeps the old one (rule S7).
    pub(super) fn refreshed(&self, mut tokens: TokenResponse, now: i64) -> Self {
        if tokens.refresh_token.is_empty() {
            tokens.refresh_token = self.refresh_token.clone();
        }
        Self::from_token_response(&self.base_url, &self.client_id, tokens, now)
    }

    /// The session with another access token, whose `exp` is its expiry.
    pub(super) fn with_access_token(&self, access_token: Secret, now: i64) -> Self {
        let tokens = TokenResponse {
            access_token,
            token_type: self.token_type.clone(),
            expires_in: 0,
            refresh_token: self.refresh_token.clone(),
            unread: Vec::new(),
        };
        Self::from_token_response(&self.base_url, &self.client_id, tokens, now)
    }

    /// Whether the access token is valid at `now` and for `ttl` after it. One without an expiry is.
    pub fn is_valid_for(&self, ttl: Duration, now: i64) -> bool {
        self.expires_at.is_none_or(|at| unexpired_for(at, ttl, now))
    }

    /// Whether it was obtained after `now`: the clock was ahead then, so that `expires_at` is not reliable.
    pub(super) fn obtained_in_the_future(&self, now: i64) -> bool {
        self.obtained_at > now.saturating_add(CLOCK_TOLERANCE)
    }

    /// The payload of the access token, not verified; `None` if it is not a JWT.
    pub fn payload(&self) -> Option<TokenPayload> {
        Unverified::parse(self.access_token.expose())
            .ok()
            .map(|token| token.payload())
    }

    /// The text for a store.
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

    /// Parses the text of a store. The error says what is wrong, without quoting the text.
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
                    "it has format {other}, of another version of `noesis`"
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
                false => Err(corrupt(format!("its `{name}` is not a token"))),
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
                        .ok_or_else(|| corrupt("its `expires_at` is not a time".into()))?,
                ),
            },
            obtained_at: object
                .get("obtained_at")
                .and_then(Value::as_i64)
                .ok_or_else(|| corrupt("its `obtained_at` is not a time".into()))?,
        })
    }
}

/// Whether a token that expires `at` is valid at `now` and for `ttl` after it.
pub fn unexpired_for(at: i64, ttl: Duration, now: i64) -> bool {
    let ttl = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
    at > now && at.saturating_sub(now) >= ttl
}

/// When an access token expires: by `expires_in`, which does not depend on the platform's clock, or else by the token's `exp`.
fn expiry(tokens: &TokenResponse, now: i64) -> Option<i64> {
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
            unread: Vec::new(),
        }
    }

    #[test]
    fn a_session_is_parsed_as_it_was_serialized() {
        let session = Session::from_token_response("https://a", "cli", tokens("r", 900), 100);
        assert_eq!(Session::from_text(&session.to_text(), "default").unwrap(), session);
        assert_eq!(session.expires_at, Some(1000));
    }

    #[test]
    fn s7_a_response_without_a_refresh_token_keeps_the_old_one() {
        let session = Session::from_token_response("https://a", "cli", tokens("old", 900), 100);
        assert_eq!(session.refreshed(tokens("", 900), 200).refresh_token.expose(), "old");
        assert_eq!(session.refreshed(tokens("new", 900), 200).refresh_token.expose(), "new");
    }

    #[test]
    fn without_expires_in_the_exp_of_the_token_is_its_expiry() {
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
    fn an_invalid_text_is_an_error_that_does_not_quote_it() {
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
