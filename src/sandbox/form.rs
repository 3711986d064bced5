//! `application/x-www-form-urlencoded`, read as OAuth reads it: no parameter twice, an empty one is an absent one (RFC 6749 §3.1, §3.2).

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use hyper::body::Body as _;

use super::oauth_error::OAuthError;

/// The largest request body that is read.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// How long a body may take from the end of the header. What the sandbox itself takes, for its first key above all, is not
/// counted: it is no fault of the client.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// The parameters of a query or a form body.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a parameter; `None` where it is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that the request must have.
    pub(super) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("`{name}` is missing")))
    }

    /// The first parameter that came more than once.
    pub(super) fn repeated(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        self.0
            .iter()
            .map(|(key, _)| key.as_str())
            .find(|key| !seen.insert(*key))
    }

    /// Whether this parameter came more than once.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }
}

/// Reads a form body, and hands back the headers beside it.
pub(super) async fn read(request: Request) -> Result<(HeaderMap, Params), OAuthError> {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let media_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let wrong = "the body must be application/x-www-form-urlencoded";
        return Err(OAuthError::invalid_request(wrong));
    }
    let params = Params::parse(&bytes(body).await?);
    match params.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("`{name}` is given more than once"))),
        None => Ok((parts.headers, params)),
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is larger than [`MAX_BODY`].
    TooLarge,
    /// It was cut off, or its chunks are none (RFC 9112 §7.1).
    Broken,
    /// It did not come within [`BODY_TIMEOUT`].
    Late,
}

/// The whole body.
pub(super) async fn bytes(body: Body) -> Result<Vec<u8>, Unread> {
    let whole = tokio::time::timeout(BODY_TIMEOUT, all(body)).await;
    whole.unwrap_or(Err(Unread::Late))
}

async fn all(mut body: Body) -> Result<Vec<u8>, Unread> {
    let mut whole = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        // What is no data are trailers, which nobody here reads.
        let data = frame.into_data().unwrap_or_default();
        if whole.len() + data.len() > MAX_BODY {
            return Err(Unread::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_is_an_absent_one() {
        let params = Params::parse(b"a=&b=1&c");
        assert_eq!(
            (params.get("a"), params.get("b"), params.get("c")),
            (None, Some("1"), None)
        );
    }

    #[test]
    fn a_parameter_twice_is_seen_even_when_one_of_them_is_empty_or_spelled_otherwise() {
        assert_eq!(Params::parse(b"code=x&a=1&code=").repeated(), Some("code"));
        assert_eq!(Params::parse(b"code=x&c%6Fde=y").repeated(), Some("code"));
        assert_eq!(Params::parse(b"a=1&b=1").repeated(), None);
    }
}
