//! Which path is whose, and what holds for every request: a loopback `Host`, no guessing of types.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use super::pages::{self, Problem};
use super::state::App;
use super::time::Clock;
use super::{authorize, faults, introspect, keys, metadata, mint, redeem, stats, token};

pub(super) const AUTHORIZE: &str = "/oauth/authorize";
pub(super) const TOKEN: &str = "/oauth/token";
pub(super) const INTROSPECT: &str = "/oauth/introspect";
pub(super) const REDEEM: &str = "/api/v1/activation/redeem";
pub(super) const JWKS: &str = "/.well-known/jwks.json";
pub(super) const METADATA: &str = "/.well-known/oauth-authorization-server";
pub(super) const MINT: &str = "/sandbox/mint";
pub(super) const STATS: &str = "/sandbox/stats";
pub(super) const FAULTS: &str = "/sandbox/faults";

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
        .route(FAULTS, get(faults::show).post(faults::replace))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&app), faults::hit))
        .layer(from_fn(every_request))
        .with_state(app)
}

async fn overview(State(app): State<Arc<App>>, clock: Clock) -> Response {
    let mut state = app.lock();
    state.stats.count(stats::OVERVIEW);
    pages::overview(&state, &app.base_url, clock.now())
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

fn document(status: StatusCode, detail: &str) -> Response {
    refusal(&HeaderMap::new(), status, detail)
}

async fn every_request(request: Request, next: Next) -> Response {
    let mut response = match addressee(&request) {
        Addressee::ThisMachine => next.run(request).await,
        Addressee::Another => document(StatusCode::MISDIRECTED_REQUEST, "Misdirected Request"),
        Addressee::Unclear => document(
            StatusCode::BAD_REQUEST,
            "Bad Request: `Host` does not say whom it is for",
        ),
    };
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// Whom a request is for, by what it says itself.
#[derive(Debug, PartialEq, Eq)]
enum Addressee {
    ThisMachine,
    Another,
    /// No answer but 400 is right (RFC 9112 §3.2).
    Unclear,
}

/// A page elsewhere can have its own name resolve to 127.0.0.1 and then read what is here (DNS rebinding); its name is
/// what gives it away. What two readers could understand in two ways is refused before anybody reads it.
fn addressee<B>(request: &axum::http::Request<B>) -> Addressee {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) => Some(host),
        (None, _) if request.version() < Version::HTTP_11 => None,
        _ => return Addressee::Unclear,
    };
    // A request target that names a host itself, as to a proxy, must name the same one (RFC 9112 §3.2.2).
    let target = request.uri().authority().map(axum::http::uri::Authority::as_str);
    match (host, target) {
        (None, None) => Addressee::ThisMachine,
        (Some(host), Some(target)) if !host.eq_ignore_ascii_case(target) => Addressee::Unclear,
        (Some(name), _) | (None, Some(name)) => named(name),
    }
}

/// `host` or `host:port`, and nothing that only looks like it.
fn named(host: &str) -> Addressee {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if !host.bytes().all(plain) {
        return Addressee::Unclear;
    }
    let Ok(url) = url::Url::parse(&format!("http://{host}/")) else {
        return Addressee::Unclear;
    };
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if local {
        Addressee::ThisMachine
    } else {
        Addressee::Another
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use axum::http::Method;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::sandbox::{form, state};

    /// One whose key is still being made, and the means to let that fail.
    fn without_a_key() -> (Arc<App>, impl FnOnce()) {
        let (keys, fail) = keys::Keys::under_way();
        let app = Arc::new(App {
            base_url: String::new(),
            auto_approve: false,
            keys,
            state: std::sync::Mutex::new(state::State::new(crate::sandbox::Seed::default(), Vec::new(), 0)),
        });
        (app, fail)
    }

    #[tokio::test]
    async fn a_key_is_waited_for_longer_than_a_body() {
        let (app, fail) = without_a_key();
        let service = TowerToHyperService::new(router(app));
        let request = axum::http::Request::get(JWKS).header(header::HOST, "127.0.0.1");
        let answer = hyper::service::Service::call(&service, request.body(Body::empty()).unwrap());
        let mut answer = std::pin::pin!(answer);
        let longer = form::BODY_TIMEOUT + Duration::from_millis(200);
        assert!(tokio::time::timeout(longer, &mut answer).await.is_err());
        fail();
        assert_eq!(answer.await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn pages_do_not_wait_for_the_key_and_what_needs_it_does() {
        let (app, fail) = without_a_key();
        assert_eq!(
            overview(State(Arc::clone(&app)), Clock::default()).await.status(),
            StatusCode::OK
        );
        let consent = authorize::ask(
            State(Arc::clone(&app)),
            Clock::default(),
            Method::GET,
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

    fn of(target: &str, hosts: &[&str]) -> Addressee {
        let mut request = axum::http::Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        addressee(&request.body(()).unwrap())
    }

    #[test]
    fn only_the_names_of_this_machine_are_answered() {
        for host in [
            "127.0.0.1:8787",
            "127.0.0.1",
            "localhost:1",
            "LOCALHOST:1",
            "[::1]:8787",
            "127.0.0.2:1",
        ] {
            assert_eq!(of("/", &[host]), Addressee::ThisMachine, "{host}");
        }
        for host in [
            "evil.example:8787",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
        ] {
            assert_eq!(of("/", &[host]), Addressee::Another, "{host}");
        }
    }

    #[test]
    fn what_does_not_say_clearly_whom_it_is_for_is_for_nobody() {
        for host in [
            "",
            "evil@127.0.0.1",
            "127.0.0.1/evil",
            "127.0.0.1?evil",
            "127.0.0.1#evil",
            "127.0.0.1\\evil",
            "127.0.0.1, evil.example",
            "127.0.0.1:99999",
            "127.0.0.1:80:80",
            "[::1",
            "%31.0.0.1",
        ] {
            assert_eq!(of("/", &[host]), Addressee::Unclear, "{host:?}");
        }
        assert_eq!(of("/", &[]), Addressee::Unclear);
        assert_eq!(of("/", &["127.0.0.1", "127.0.0.1"]), Addressee::Unclear);
        assert_eq!(of("http://evil.example/", &["127.0.0.1:1"]), Addressee::Unclear);
        assert_eq!(of("http://u@127.0.0.1:1/", &["127.0.0.1:1"]), Addressee::Unclear);
        assert_eq!(of("http://127.0.0.1:1/", &["127.0.0.1:1"]), Addressee::ThisMachine);
        assert_eq!(of("http://evil.example/", &["evil.example"]), Addressee::Another);
    }

    #[test]
    fn the_old_protocol_knows_no_host() {
        let request = |target: &str| {
            axum::http::Request::get(target)
                .version(Version::HTTP_10)
                .body(())
                .unwrap()
        };
        assert_eq!(addressee(&request("/")), Addressee::ThisMachine);
        assert_eq!(addressee(&request("http://evil.example/")), Addressee::Another);
    }
}
