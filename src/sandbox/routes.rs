//! Which path is whose, and what holds for every request: a loopback `Host`, a time limit, no guessing of types.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::pages::{self, Problem};
use super::state::App;
use super::{authorize, introspect, keys, metadata, mint, redeem, stats, time, token};

pub(super) const AUTHORIZE: &str = "/oauth/authorize";
pub(super) const TOKEN: &str = "/oauth/token";
pub(super) const INTROSPECT: &str = "/oauth/introspect";
pub(super) const REDEEM: &str = "/api/v1/activation/redeem";
pub(super) const JWKS: &str = "/.well-known/jwks.json";
pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";
pub(super) const MINT: &str = "/sandbox/mint";
pub(super) const STATS: &str = "/sandbox/stats";

/// From the end of a request's header to the beginning of its answer; only a body that does not come takes so long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(overview))
        .route(AUTHORIZE, get(authorize::ask).post(authorize::decide))
        .route(TOKEN, post(token::token))
        .route(INTROSPECT, post(introspect::introspect))
        .route(REDEEM, post(redeem::redeem))
        .route(JWKS, get(keys::jwks))
        .route(METADATA, get(metadata::metadata))
        .route(MINT, post(mint::mint))
        .route(STATS, get(stats::stats))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(every_request))
        .with_state(app)
}

async fn overview(State(app): State<Arc<App>>) -> Response {
    let mut state = app.lock();
    state.stats.count(stats::OVERVIEW);
    pages::overview(&state, &app.base_url, time::now())
}

async fn not_found(headers: HeaderMap) -> Response {
    refusal(&headers, StatusCode::NOT_FOUND, "Not Found")
}

async fn method_not_allowed(headers: HeaderMap) -> Response {
    refusal(&headers, StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// A page for a browser, FastAPI's document for a program.
fn refusal(headers: &HeaderMap, status: StatusCode, detail: &str) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        pages::problem(&Problem::nothing_here(status))
    } else {
        (status, Json(json!({ "detail": detail }))).into_response()
    }
}

async fn every_request(request: Request, next: Next) -> Response {
    let mut response = if is_for_this_machine(request.headers()) {
        match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
            Ok(response) => response,
            Err(_) => refusal(&HeaderMap::new(), StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
        }
    } else {
        refusal(
            &HeaderMap::new(),
            StatusCode::MISDIRECTED_REQUEST,
            "Misdirected Request",
        )
    };
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// A page elsewhere can have its own name resolve to 127.0.0.1 and then read what is here (DNS rebinding); its name is
/// what gives it away.
fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else {
        return true;
    };
    let url = host
        .to_str()
        .ok()
        .and_then(|host| url::Url::parse(&format!("http://{host}/")).ok());
    match url.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::state;

    #[tokio::test]
    async fn pages_do_not_wait_for_the_key_and_what_needs_it_does() {
        let (keys, fail) = keys::Keys::under_way();
        let app = Arc::new(App {
            base_url: String::new(),
            auto_approve: false,
            keys,
            state: std::sync::Mutex::new(state::State::new(crate::sandbox::Seed::default(), 0)),
        });
        assert_eq!(overview(State(Arc::clone(&app))).await.status(), StatusCode::OK);
        let consent = authorize::ask(
            State(Arc::clone(&app)),
            axum::http::Method::GET,
            axum::extract::RawQuery(None),
        )
        .await;
        assert_eq!(consent.status(), StatusCode::BAD_REQUEST);
        let waiting = keys::jwks(State(Arc::clone(&app)));
        let waiting = tokio::time::timeout(Duration::from_millis(20), waiting).await;
        assert!(waiting.is_err());
        fail();
        app.keys.failed().await;
        assert!(keys::jwks(State(app)).await.is_err());
    }

    #[test]
    fn only_the_names_of_this_machine_are_answered() {
        let is = |host: &str| is_for_this_machine(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]));
        for host in [
            "127.0.0.1:8787",
            "127.0.0.1",
            "localhost:1",
            "[::1]:8787",
            "127.0.0.2:1",
        ] {
            assert!(is(host), "{host}");
        }
        for host in [
            "evil.example:8787",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "",
        ] {
            assert!(!is(host), "{host}");
        }
        assert!(is_for_this_machine(&HeaderMap::new()));
    }
}
