//! Counts of requests and of faults, for tests: `{"requests":{"overview":0,…},"faults":{"latency":0,…}}`.
//!
//! `requests` has the counters of the table in `endpoints`; reading them is not counted. `faults` counts, for each kind of
//! fault, the requests that it affected. A request whose client disconnects during a latency counts there only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::sandbox::app::App;

/// `GET`.
pub(super) async fn stats(State(app): State<Arc<App>>) -> Json<Value> {
    let state = app.lock();
    Json(json!({ "requests": state.counters.to_json(), "faults": state.faults.affected() }))
}
