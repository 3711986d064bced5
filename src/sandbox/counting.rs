//! Counts each request before its handler, or before the fault that answers in its place.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::app::App;
use super::endpoints::{self, Counter};
use super::form;

/// The middleware in front of the handlers. A request whose counter depends on its form is counted by its handler, which
/// reads the form.
pub(super) async fn count_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Counter::Named(name) = counter(&request) {
        app.lock().counters.increment(name);
    }
    next.run(request).await
}

/// Counts a request that does not reach its handler, once its body has been received if that decides the counter.
pub(super) async fn count_unhandled(app: &App, request: Request) {
    let counter = counter(&request);
    let form = match counter {
        Counter::GrantType(..) => form::read(request).await.ok(),
        Counter::Named(_) | Counter::None => None,
    };
    let grant_type = form.as_ref().and_then(|(_, form)| form.get("grant_type"));
    if let Some(name) = counter.name(grant_type) {
        app.lock().counters.increment(name);
    }
}

/// The counter of a request's endpoint and method.
pub(super) fn counter(request: &Request) -> Counter {
    endpoints::at(request.uri().path()).map_or(Counter::None, |endpoint| endpoint.counter(request.method()))
}
