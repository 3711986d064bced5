//! The layer in front of the endpoints: asks which faults hit a request, and lets them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::body::Pieces;
use super::endpoint::Endpoint;
use super::plan::Plan;
use super::wire::Line;
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::routes::{FAULTS, STATS};
use crate::sandbox::state::App;
use crate::sandbox::time::Clock;
use crate::sandbox::{authorize, form, stats, token};

/// More than any answer here has.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

pub(in crate::sandbox) async fn hit(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if [FAULTS, STATS].contains(&path) {
        // Whoever set a fault must get to see what it did, and to end it.
        return next.run(request).await;
    }
    let endpoint = Endpoint::at(path);
    let plan = app.lock().faults.plan(endpoint, request.method());
    if plan == Plan::default() {
        return next.run(request).await;
    }
    tokio::time::sleep(plan.latency).await;
    if plan.reset {
        if let Some(line) = request.extensions().get::<Line>() {
            line.reset();
        }
        count(&app, endpoint, request).await;
        // Nobody gets to see it: the connection is reset instead.
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut response = match plan.status {
        Some((code, retry_after)) => {
            count(&app, endpoint, request).await;
            refusal(code, retry_after)
        }
        None => carried_out(&app, &plan, request, next).await,
    };
    if plan.skew != 0
        && let Some(date) = Clock::ahead(plan.skew).date().and_then(|date| date.parse().ok())
    {
        response.headers_mut().insert(header::DATE, date);
    }
    if plan.truncate || plan.slow_body.is_some() {
        response = in_pieces(response, plan.truncate, plan.slow_body.unwrap_or_default()).await;
    }
    response
}

async fn carried_out(app: &Arc<App>, plan: &Plan, mut request: Request, next: Next) -> Response {
    if plan.rotate_keys
        && let Err(error) = app.keys.rotate().await
    {
        return error.into_response();
    }
    if plan.denied {
        let query = request.uri().query().unwrap_or_default();
        return authorize::deny_at_once(app, query);
    }
    request.extensions_mut().insert(Clock::ahead(plan.skew));
    next.run(request).await
}

/// Counts a request that its endpoint does not get, once all of it has come.
async fn count(app: &App, endpoint: Option<Endpoint>, request: Request) {
    let is_post = request.method() == Method::POST;
    let name = match (endpoint, is_post) {
        (Some(Endpoint::Authorize), true) => stats::DECISION,
        (Some(Endpoint::Authorize), false) => stats::AUTHORIZE,
        (Some(Endpoint::Token), true) => match form::read(request).await {
            Ok((_, form)) => token::counted_as(Some(&form)),
            Err(_) => token::counted_as(None),
        },
        (Some(Endpoint::Introspect), true) => stats::INTROSPECT,
        (Some(Endpoint::Redeem), true) => stats::REDEEM,
        (Some(Endpoint::Mint), true) => stats::MINT,
        (Some(Endpoint::Jwks), false) => stats::JWKS,
        (Some(Endpoint::Metadata), false) => stats::METADATA,
        _ => return,
    };
    app.lock().stats.count(name);
}

/// What a proxy in front of the platform says, or FastAPI itself.
fn refusal(code: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let detail = status.canonical_reason().unwrap_or("A fault that was asked for");
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
        // RFC 9110 §15.5.2: a 401 names a scheme.
        let bearer = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    }
    response
}

/// The same answer, in pieces and perhaps not to its end. An empty body that breaks off was promised to have a byte.
async fn in_pieces(response: Response, breaks_off: bool, over: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, MAX_ANSWER).await else {
        return OAuthError::server_error().into_response();
    };
    let promised = if breaks_off { whole.len().max(1) } else { whole.len() };
    parts.headers.insert(header::CONTENT_LENGTH, promised.into());
    Response::from_parts(parts, Body::from(Pieces::new(whole, breaks_off, over)))
}
