//! Token introspection: is this token active, in the server's own eyes (RFC 7662).

use serde_json::{Map, Value};

use super::auth_client::AuthClient;
use crate::error::AuthError;
use crate::http::{Body, Request};
use crate::jwt::TokenPayload;
use crate::secret::Secret;

/// What the server says about a token (RFC 7662 §2.2), the SDK's `IntrospectResult`.
///
/// Only `active` is a judgement. The rest is what the server told beside it: a member of the wrong type reads as absent,
/// and [`IntrospectResult::document`] has all of it as it came.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IntrospectResult {
    /// True only where the server sent JSON `true`.
    pub active: bool,
    /// The user's ID.
    pub sub: Option<String>,
    /// When the token ends, in Unix seconds.
    pub exp: Option<i64>,
    /// When the token was issued, in Unix seconds.
    pub iat: Option<i64>,
    /// The token's own ID.
    pub jti: Option<String>,
    /// The user's entitlements, as they came.
    pub entitlements: Option<Vec<Value>>,
    /// The whole answer, in the server's order.
    pub document: Map<String, Value>,
}

impl IntrospectResult {
    /// What the platform vouches for: its claims about the user, where the token is active.
    ///
    /// ```no_run
    /// # async fn example(client: noesis::AuthClient, token: noesis::Secret) -> Result<(), noesis::AuthError> {
    /// let now = 1_782_208_800; // Unix seconds
    /// let payload = client.introspect(&token).await?.payload();
    /// let may_pass = payload.is_some_and(|payload| payload.has_tool_access("vision-lab", now));
    /// # Ok(())
    /// # }
    /// ```
    pub fn payload(&self) -> Option<TokenPayload> {
        self.active.then(|| TokenPayload::read(&self.document))
    }
}

impl AuthClient {
    /// Asks the platform about a token, the SDK's `introspect`.
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]. A refused client is an error (401), not an inactive token.
    pub async fn introspect(&self, token: &Secret) -> Result<IntrospectResult, AuthError> {
        let mut form = vec![("token", token.expose())];
        let mut secrets = vec![token.expose()];
        self.credentials(&mut form, &mut secrets);
        let document = self
            .http
            .send(Request {
                secrets,
                ..Request::new("introspection", "/oauth/introspect", Body::Form(form))
            })
            .await?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let time = |name: &str| document.get(name).and_then(Value::as_i64);
        Ok(IntrospectResult {
            active: document.get("active") == Some(&Value::Bool(true)),
            sub: text("sub"),
            exp: time("exp"),
            iat: time("iat"),
            jti: text("jti"),
            entitlements: document.get("entitlements").and_then(Value::as_array).cloned(),
            document,
        })
    }
}
