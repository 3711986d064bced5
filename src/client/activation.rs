//! Activation codes, which give an entitlement (an endpoint of the platform's own, in no RFC).

use serde_json::json;

use super::auth_client::AuthClient;
use super::fields::Fields;
use crate::error::AuthError;
use crate::http::{Body, Request};
use crate::secret::Secret;

/// The result of a redeemed activation code, the SDK's `RedeemResult`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedeemResult {
    /// The ID of the tool that the user has access to now; an integer is its decimal digits.
    pub tool_id: String,
    /// The tool's display name.
    pub tool_name: String,
    /// The duration of the access, in days.
    pub duration_days: i64,
    /// When the access expires: ISO 8601 text, as the server sent it.
    pub expires_at: String,
    /// The server's message to the user; may be empty.
    pub message: String,
    /// Whether the access token has to be refreshed before it contains the new entitlement; true where the server does not
    /// say.
    pub token_refresh_required: bool,
    /// An access token that contains the new entitlement, where the server sends one.
    pub new_access_token: Option<Secret>,
}

impl AuthClient {
    /// Redeems an activation code for the user of `access_token`, the SDK's `redeem_code`. The code is sent as given.
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]. After a [`crate::ErrorCode::NetworkError`] the code may have been redeemed, unless
    /// [`AuthError::never_sent`] is true.
    pub async fn redeem_code(&self, access_token: &Secret, code: &str) -> Result<RedeemResult, AuthError> {
        const WHAT: &str = "redemption";
        let object = self
            .http
            .send(Request {
                bearer: Some(access_token),
                secrets: vec![access_token.expose(), code],
                ..Request::new(WHAT, "/api/v1/activation/redeem", Body::Json(json!({ "code": code })))
            })
            .await?;
        let fields = Fields {
            what: WHAT,
            object: &object,
        };
        let new_access_token = fields.text_or("new_access_token", "")?;
        Ok(RedeemResult {
            tool_id: fields.required_id("tool_id")?,
            tool_name: fields.required_text("tool_name")?,
            duration_days: fields.required_integer("duration_days")?,
            expires_at: fields.required_text("expires_at")?,
            message: fields.text_or("message", "")?,
            token_refresh_required: fields.flag_or("token_refresh_required", true)?,
            new_access_token: if new_access_token.is_empty() {
                None
            } else {
                Some(fields.token("new_access_token", new_access_token)?)
            },
        })
    }
}
