//! Token introspection: the server says whether a token is active (RFC 7662).

use serde_json::{Map, Value};

use super::auth_client::AuthClient;
use crate::error::AuthError;
use crate::http::{Body, Request};
use crate::jwt::TokenPayload;
use crate::secret::Secret;

/// What the server says about a token (RFC 7662 §2.2), the SDK's `IntrospectResult`.
///
/// Only `active` is a decision. The other members are information: one of the wrong type reads as absent, and
/// [`IntrospectResult::document`] has all of them as they were sent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IntrospectResult {
    /// True only where the server sent JSON `true`.
    pub active: bool,
    /// The user's ID.
    pub sub: Option<String>,
    /// When the token expires, in Unix seconds.
    pub exp: Option<i64>,
    /// When the token was issued, in Unix seconds.
    pub iat: Option<i64>,
    /// The token's unique ID.
    pub jti: Option<String>,
    /// The user's entitlements, as they were sent.
    pub entitlements: Option<Vec<Value>>,
    /// The whole response, in the server's order. A number that no 64 bits hold is the nearest float.
    pub document: Map<String, Value>,
    /// The text of the document, with the numbers as they were written.
    pub(crate) text: String,
}

impl IntrospectResult {
    /// The claims of the token, where it is active; `None` where it is not.
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
        self.active.then(|| self.claims())
    }

    /// The claims, whether or not the token is active.
    pub(crate) fn claims(&self) -> TokenPayload {
        TokenPayload::read_text(&self.text, &self.document)
    }
}

impl AuthClient {
    /// Asks the platform whether a token is active, the SDK's `introspect` (RFC 7662 §2.1).
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]. A client that fails to authenticate is an error (401), not an inactive token.
    pub async fn introspect(&self, token: &Secret) -> Result<IntrospectResult, AuthError> {
        let mut form = vec![("token", token.expose())];
        let mut secrets = vec![token.expose()];
        self.credentials(&mut form, &mut secrets);
        let answer = self
            .http
            .send(Request {
                secrets,
                is_repeatable: true,
                ..Request::new("introspection", "/oauth/introspect", Body::Form(form))
            })
            .await?;
        let (document, json) = (answer.object, answer.text);
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
            text: json,
        })
    }
}
