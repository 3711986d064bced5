//! Activation codes, which give an entitlement (an endpoint of the platform's own, in no RFC).

use serde_json::json;

use super::auth_client::AuthClient;
use super::fields::{Fields, Read, UnreadMember};
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
    /// Members that could not be read and were left out: they are empty or 0, or what the server's silence means.
    pub unread: Vec<UnreadMember>,
}

impl AuthClient {
    /// Redeems an activation code for the user of `access_token`, the SDK's `redeem_code`. The code is sent as given.
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]. After a [`crate::ErrorCode::NetworkError`] the code may have been redeemed, unless
    /// [`AuthError::never_sent`] is true.
    pub async fn redeem_code(&self, access_token: &Secret, code: &str) -> Result<RedeemResult, AuthError> {
        const WHAT: &str = "redemption";
        let answer = self
            .http
            .send(Request {
                bearer: Some(access_token),
                secrets: vec![access_token.expose(), code],
                ..Request::new(WHAT, "/api/v1/activation/redeem", Body::Json(json!({ "code": code })))
            })
            .await?;
        let mut fields = Fields::new(WHAT, &answer.object).written_as(&answer.text);
        let token = fields.or(fields.token_or_none("new_access_token"), Secret::default());
        let new_access_token = Some(token).filter(|token| !token.is_empty());
        // A token in the answer shows that it is the platform's, and is worth more than what stands beside it.
        let is_redemption = new_access_token.is_some();
        Ok(RedeemResult {
            tool_id: required(&mut fields, is_redemption, Fields::id, "tool_id")?,
            tool_name: required(&mut fields, is_redemption, Fields::text, "tool_name")?,
            duration_days: required(&mut fields, is_redemption, Fields::integer, "duration_days")?,
            expires_at: required(&mut fields, is_redemption, Fields::non_empty_text, "expires_at")?,
            message: fields.or(fields.text_or("message", ""), String::new()),
            token_refresh_required: fields.or(fields.flag_or("token_refresh_required", true), true),
            new_access_token,
            unread: fields.unread,
        })
    }
}

/// A member that only an answer with a new token may lack.
fn required<'a, T: Default>(
    fields: &mut Fields<'a>,
    is_redemption: bool,
    read: impl Fn(&Fields<'a>, &'static str) -> Read<T>,
    name: &'static str,
) -> Result<T, AuthError> {
    match read(fields, name) {
        Err(unread) if is_redemption => Ok(fields.or(Err(unread), T::default())),
        read => fields.required(read),
    }
}
