//! The axum extractor: a handler that asks for a [`TokenPayload`] runs for nobody else.

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use super::decision::Refusal;
use super::layer::AuthLayer;
use crate::{JwtValidator, TokenPayload};

/// What the token of the request says: as an [`AuthLayer`] found it, or, where none is in front, as the validator in the
/// application's state judges it. Access to a tool is the layer's to require, or the handler's to ask for.
impl<S> FromRequestParts<S> for TokenPayload
where
    JwtValidator: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match parts.extensions.get::<Self>() {
            Some(payload) => Ok(payload.clone()),
            None => {
                AuthLayer::new(JwtValidator::from_ref(state))
                    .authorize(&parts.headers)
                    .await
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.response()
    }
}
