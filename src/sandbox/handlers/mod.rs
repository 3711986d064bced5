//! The handlers, one file for each endpoint, and the router that serves each endpoint of the table by its handlers.

mod authorize;
mod fallback;
mod faults;
mod introspect;
mod jwks;
mod metadata;
mod mint;
mod overview;
mod redeem;
mod stats;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use super::app::App;
use super::endpoints::{ENDPOINTS, EndpointId};
use super::faults::apply_faults;
use super::{counting, host, web_page};

/// The handlers of an endpoint, one for each method in the table.
fn handlers(endpoint: EndpointId) -> MethodRouter<Arc<App>> {
    match endpoint {
        EndpointId::Overview => get(overview::overview),
        EndpointId::Authorize => get(authorize::show).post(authorize::decide),
        EndpointId::Token => post(token::token),
        EndpointId::Introspect => post(introspect::introspect),
        EndpointId::Redeem => post(redeem::redeem),
        EndpointId::Jwks => get(jwks::jwks),
        EndpointId::Metadata => get(metadata::metadata),
        EndpointId::Mint => post(mint::mint),
        EndpointId::Stats => get(stats::stats),
        EndpointId::Faults => get(faults::show).post(faults::replace),
    }
}

pub(super) fn router(app: Arc<App>) -> Router {
    let add = |router: Router<Arc<App>>, endpoint: &super::endpoints::Endpoint| {
        router.route(endpoint.path, handlers(endpoint.id))
    };
    ENDPOINTS
        .iter()
        .fold(Router::new(), add)
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(&app), counting::count_request))
        .layer(from_fn_with_state(Arc::clone(&app), apply_faults))
        .layer(from_fn_with_state(Arc::clone(&app), web_page::refuse_web_pages))
        .layer(from_fn(host::check_host))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use axum::http::{Method, Request, StatusCode, header};
    use axum::response::Response;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::super::app::State;
    use super::super::body::BODY_TIMEOUT;
    use super::super::seed::Seed;
    use super::super::signing_key::SigningKeys;
    use super::*;

    /// An app whose key generation stays pending, and a function that makes it fail.
    fn app_without_key() -> (Arc<App>, impl FnOnce()) {
        let (keys, fail) = SigningKeys::pending();
        let state = State::new(Seed::default(), Vec::new(), 0);
        (Arc::new(App::new(String::new(), None, keys, state)), fail)
    }

    async fn send(app: &Arc<App>, method: Method, path: &str) -> Response {
        let service = TowerToHyperService::new(router(Arc::clone(app)));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1");
        service.call(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn the_key_may_take_longer_than_a_body() {
        let (app, fail) = app_without_key();
        let answer = send(&app, Method::GET, "/.well-known/jwks.json");
        let mut answer = std::pin::pin!(answer);
        let longer = BODY_TIMEOUT + Duration::from_millis(200);
        assert!(tokio::time::timeout(longer, &mut answer).await.is_err());
        fail();
        assert_eq!(answer.await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn pages_do_not_wait_for_the_key_and_the_key_set_does() {
        let (app, fail) = app_without_key();
        assert_eq!(send(&app, Method::GET, "/").await.status(), StatusCode::OK);
        let consent = send(&app, Method::GET, "/oauth/authorize").await;
        assert_eq!(consent.status(), StatusCode::BAD_REQUEST);
        let key_set = send(&app, Method::GET, "/.well-known/jwks.json");
        let early = tokio::time::timeout(Duration::from_millis(20), key_set).await;
        assert!(early.is_err());
        fail();
        app.keys.failed().await;
        let key_set = send(&app, Method::GET, "/.well-known/jwks.json").await;
        assert_eq!(key_set.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn every_endpoint_is_served_with_the_methods_of_the_table_and_no_others() {
        let (app, _) = app_without_key();
        for endpoint in ENDPOINTS {
            let refused = send(&app, Method::DELETE, endpoint.path).await;
            assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{}", endpoint.path);
            let allowed = refused.headers()[header::ALLOW].to_str().unwrap();
            let mut expected = Vec::new();
            for (method, _) in endpoint.methods {
                expected.push(method.as_str());
                if method == Method::GET {
                    expected.push("HEAD");
                }
            }
            assert_eq!(allowed, expected.join(","), "{}", endpoint.path);
        }
    }
}
