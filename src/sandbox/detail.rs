//! FastAPI's error responses, which the platform's own endpoints answer with: `{"detail": …}`, with a text, or with a list
//! of validation errors for an invalid body.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::body::BodyError;
use super::oauth_error::OAuthError;

/// An error response with a `detail`.
#[derive(Debug)]
pub(super) struct DetailError {
    pub(super) status: StatusCode,
    detail: Value,
    challenge: Option<&'static str>,
}

impl DetailError {
    pub(super) fn text(status: StatusCode, detail: &str) -> Self {
        Self {
            status,
            detail: detail.into(),
            challenge: None,
        }
    }

    pub(super) fn not_authenticated() -> Self {
        Self {
            challenge: Some("Bearer"),
            ..Self::text(StatusCode::UNAUTHORIZED, "Not authenticated")
        }
    }

    pub(super) fn invalid_token() -> Self {
        Self {
            challenge: Some("Bearer error=\"invalid_token\""),
            ..Self::text(StatusCode::UNAUTHORIZED, "Could not validate credentials")
        }
    }

    /// One validation error, in the form of pydantic.
    pub(super) fn validation(kind: &str, location: Value, message: &str, input: Value) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: json!([{ "type": kind, "loc": location, "msg": message, "input": input }]),
            challenge: None,
        }
    }
}

impl From<BodyError> for DetailError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::text(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large"),
            BodyError::Malformed => Self::text(StatusCode::BAD_REQUEST, "There was an error parsing the body"),
            BodyError::Timeout => Self::text(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
        }
    }
}

impl From<OAuthError> for DetailError {
    fn from(error: OAuthError) -> Self {
        Self::text(error.status, &error.description)
    }
}

impl IntoResponse for DetailError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "detail": self.detail }));
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], body).into_response();
        if let Some(challenge) = self.challenge {
            let value = header::HeaderValue::from_static(challenge);
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
