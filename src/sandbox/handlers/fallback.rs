//! Responses for paths and methods that no endpoint has.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::sandbox::pages::{self, Problem};

pub(super) async fn not_found(headers: HeaderMap) -> Response {
    error(&headers, StatusCode::NOT_FOUND, "Not Found")
}

pub(super) async fn method_not_allowed(headers: HeaderMap) -> Response {
    error(&headers, StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// A page for a browser, a JSON document for a program.
fn error(headers: &HeaderMap, status: StatusCode, detail: &str) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        pages::problem(&Problem::not_found(status))
    } else {
        (status, Json(json!({ "detail": detail }))).into_response()
    }
}
