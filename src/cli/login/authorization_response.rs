//! Validates the platform's authorization response (RFC 6749 §4.1.2; rules L3 and L5).
//!
//! The same validation applies to the callback of a browser and to a pasted redirect URL. The `state` is compared before
//! anything else is read, so that a sender without it learns nothing and changes nothing.

use url::form_urlencoded;

use crate::Secret;

/// What the response must match.
#[derive(Debug, Clone)]
pub struct ExpectedResponse {
    /// The `state` of the authorization URL, 256 random bits (RFC 6749 §10.12).
    pub state: Secret,
    /// The platform's base URL, which an `iss` parameter must equal (RFC 9207 §2.4); trailing slashes do not count.
    pub issuer: String,
}

/// What the platform responded.
#[derive(Debug)]
pub enum AuthorizationResponse {
    /// An authorization code, to be exchanged for tokens.
    Code(Secret),
    /// The platform or the user denied the request (RFC 6749 §4.1.2.1). Both texts are untrusted.
    Error {
        /// The error code, for example `access_denied`.
        error: String,
        /// The description for the user.
        description: Option<String>,
    },
}

/// Why a response is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// No `state`, or not the one that was sent: the response is not to this request, and the wait goes on.
    #[error("the `state` is not that of this sign-in")]
    WrongState,
    /// Two codes, a code with an error, or a repeated parameter. This and the following have the right state: they end the sign-in.
    #[error("the authorization response is contradictory: it has {0}")]
    Contradictory(&'static str),
    /// The response names another issuer (a mix-up attack, RFC 9207 §1).
    #[error("the authorization response comes from `{received}`, not from `{expected}`")]
    WrongIssuer {
        /// The issuer in the response: untrusted.
        received: String,
        /// The platform of the request.
        expected: String,
    },
    /// Neither a code nor an error.
    #[error("the authorization response has neither a code nor an error")]
    NoCode,
}

impl ResponseError {
    /// Whether the error ends the sign-in; if not, the response is ignored.
    pub fn is_final(&self) -> bool {
        *self != Self::WrongState
    }
}

/// Validates the query of a redirect URL, without its `?`.
///
/// # Errors
///
/// [`ResponseError::WrongState`] for a response without the right state; any other is a response to this request that is not usable.
pub fn validate(query: &str, expected: &ExpectedResponse) -> Result<AuthorizationResponse, ResponseError> {
    let states = values(query, "state");
    match states.as_slice() {
        [state] if same_secret(state, &expected.state) => {}
        _ => return Err(ResponseError::WrongState),
    }
    let issuer = at_most_one(query, "iss", "two `iss`")?;
    let error = at_most_one(query, "error", "two errors")?;
    let code = at_most_one(query, "code", "two codes")?;
    let expected_issuer = expected.issuer.trim_end_matches('/');
    if let Some(received) = issuer.filter(|received| received.trim_end_matches('/') != expected_issuer) {
        return Err(ResponseError::WrongIssuer {
            received,
            expected: expected_issuer.to_owned(),
        });
    }
    match (code, error) {
        (Some(_), Some(_)) => Err(ResponseError::Contradictory("a code and an error")),
        (Some(code), None) if !code.is_empty() => Ok(AuthorizationResponse::Code(Secret::from(code))),
        (None, Some(error)) if !error.is_empty() => Ok(AuthorizationResponse::Error {
            error,
            description: values(query, "error_description").into_iter().next(),
        }),
        _ => Err(ResponseError::NoCode),
    }
}

/// The one value of `name`, if it was sent.
fn at_most_one(query: &str, name: &str, contradiction: &'static str) -> Result<Option<String>, ResponseError> {
    let mut values = values(query, name).into_iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(ResponseError::Contradictory(contradiction)),
    }
}

/// Every value that `name` was sent with, decoded.
fn values(query: &str, name: &str) -> Vec<String> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// In constant time. An empty state matches nothing, as anybody could send it.
fn same_secret(received: &str, expected: &Secret) -> bool {
    let expected = expected.expose().as_bytes();
    !expected.is_empty() && aws_lc_rs::constant_time::verify_slices_are_equal(received.as_bytes(), expected).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validated(query: &str) -> Result<AuthorizationResponse, ResponseError> {
        let expected = ExpectedResponse {
            state: Secret::from("the-state"),
            issuer: "https://platform.example/".into(),
        };
        validate(query, &expected)
    }

    fn code(query: &str) -> String {
        match validated(query) {
            Ok(AuthorizationResponse::Code(code)) => code.expose().to_owned(),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_code_with_the_right_state_is_accepted_with_unknown_parameters() {
        assert_eq!(code("code=abc&state=the-state"), "abc");
        assert_eq!(code("x=1&state=the%2Dstate&code=a%2Bb%26c&y"), "a+b&c");
        assert_eq!(
            code("code=abc&state=the-state&iss=https%3A%2F%2Fplatform.example"),
            "abc"
        );
    }

    #[test]
    fn l3_the_state_is_compared_before_anything_else_is_read() {
        for rest in [
            "",
            "code=abc",
            "error=access_denied",
            "code=a&code=b",
            "code=a&error=b",
            "code=abc&iss=https://evil.example",
        ] {
            for state in [
                "",
                "state",
                "state=",
                "state=the-stat",
                "state=the-state2",
                "state=the-state%00",
                "State=the-state",
                "state=wrong&state=the-state",
                "state=the-state&state=the-state",
            ] {
                let query = format!("{rest}&{state}");
                assert_eq!(validated(&query).unwrap_err(), ResponseError::WrongState, "{query}");
            }
        }
        assert!(!ResponseError::WrongState.is_final());
    }

    #[test]
    fn l3_an_empty_state_matches_nothing() {
        let expected = ExpectedResponse {
            state: Secret::default(),
            issuer: String::new(),
        };
        for query in ["state=&code=abc", "code=abc"] {
            assert_eq!(validate(query, &expected).unwrap_err(), ResponseError::WrongState);
        }
    }

    #[test]
    fn l5_a_contradictory_response_is_refused() {
        for query in [
            "state=the-state&code=a&code=b",
            "state=the-state&code=a&c%6Fde=a",
            "state=the-state&code=a&error=access_denied",
            "state=the-state&code=&error=access_denied",
            "state=the-state&error=a&error=b",
            "state=the-state&code=a&iss=https://platform.example&iss=https://platform.example",
        ] {
            let refused = validated(query).unwrap_err();
            assert!(matches!(refused, ResponseError::Contradictory(_)), "{query}");
            assert!(refused.is_final());
        }
    }

    #[test]
    fn l5_a_response_of_another_issuer_is_refused_be_it_a_code_or_an_error() {
        for (query, received) in [
            (
                "state=the-state&code=a&iss=https://evil.example",
                "https://evil.example",
            ),
            (
                "state=the-state&error=a&iss=https://evil.example",
                "https://evil.example",
            ),
            ("state=the-state&code=a&iss=", ""),
            (
                "state=the-state&code=a&iss=https://PLATFORM.example",
                "https://PLATFORM.example",
            ),
        ] {
            let expected = "https://platform.example".to_owned();
            let received = received.to_owned();
            assert_eq!(
                validated(query).unwrap_err(),
                ResponseError::WrongIssuer { received, expected }
            );
        }
    }

    #[test]
    fn an_error_has_the_platforms_code_and_description() {
        let denied = validated("error=access_denied&error_description=No+means%20no&state=the-state");
        let Ok(AuthorizationResponse::Error { error, description }) = denied else {
            panic!("{denied:?}");
        };
        assert_eq!(error, "access_denied");
        assert_eq!(description.as_deref(), Some("No means no"));
    }

    #[test]
    fn a_response_without_code_or_error_is_refused() {
        for query in ["state=the-state", "state=the-state&code=", "error=&state=the-state"] {
            assert_eq!(validated(query).unwrap_err(), ResponseError::NoCode, "{query}");
        }
    }

    #[test]
    fn n7_debug_never_shows_the_code() {
        let response = validated("code=canary&state=the-state");
        assert!(!format!("{response:?}").contains("canary"));
    }
}
