//! The introspection endpoint (RFC 7662): is this token still good, asked of those who issued it.
//!
//! A token is active when it is, byte for byte, one that was issued here, lives, and was not revoked. About any other
//! the answer is `{"active":false}` and not why (§2.2). Asking needs no credentials, as the platform has it; where they
//! are sent, they are checked.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::client_auth::authenticate;
use super::grants::Access;
use super::oauth_error::OAuthError;
use super::state::App;
use super::time::Clock;
use super::{form, stats};

/// `POST /oauth/introspect`.
pub(super) async fn introspect(
    State(app): State<Arc<App>>,
    clock: Clock,
    request: Request,
) -> Result<Response, OAuthError> {
    app.lock().stats.count(stats::INTROSPECT);
    let (headers, form) = form::read(request).await?;
    let state = app.lock();
    authenticate(&state, &headers, &form)?;
    let access = state.grants.access_token(form.require("token")?, clock.now());
    let body = access.map_or_else(|| json!({ "active": false }), describe);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn describe(access: &Access) -> Value {
    let claims = &access.claims;
    json!({
        "active": true,
        "token_type": "bearer",
        "client_id": access.grant.client,
        "iss": claims.iss,
        "sub": claims.sub,
        "exp": claims.exp,
        "iat": claims.iat,
        "jti": claims.jti,
        "entitlements": claims.entitlements,
        "role": claims.role,
        "is_admin": claims.is_admin,
    })
}
