//! The axum extractor: a handler that takes a [`TokenPayload`] runs only for requests with a valid token.

use axum_core::extract::{FromRef, FromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use super::denial::Denial;
use super::layer::AuthLayer;
use crate::{JwtValidator, TokenPayload};

/// The payload of the request's token: as an [`AuthLayer`] verified it, or, without a layer, verified by the validator in
/// the application's state. The extractor requires no tool; that is for the layer to require, or for the handler to check.
impl<S> FromRequestParts<S> for TokenPayload
where
    JwtValidator: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Denial;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Denial> {
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

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        self.response()
    }
}
