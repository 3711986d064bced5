//! Reads `Authorization: Bearer <token>` strictly (RFC 6750 §2.1, RFC 9110 §11.4; rule G1).

use http::{HeaderMap, header};

use super::denial::DenialKind;

/// The bearer token of a request. Only the `Authorization` header is read; tokens in the query or body are ignored.
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
/// [`DenialKind::NoCredentials`] or [`DenialKind::AmbiguousCredentials`].
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, DenialKind> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(DenialKind::NoCredentials)?;
    if values.next().is_some() {
        return Err(DenialKind::AmbiguousCredentials);
    }
    let value = value.to_str().map_err(|_| DenialKind::NoCredentials)?;
    if memchr::memchr(b',', value.as_bytes()).is_some() {
        return Err(DenialKind::AmbiguousCredentials);
    }
    let (scheme, token) = value.split_once(' ').ok_or(DenialKind::NoCredentials)?;
    let token = token.trim_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer")
        || token.is_empty()
        || memchr::memchr2(b' ', b'\t', token.as_bytes()).is_some()
    {
        return Err(DenialKind::NoCredentials);
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(values: &[&str]) -> Result<String, DenialKind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn g1_one_bearer_value_in_any_case_with_one_or_more_spaces_is_read() {
        for good in ["Bearer t", "bearer t", "BEARER   t", "Bearer t "] {
            assert_eq!(token_of(&[good]).as_deref(), Ok("t"), "{good:?}");
        }
        assert_eq!(token_of(&[]), Err(DenialKind::NoCredentials));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Basic dTpw",
            "Bearer a b",
            "Bearer a\tb",
            "Bearert",
            "Bearer\tt",
            "Token t",
            "Bearer é",
        ] {
            assert_eq!(token_of(&[bad]), Err(DenialKind::NoCredentials), "{bad:?}");
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
            let kind = token_of(bad).unwrap_err();
            assert_eq!((kind, kind.status().as_u16()), (DenialKind::AmbiguousCredentials, 400));
        }
    }
}
