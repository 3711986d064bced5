//! What a request of the protocol consists of.

use std::borrow::Cow;

use serde_json::Value;

use crate::secret::Secret;

/// The largest response that is read, in bytes (rule N2).
const MAX_RESPONSE: usize = 1024 * 1024;

/// One request of the protocol.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// What is done, as the subject of an error: `code exchange`, `introspection`.
    pub what: &'static str,
    /// The path below the base URL, with its leading slash.
    pub path: Cow<'static, str>,
    pub body: Body<'a>,
    /// Whether it changes nothing at the server, so that it may be sent once more where a kept connection was closed (rule N6).
    pub is_repeatable: bool,
    /// The user's access token, sent as `Authorization: Bearer` (RFC 6750 §2.1).
    pub bearer: Option<&'a Secret>,
    /// The largest response body to be read, in bytes.
    pub max_response: usize,
    /// Every secret of the request, so that it is redacted where the server echoes it.
    pub secrets: Vec<&'a str>,
}

/// The method and the body of a request.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// A `GET` without a body.
    None,
    /// A `POST` of `application/x-www-form-urlencoded` fields, in this order.
    Form(Vec<(&'static str, &'a str)>),
    /// A `POST` of one JSON document.
    Json(Value),
}

impl<'a> Request<'a> {
    /// A request with the usual bound on its response.
    pub fn new(what: &'static str, path: impl Into<Cow<'static, str>>, body: Body<'a>) -> Self {
        Self {
            what,
            path: path.into(),
            is_repeatable: matches!(body, Body::None),
            body,
            bearer: None,
            max_response: MAX_RESPONSE,
            secrets: Vec::new(),
        }
    }
}
