//! The JWK set (RFC 7517 §5) with the public key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jsonwebtoken::jwk::JwkSet;

use crate::sandbox::app::App;
use crate::sandbox::oauth_error::OAuthError;

/// `GET`.
pub(super) async fn jwks(State(app): State<Arc<App>>) -> Result<Json<JwkSet>, OAuthError> {
    let key = app.keys.ready().await?;
    let keys = vec![key.jwk().clone()];
    Ok(Json(JwkSet { keys }))
}
