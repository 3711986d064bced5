//! What a fault may have changed for one request. Handlers read it here and know nothing of faults.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::time::Clock;

/// The clock, and whether the user denies. Without a fault the clock is right and the user decides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RequestContext {
    pub(super) clock: Clock,
    pub(super) user_denies: bool,
}

impl RequestContext {
    /// Unix time in seconds, by the clock of this request.
    pub(super) fn now(self) -> u64 {
        self.clock.now()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
