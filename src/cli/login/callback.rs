//! Is this answer ours, and what does it say (rules L3 and L5).
//!
//! One judgement for both ways in: the callback that a browser brings and the redirect URL that a person pastes. The `state` is
//! compared before anything else is looked at, so that what does not know it learns nothing and changes nothing.

use url::form_urlencoded;

use crate::Secret;

/// What the answer must match.
pub struct Expected {
    /// The `state` of the authorization URL, 256 random bits (RFC 6749 §10.12).
    pub state: Secret,
    /// The platform's base URL, which an `iss` parameter must equal (RFC 9207 §2.4); trailing slashes do not count.
    pub issuer: String,
}

/// What the platform decided.
#[derive(Debug)]
pub enum Answer {
    /// It gives a code, to be exchanged for tokens.
    Code(Secret),
    /// It, or the person, said no (RFC 6749 §4.1.2.1). Both texts are the platform's own: they are hostile to a terminal.
    Denied {
        /// The error's name, for example `access_denied`.
        error: String,
        /// What it says for a person.
        description: Option<String>,
    },
}

/// Why an answer is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No `state`, or not the one that was sent. Whoever sent this does not know it: the wait goes on.
    #[error("this is not the answer to the sign-in that is awaited")]
    NotOurs,
    /// Two codes, a code with an error, or a parameter sent twice. This and what follows knows the state: it ends the sign-in.
    #[error("the platform's answer contradicts itself: it holds {0}")]
    TwoAnswers(&'static str),
    /// The answer says that it comes from another platform (a mix-up attack, RFC 9207 §1).
    #[error("the answer comes from `{got}`, not from `{expected}`")]
    WrongIssuer {
        /// What it says, as it came: hostile to a terminal.
        got: String,
        /// The platform that was asked.
        expected: String,
    },
    /// Neither a code nor an error.
    #[error("the platform's answer holds neither a code nor an error")]
    NoCode,
}

impl Rejected {
    /// Whether the sign-in is at its end with this; if not, it is as if the answer had never come.
    pub fn is_final(&self) -> bool {
        *self != Self::NotOurs
    }
}

/// Judges the query of a redirect URL, without its `?`.
///
/// # Errors
///
/// [`Rejected::NotOurs`] for whatever does not know the state; anything else is the platform's own answer, and unusable.
pub fn judge(query: &str, expected: &Expected) -> Result<Answer, Rejected> {
    let states = values(query, "state");
    match states.as_slice() {
        [state] if same_secret(state, &expected.state) => {}
        _ => return Err(Rejected::NotOurs),
    }
    let issuer = at_most_one(query, "iss", "two `iss`")?;
    let error = at_most_one(query, "error", "two errors")?;
    let code = at_most_one(query, "code", "two codes")?;
    let wanted = expected.issuer.trim_end_matches('/');
    if let Some(got) = issuer.filter(|got| got.trim_end_matches('/') != wanted) {
        return Err(Rejected::WrongIssuer {
            got,
            expected: wanted.to_owned(),
        });
    }
    match (code, error) {
        (Some(_), Some(_)) => Err(Rejected::TwoAnswers("a code and an error")),
        (Some(code), None) if !code.is_empty() => Ok(Answer::Code(Secret::from(code))),
        (None, Some(error)) if !error.is_empty() => Ok(Answer::Denied {
            error,
            description: values(query, "error_description").into_iter().next(),
        }),
        _ => Err(Rejected::NoCode),
    }
}

/// The one value of `name`, if it was sent.
fn at_most_one(query: &str, name: &str, contradiction: &'static str) -> Result<Option<String>, Rejected> {
    let mut values = values(query, name).into_iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Rejected::TwoAnswers(contradiction)),
    }
}

/// Every value that `name` was sent with, decoded.
fn values(query: &str, name: &str) -> Vec<String> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// In a time that tells nothing about how much of a guess was right. An empty state would be known to everybody.
fn same_secret(got: &str, expected: &Secret) -> bool {
    let expected = expected.expose().as_bytes();
    !expected.is_empty() && aws_lc_rs::constant_time::verify_slices_are_equal(got.as_bytes(), expected).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(query: &str) -> Result<Answer, Rejected> {
        let expected = Expected {
            state: Secret::from("the-state"),
            issuer: "https://platform.example/".into(),
        };
        judge(query, &expected)
    }

    fn code(query: &str) -> String {
        match judged(query) {
            Ok(Answer::Code(code)) => code.expose().to_owned(),
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_code_with_the_right_state_is_taken_whatever_else_comes_along() {
        assert_eq!(code("code=abc&state=the-state"), "abc");
        assert_eq!(code("x=1&state=the%2Dstate&code=a%2Bb%26c&y"), "a+b&c");
        assert_eq!(
            code("code=abc&state=the-state&iss=https%3A%2F%2Fplatform.example"),
            "abc"
        );
    }

    #[test]
    fn l3_the_state_is_compared_before_anything_else_is_looked_at() {
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
                assert_eq!(judged(&query).unwrap_err(), Rejected::NotOurs, "{query}");
            }
        }
        assert!(!Rejected::NotOurs.is_final());
    }

    #[test]
    fn l3_an_empty_state_matches_nothing() {
        let expected = Expected {
            state: Secret::default(),
            issuer: String::new(),
        };
        for query in ["state=&code=abc", "code=abc"] {
            assert_eq!(judge(query, &expected).unwrap_err(), Rejected::NotOurs);
        }
    }

    #[test]
    fn l5_two_answers_in_one_are_refused() {
        for query in [
            "state=the-state&code=a&code=b",
            "state=the-state&code=a&c%6Fde=a",
            "state=the-state&code=a&error=access_denied",
            "state=the-state&code=&error=access_denied",
            "state=the-state&error=a&error=b",
            "state=the-state&code=a&iss=https://platform.example&iss=https://platform.example",
        ] {
            let refused = judged(query).unwrap_err();
            assert!(matches!(refused, Rejected::TwoAnswers(_)), "{query}");
            assert!(refused.is_final());
        }
    }

    #[test]
    fn l5_an_answer_of_another_platform_is_refused_be_it_code_or_error() {
        for (query, got) in [
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
            let got = got.to_owned();
            assert_eq!(judged(query).unwrap_err(), Rejected::WrongIssuer { got, expected });
        }
    }

    #[test]
    fn a_denial_carries_what_the_platform_said() {
        let denied = judged("error=access_denied&error_description=No+means%20no&state=the-state");
        let Ok(Answer::Denied { error, description }) = denied else {
            panic!("{denied:?}");
        };
        assert_eq!(error, "access_denied");
        assert_eq!(description.as_deref(), Some("No means no"));
    }

    #[test]
    fn an_answer_that_says_nothing_is_an_error() {
        for query in ["state=the-state", "state=the-state&code=", "error=&state=the-state"] {
            assert_eq!(judged(query).unwrap_err(), Rejected::NoCode, "{query}");
        }
    }

    #[test]
    fn n7_debug_never_shows_the_code() {
        let answer = judged("code=canary&state=the-state");
        assert!(!format!("{answer:?}").contains("canary"));
    }
}
