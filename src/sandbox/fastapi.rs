//! The manners of FastAPI, which the platform's own endpoints are written in: refusals are `{"detail": …}`, with a text, or
//! with a list where the body does not have the form that was declared.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::form::Unread;
use super::oauth_error::OAuthError;

/// The one bearer token of the request (RFC 6750 §2.1); the scheme is in any case.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Detail> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Detail::not_authenticated());
    };
    let value = value.to_str().map_err(|_| Detail::not_authenticated())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(Detail::not_authenticated)?;
    let token = token.trim_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(Detail::not_authenticated())
    }
}

/// The `code` of the body, or what FastAPI (pydantic) says about a body without one.
pub(super) fn code_of(body: &[u8]) -> Result<String, Detail> {
    if body.is_empty() {
        return Err(Detail::invalid(
            "missing",
            json!(["body"]),
            "Field required",
            Value::Null,
        ));
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(error) => {
            let lines = body
                .split_inclusive(|byte| *byte == b'\n')
                .take(error.line().saturating_sub(1));
            let position = lines.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
            return Err(Detail::invalid(
                "json_invalid",
                json!(["body", position]),
                "JSON decode error",
                json!({}),
            ));
        }
    };
    let Some(members) = body.as_object() else {
        let message = "Input should be a valid dictionary or object to extract fields from";
        return Err(Detail::invalid("model_attributes_type", json!(["body"]), message, body));
    };
    let at = json!(["body", "code"]);
    match members.get("code") {
        Some(Value::String(code)) => Ok(code.clone()),
        Some(other) => {
            let message = "Input should be a valid string";
            Err(Detail::invalid("string_type", at, message, other.clone()))
        }
        None => Err(Detail::invalid("missing", at, "Field required", body)),
    }
}

/// A refusal as FastAPI gives it.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) status: StatusCode,
    detail: Value,
    challenge: Option<&'static str>,
}

impl Detail {
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

    pub(super) fn bad_token() -> Self {
        Self {
            challenge: Some("Bearer error=\"invalid_token\""),
            ..Self::text(StatusCode::UNAUTHORIZED, "Could not validate credentials")
        }
    }

    pub(super) fn invalid(kind: &str, at: Value, message: &str, input: Value) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: json!([{ "type": kind, "loc": at, "msg": message, "input": input }]),
            challenge: None,
        }
    }
}

impl From<Unread> for Detail {
    fn from(why: Unread) -> Self {
        match why {
            Unread::TooLarge => Self::text(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large"),
            Unread::Broken => Self::text(StatusCode::BAD_REQUEST, "There was an error parsing the body"),
            Unread::Late => Self::text(StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
        }
    }
}

impl From<OAuthError> for Detail {
    fn from(error: OAuthError) -> Self {
        Self::text(error.status, &error.description)
    }
}

impl IntoResponse for Detail {
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
