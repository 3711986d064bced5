//! The token endpoint: exchanges an authorization code or a refresh token for tokens (RFC 6749 §4.1.3 and §6).

use serde_json::{Map, Value};

use super::auth_client::AuthClient;
use super::fields::{Fields, UnreadMember};
use crate::error::AuthError;
use crate::http::{Body, Request};
use crate::secret::Secret;

/// The token type where the server does not say.
const BEARER: &str = "bearer";

/// The response of the token endpoint (RFC 6749 §5.1), the SDK's `TokenResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The access token: a JWT that lists the user's tools.
    pub access_token: Secret,
    /// The token type as the server names it; `bearer` where it does not say (RFC 6750 §6.1.1).
    pub token_type: String,
    /// The lifetime of the access token in whole seconds; 0 where the server does not say.
    pub expires_in: u64,
    /// The new refresh token; empty where the server sent none.
    pub refresh_token: Secret,
    /// Members that could not be read and were left out.
    pub unread: Vec<UnreadMember>,
}

impl AuthClient {
    /// Exchanges an authorization code for tokens, the SDK's `exchange_code` (RFC 6749 §4.1.3).
    ///
    /// `redirect_uri` has to be that of the authorization request. The request is sent once: a code whose exchange timed
    /// out may have been used (rule N6).
    ///
    /// # Errors
    /// See [`crate::ErrorCode`].
    pub async fn exchange_code(
        &self,
        code: &Secret,
        redirect_uri: &str,
        code_verifier: Option<&Secret>,
    ) -> Result<TokenResponse, AuthError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
        ];
        let mut secrets = vec![code.expose()];
        self.credentials(&mut form, &mut secrets);
        if let Some(verifier) = code_verifier {
            // Before the client's secret, as the SDK orders them.
            let at = form.iter().position(|(name, _)| *name == "client_secret");
            form.insert(at.unwrap_or(form.len()), ("code_verifier", verifier.expose()));
            secrets.push(verifier.expose());
        }
        self.token_request("code exchange", form, secrets).await
    }

    /// Exchanges a refresh token for new tokens, the SDK's `refresh_token` (RFC 6749 §6).
    ///
    /// The response's `refresh_token` is empty where the server did not rotate it; the old one then stays valid.
    ///
    /// # Errors
    /// See [`crate::ErrorCode`]; [`AuthError::is_invalid_grant`] says that this refresh token is invalid, expired
    /// or revoked.
    pub async fn refresh_token(&self, refresh_token: &Secret) -> Result<TokenResponse, AuthError> {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ];
        let mut secrets = vec![refresh_token.expose()];
        self.credentials(&mut form, &mut secrets);
        self.token_request("refresh", form, secrets).await
    }

    async fn token_request(
        &self,
        what: &'static str,
        form: Vec<(&'static str, &str)>,
        secrets: Vec<&str>,
    ) -> Result<TokenResponse, AuthError> {
        let answer = self
            .http
            .send(Request {
                secrets,
                ..Request::new(what, "/oauth/token", Body::Form(form))
            })
            .await?;
        TokenResponse::read(what, &answer.object)
    }
}

impl TokenResponse {
    /// Reads the object of a response, which is the answer to `what`; only without an access token it is an error.
    pub(crate) fn read(what: &'static str, object: &Map<String, Value>) -> Result<Self, AuthError> {
        let mut fields = Fields::new(what, object);
        // The server has issued these tokens and keeps no others: whatever else is odd, they are handed on.
        let access_token = fields.required(fields.token("access_token"))?;
        let refresh_token = fields.or(fields.token_or_none("refresh_token"), Secret::default());
        Ok(Self {
            access_token,
            token_type: fields.or(fields.text_or("token_type", BEARER), BEARER.to_owned()),
            expires_in: fields.or(fields.seconds("expires_in"), 0),
            refresh_token,
            unread: fields.unread,
        })
    }
}
