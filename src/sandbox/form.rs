//! `application/x-www-form-urlencoded`, read as OAuth reads it: no parameter twice, an empty one is an absent one (RFC 6749 §3.1, §3.2).

use std::collections::HashSet;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::oauth_error::OAuthError;

/// The largest request body that is read.
pub(super) const MAX_BODY: usize = 64 * 1024;

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
    let params = Params::parse(&bytes(body).await.ok_or_else(OAuthError::too_large)?);
    match params.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("`{name}` is given more than once"))),
        None => Ok((parts.headers, params)),
    }
}

/// The whole body, or nothing where it is larger than [`MAX_BODY`] or cut off.
pub(super) async fn bytes(body: Body) -> Option<Bytes> {
    axum::body::to_bytes(body, MAX_BODY).await.ok()
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
