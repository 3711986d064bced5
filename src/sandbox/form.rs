//! `application/x-www-form-urlencoded` as OAuth reads it: no parameter more than once, and a parameter without a value
//! is treated as omitted (RFC 6749 §3.1, §3.2).

use std::collections::HashSet;

use axum::extract::Request;
use axum::http::{HeaderMap, header};

use super::body;
use super::oauth_error::OAuthError;

/// The parameters of a query or a form body.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a parameter; `None` if it is absent or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that the request must have.
    pub(super) fn require(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("`{name}` is missing")))
    }

    /// The first parameter that is given more than once.
    pub(super) fn repeated(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        self.0
            .iter()
            .map(|(key, _)| key.as_str())
            .find(|key| !seen.insert(*key))
    }

    /// Whether this parameter is given more than once.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }
}

/// Reads a form body; returns the request's headers with it.
pub(super) async fn read(request: Request) -> Result<(HeaderMap, Params), OAuthError> {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let media_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let expected = "the body must be application/x-www-form-urlencoded";
        return Err(OAuthError::invalid_request(expected));
    }
    let params = Params::parse(&body::read(body).await?);
    match params.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("`{name}` is given more than once"))),
        None => Ok((parts.headers, params)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_without_a_value_is_treated_as_omitted() {
        let params = Params::parse(b"a=&b=1&c");
        assert_eq!(
            (params.get("a"), params.get("b"), params.get("c")),
            (None, Some("1"), None)
        );
    }

    #[test]
    fn a_repeated_parameter_is_found_even_if_one_of_them_is_empty_or_percent_encoded() {
        assert_eq!(Params::parse(b"code=x&a=1&code=").repeated(), Some("code"));
        assert_eq!(Params::parse(b"code=x&c%6Fde=y").repeated(), Some("code"));
        assert_eq!(Params::parse(b"a=1&b=1").repeated(), None);
    }
}
