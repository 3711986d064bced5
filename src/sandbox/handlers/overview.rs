//! The overview page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::sandbox::app::App;
use crate::sandbox::pages;
use crate::sandbox::request_context::RequestContext;

/// `GET`.
pub(super) async fn overview(State(app): State<Arc<App>>, context: RequestContext) -> Response {
    pages::overview(&app.lock(), &app.base_url, context.now())
}
