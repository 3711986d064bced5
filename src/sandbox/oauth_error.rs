//! The error response of RFC 6749 §5.2, which the token and introspection endpoints answer with.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::BodyError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OAuthError {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) description: String,
    /// The challenge of `WWW-Authenticate`, if the client tried to authenticate in a header.
    challenge: Option<&'static str>,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            challenge: None,
        }
    }

    pub(super) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(super) fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    pub(super) fn invalid_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub(super) fn credentials_in_header() -> Self {
        Self {
            challenge: Some("Basic realm=\"noesis sandbox\""),
            ..Self::invalid_client("client credentials belong in the form body (client_secret_post)")
        }
    }

    pub(super) fn unauthorized_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", description)
    }

    pub(super) fn unsupported_grant_type() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type is authorization_code or refresh_token",
        )
    }

    pub(super) fn server_error() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "the sandbox failed to answer",
        )
    }
}

impl From<BodyError> for OAuthError {
    fn from(error: BodyError) -> Self {
        let (status, description) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            BodyError::Malformed => (StatusCode::BAD_REQUEST, "the body is cut off or malformed"),
            BodyError::Timeout => (StatusCode::REQUEST_TIMEOUT, "the body was not received in time"),
        };
        Self::new(status, "invalid_request", description)
    }
}

/// The system's random number generator failed.
impl From<aws_lc_rs::error::Unspecified> for OAuthError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::server_error()
    }
}

/// Signing failed.
impl From<jsonwebtoken::errors::Error> for OAuthError {
    fn from(_: jsonwebtoken::errors::Error) -> Self {
        Self::server_error()
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.error, "error_description": self.description });
        let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
        let mut response = (self.status, headers, Json(body)).into_response();
        if let Some(challenge) = self.challenge {
            let value = header::HeaderValue::from_static(challenge);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
