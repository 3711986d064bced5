//! The platform's public keys: the JWK Set that its tokens are verified with (RFC 7517 §5).

use serde_json::{Map, Value};

use super::auth_client::AuthClient;
use crate::error::AuthError;
use crate::http::{self, Body, Request, invalid_response};

/// The most keys that a set may hold (rule T9).
const MAX_KEYS: usize = 100;

/// A JWK Set as the server sent it: no key of it has been judged yet.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct JwkSet {
    /// The members of `keys`, each a JWK or what the server takes for one.
    pub keys: Vec<Map<String, Value>>,
}

impl AuthClient {
    /// Fetches the platform's key set (at most 512 KiB and 100 keys).
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]; [`crate::ErrorCode::InvalidResponse`] where the answer is no key set, or an empty one.
    pub async fn fetch_keys(&self) -> Result<JwkSet, AuthError> {
        const WHAT: &str = "key fetch";
        let object = self
            .http
            .send(Request {
                max_response: http::MAX_KEY_SET,
                ..Request::new(WHAT, "/.well-known/jwks.json", Body::None)
            })
            .await?;
        let Some(Value::Array(keys)) = object.get("keys") else {
            return Err(invalid_response(WHAT, "it has no list `keys`"));
        };
        if keys.is_empty() {
            return Err(invalid_response(WHAT, "its list `keys` is empty"));
        }
        if keys.len() > MAX_KEYS {
            return Err(invalid_response(WHAT, &format!("it has more than {MAX_KEYS} keys")));
        }
        // A member that is no object can be no key; the rest of the set serves (rule T8).
        let keys = keys.iter().filter_map(Value::as_object).cloned().collect();
        Ok(JwkSet { keys })
    }
}
