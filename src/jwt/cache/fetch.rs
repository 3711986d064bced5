//! The request for a key set: one for the key cache, the client's `fetch_keys` and `noesis doctor`, with one limit.

use std::borrow::Cow;

use super::super::key_set::MAX_SET;
use crate::http::{Body, Request};

/// The path of a platform's key set.
pub(crate) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// What is done, as the subject of an error.
pub(crate) const WHAT: &str = "key fetch";

/// The request for the key set at a path, whose response is at most as large as a key set may be (rules N2 and T9).
pub(crate) fn key_set_request(path: impl Into<Cow<'static, str>>) -> Request<'static> {
    Request {
        max_response: MAX_SET,
        ..Request::new(WHAT, path, Body::None)
    }
}
