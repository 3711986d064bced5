//! The middleware in front of the handlers that applies the active faults to a request.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::connection::ResetHandle;
use super::plan::Plan;
use super::slow_body::ChunkedBody;
use crate::sandbox::app::App;
use crate::sandbox::counting::count_unhandled;
use crate::sandbox::endpoints;
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::request_context::RequestContext;
use crate::sandbox::time::Clock;

/// The largest response body; none of the sandbox is as large.
const MAX_BODY: usize = 16 * 1024 * 1024;

pub(in crate::sandbox) async fn apply_faults(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let endpoint = endpoints::at(request.uri().path());
    let plan = app.lock().faults.plan(endpoint, request.method());
    if plan == Plan::default() {
        return next.run(request).await;
    }
    // If the client disconnects first, hyper drops this future: the request is discarded, neither processed nor counted.
    tokio::time::sleep(plan.latency).await;
    if plan.reset {
        if let Some(handle) = request.extensions().get::<ResetHandle>() {
            handle.reset();
        }
        count_unhandled(&app, request).await;
        // Never sent: writing it resets the connection.
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut response = match plan.status {
        Some((code, retry_after)) => {
            count_unhandled(&app, request).await;
            error_response(code, retry_after)
        }
        None => process(&app, &plan, request, next).await,
    };
    if plan.skew != 0
        && let Ok(date) = HeaderValue::from_str(&Clock::with_offset(plan.skew).http_date())
    {
        response.headers_mut().insert(header::DATE, date);
    }
    if plan.truncate || plan.slow_body.is_some() {
        response = in_chunks(response, plan.truncate, plan.slow_body.unwrap_or_default()).await;
    }
    response
}

/// Lets the handler process the request, under the plan's key, clock and decision.
async fn process(app: &App, plan: &Plan, mut request: Request, next: Next) -> Response {
    if plan.rotate_keys
        && let Err(error) = app.keys.rotate().await
    {
        return error.into_response();
    }
    request.extensions_mut().insert(RequestContext {
        clock: Clock::with_offset(plan.skew),
        user_denies: plan.denied,
    });
    next.run(request).await
}

/// The response of a proxy in front of the platform, or of FastAPI itself.
fn error_response(code: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let detail = status.canonical_reason().unwrap_or("Fault");
    let mut response = (
        status,
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({ "detail": detail })),
    )
        .into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        // A 401 must have a challenge (RFC 9110 §15.5.2).
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

/// The same response with its body in chunks, truncated if so planned. The announced length is at least a byte if the body is
/// truncated, so that an empty one is cut off as well.
async fn in_chunks(response: Response, truncated: bool, duration: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return OAuthError::server_error().into_response();
    };
    let length = if truncated { body.len().max(1) } else { body.len() };
    parts.headers.insert(header::CONTENT_LENGTH, length.into());
    Response::from_parts(parts, Body::from(ChunkedBody::new(body, truncated, duration)))
}
