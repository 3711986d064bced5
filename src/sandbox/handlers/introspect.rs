//! The introspection endpoint (RFC 7662): whether a token is active.
//!
//! A token is active if it is, byte for byte, one that was issued here, has not expired, and was not revoked. For any other
//! the response is `{"active":false}` without a reason (§2.2). As on the platform, credentials are optional; if they are
//! sent, they are checked.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::sandbox::app::App;
use crate::sandbox::client_auth::authenticate;
use crate::sandbox::form;
use crate::sandbox::grants::AccessGrant;
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::request_context::RequestContext;

/// `POST`.
pub(super) async fn introspect(
    State(app): State<Arc<App>>,
    context: RequestContext,
    request: Request,
) -> Result<Response, OAuthError> {
    let (headers, form) = form::read(request).await?;
    let state = app.lock();
    authenticate(&state, &headers, &form)?;
    let access = state.grants.access_token(form.require("token")?, context.now());
    let body = access.map_or_else(|| json!({ "active": false }), describe);
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
}

fn describe(access: &AccessGrant) -> Value {
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
