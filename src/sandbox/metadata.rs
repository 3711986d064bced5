//! What the sandbox can do, for programs that ask before they act (RFC 8414).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::routes::{AUTHORIZE, INTROSPECT, JWKS, TOKEN};
use super::state::App;
use super::stats;

/// `GET /.well-known/oauth-authorization-server`.
pub(super) async fn metadata(State(app): State<Arc<App>>) -> Json<Value> {
    app.lock().stats.count(stats::METADATA);
    let base = &app.base_url;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}{AUTHORIZE}"),
        "token_endpoint": format!("{base}{TOKEN}"),
        "introspection_endpoint": format!("{base}{INTROSPECT}"),
        "jwks_uri": format!("{base}{JWKS}"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}
