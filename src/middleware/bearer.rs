//! `Authorization: Bearer <token>`, read strictly (RFC 6750 §2.1, RFC 9110 §11.4; rule G1).

use std::fmt;

use http::{HeaderMap, StatusCode, header};

/// Why a request carries no usable bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BearerError {
    /// No `Authorization` header.
    Missing,
    /// Another scheme, or no token behind it.
    Malformed,
    /// More than one header or value: a proxy and this service could read different ones.
    Ambiguous,
}

impl fmt::Display for BearerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing Authorization header",
            Self::Malformed => "Authorization header is not of the form: Bearer <token>",
            Self::Ambiguous => "more than one Authorization value",
        })
    }
}

impl std::error::Error for BearerError {}

impl BearerError {
    /// The status to answer with: 401, or 400 where the request is ambiguous.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::Malformed => StatusCode::UNAUTHORIZED,
            Self::Ambiguous => StatusCode::BAD_REQUEST,
        }
    }
}

/// The bearer token of a request. Nothing but the `Authorization` header is looked at: tokens in a query or body do not
/// count.
///
/// ```
/// use http::{HeaderMap, header};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(header::AUTHORIZATION, "Bearer eyJhbGciOi".parse().unwrap());
/// assert_eq!(noesis::middleware::bearer_token(&headers), Ok("eyJhbGciOi"));
/// ```
///
/// # Errors
/// [`BearerError`], with the status that it is to be answered with.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, BearerError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerError::Missing)?;
    if values.next().is_some() {
        return Err(BearerError::Ambiguous);
    }
    let value = value.to_str().map_err(|_| BearerError::Malformed)?;
    if memchr::memchr(b',', value.as_bytes()).is_some() {
        return Err(BearerError::Ambiguous);
    }
    let (scheme, token) = value.split_once(' ').ok_or(BearerError::Malformed)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer")
        || token.is_empty()
        || memchr::memchr2(b' ', b'\t', token.as_bytes()).is_some()
    {
        return Err(BearerError::Malformed);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Result<String, BearerError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn g1_one_bearer_value_in_any_case_with_one_or_more_spaces_is_read() {
        for good in ["Bearer t", "bearer t", "BEARER   t", "Bearer t "] {
            assert_eq!(of(&[good]).as_deref(), Ok("t"), "{good:?}");
        }
        assert_eq!(of(&[]), Err(BearerError::Missing));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Basic dTpw",
            "Bearer a b",
            "Bearert",
            "Bearer\tt",
            "Token t",
        ] {
            assert_eq!(of(&[bad]), Err(BearerError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn g1_two_headers_or_a_comma_list_are_400() {
        for bad in [
            &["Bearer a", "Bearer b"][..],
            &["Bearer a, Bearer b"],
            &["Bearer a", "Basic b"],
            &["Bearer a,b"],
        ] {
            let error = of(bad).unwrap_err();
            assert_eq!((error, error.status().as_u16()), (BearerError::Ambiguous, 400));
        }
    }
}
