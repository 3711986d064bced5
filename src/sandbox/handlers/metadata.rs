//! The authorization server's metadata (RFC 8414), for clients that discover endpoints and capabilities.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::sandbox::app::App;
use crate::sandbox::endpoints::ENDPOINTS;

/// `GET`.
pub(super) async fn metadata(State(app): State<Arc<App>>) -> Json<Value> {
    let base = &app.base_url;
    let mut document = Map::new();
    document.insert("issuer".to_owned(), base.as_str().into());
    for endpoint in ENDPOINTS {
        if let Some(member) = endpoint.metadata {
            document.insert(member.to_owned(), format!("{base}{}", endpoint.path).into());
        }
    }
    for (member, value) in [
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query"])),
        ("grant_types_supported", json!(["authorization_code", "refresh_token"])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none", "client_secret_post"]),
        ),
        (
            "introspection_endpoint_auth_methods_supported",
            json!(["none", "client_secret_post"]),
        ),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        document.insert(member.to_owned(), value);
    }
    Json(document.into())
}
