//! The platform's public keys: the JWK Set that its tokens are verified with (RFC 7517 §5).

use serde_json::{Map, Value};

use super::auth_client::AuthClient;
use crate::error::AuthError;
use crate::http::invalid_response;
use crate::jwt::{JWKS_PATH, KEY_FETCH, MAX_KEYS, key_set_request};

/// A JWK Set as the server sent it: none of its keys is checked; [`KeySet`](crate::KeySet) does that.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct JwkSet {
    /// The members of `keys`, as the server sent them.
    pub keys: Vec<Map<String, Value>>,
}

impl AuthClient {
    /// Fetches the platform's key set (at most 512 KiB and 100 keys).
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]; [`crate::ErrorCode::InvalidResponse`] if the response is not a key set, or an empty one.
    pub async fn fetch_keys(&self) -> Result<JwkSet, AuthError> {
        let object = self.http.send(key_set_request(JWKS_PATH)).await?.object;
        let Some(Value::Array(keys)) = object.get("keys") else {
            return Err(invalid_response(KEY_FETCH, "it has no array `keys`"));
        };
        if keys.is_empty() {
            return Err(invalid_response(KEY_FETCH, "its array `keys` is empty"));
        }
        if keys.len() > MAX_KEYS {
            return Err(invalid_response(
                KEY_FETCH,
                &format!("it has more than {MAX_KEYS} keys"),
            ));
        }
        // A member that is not an object is not a key; the rest of the set can be used (rule T8).
        let keys = keys.iter().filter_map(Value::as_object).cloned().collect();
        Ok(JwkSet { keys })
    }
}
