//! How often each endpoint was asked: `GET /sandbox/stats`, for tests that count requests.
//!
//! Every request counts when it arrives, whatever the answer will be. The document is
//! `{"requests":{"overview":0,"authorize":0,"decision":0,"token.authorization_code":0,"token.refresh_token":0,
//! "token.other":0,"introspect":0,"redeem":0,"jwks":0,"metadata":0,"mint":0}}`; `decision` is the answer of the consent page, and
//! reading the document counts nowhere. Beside it, `"faults":{"latency":0,…}` says how many requests each kind of fault took
//! effect on; a request whose client left during a latency counts there only.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::state::App;

pub(super) const OVERVIEW: &str = "overview";
pub(super) const AUTHORIZE: &str = "authorize";
pub(super) const DECISION: &str = "decision";
pub(super) const TOKEN_CODE: &str = "token.authorization_code";
pub(super) const TOKEN_REFRESH: &str = "token.refresh_token";
pub(super) const TOKEN_OTHER: &str = "token.other";
pub(super) const INTROSPECT: &str = "introspect";
pub(super) const REDEEM: &str = "redeem";
pub(super) const JWKS: &str = "jwks";
pub(super) const METADATA: &str = "metadata";
pub(super) const MINT: &str = "mint";

const ALL: [&str; 11] = [
    OVERVIEW,
    AUTHORIZE,
    DECISION,
    TOKEN_CODE,
    TOKEN_REFRESH,
    TOKEN_OTHER,
    INTROSPECT,
    REDEEM,
    JWKS,
    METADATA,
    MINT,
];

/// Requests by endpoint since the start.
#[derive(Default)]
pub(super) struct Stats(BTreeMap<&'static str, u64>);

impl Stats {
    pub(super) fn count(&mut self, endpoint: &'static str) {
        *self.0.entry(endpoint).or_default() += 1;
    }

    fn of(&self, endpoint: &str) -> u64 {
        self.0.get(endpoint).copied().unwrap_or_default()
    }
}

pub(super) async fn stats(State(app): State<Arc<App>>) -> Json<Value> {
    let state = app.lock();
    let requests: serde_json::Map<String, Value> = ALL
        .iter()
        .map(|name| ((*name).to_owned(), state.stats.of(name).into()))
        .collect();
    Json(json!({ "requests": requests, "faults": state.faults.hits() }))
}
