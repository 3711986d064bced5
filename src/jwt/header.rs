//! The JOSE header of a token: its parameters for structure, algorithm and key (rules T4, T5 and T7).
//!
//! An issuer puts the same header, byte for byte, into all its tokens. So each thread caches the last header that it parsed:
//! the result depends on the text alone, not on keys, policy or clock.

use std::cell::RefCell;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::compact::{self, MalformedToken};
use super::findings::{CheckOutcome, Finding, fail};
use super::json::{Json, Object};

/// A header that is a JSON object, valid or not.
pub(super) struct Header {
    pub text: Arc<str>,
    /// Rule T5: no parameter that changes how the token is to be processed.
    pub structure: CheckOutcome,
    /// Rule T4: the name of a supported algorithm, exactly.
    pub algorithm: CheckOutcome<Algorithm>,
    /// Rule T7: the `kid`, if there is one.
    pub kid: CheckOutcome<Option<Box<str>>>,
}

thread_local! {
    /// The segment that this thread parsed last, and its header.
    static LAST: RefCell<Option<(Box<str>, Arc<Header>)>> = const { RefCell::new(None) };
}

impl Header {
    /// The header of a segment, if this thread parsed the same segment last.
    pub fn cached(segment: &str) -> Option<Arc<Self>> {
        LAST.with_borrow(|last| match last {
            Some((known, header)) if **known == *segment => Some(Arc::clone(header)),
            _ => None,
        })
    }

    /// Parses the text of a segment, and caches the result.
    pub fn read(segment: &str, text: &str) -> Result<Arc<Self>, MalformedToken> {
        let object = compact::object("header", text)?;
        let header = Arc::new(Self {
            structure: structure(&object),
            algorithm: algorithm(&object),
            kid: kid(&object),
            text: text.into(),
        });
        LAST.set(Some((segment.into(), Arc::clone(&header))));
        Ok(header)
    }
}

fn structure(header: &Object<'_>) -> CheckOutcome {
    if let Some(member) = ["crit", "b64", "zip", "enc"]
        .into_iter()
        .find(|member| header.has(member))
    {
        return fail(Finding::UnsupportedParameter(member));
    }
    let is = |name: &str, known: &[&str]| known.iter().any(|other| name.eq_ignore_ascii_case(other));
    match header.get("typ") {
        None => {}
        Some(Json::Text(typ)) if is(typ, &["jwt", "at+jwt", "application/jwt", "application/at+jwt"]) => {}
        Some(Json::Text(_)) => return fail(Finding::WrongType),
        Some(_) => return fail(Finding::NotString("typ")),
    }
    match header.get("cty") {
        None => Ok(Finding::WellFormed),
        Some(Json::Text(cty)) if is(cty, &["jwt", "application/jwt"]) => fail(Finding::Nested),
        Some(Json::Text(_)) => Ok(Finding::WellFormed),
        Some(_) => fail(Finding::NotString("cty")),
    }
}

fn algorithm(header: &Object<'_>) -> CheckOutcome<Algorithm> {
    match header.get("alg") {
        Some(Json::Text(name)) => match Algorithm::from_name(name) {
            Some(algorithm) => Ok(algorithm),
            None => fail(Finding::UnsupportedAlgorithm((&**name).into())),
        },
        Some(_) => fail(Finding::NotString("alg")),
        None => fail(Finding::Missing("alg")),
    }
}

fn kid(header: &Object<'_>) -> CheckOutcome<Option<Box<str>>> {
    match header.get("kid") {
        None => Ok(None),
        Some(Json::Text(kid)) => Ok(Some((&**kid).into())),
        Some(_) => fail(Finding::NotString("kid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Arc<Header> {
        Header::read(text, text).unwrap()
    }

    #[test]
    fn only_the_last_header_is_cached_and_only_for_the_same_text() {
        let (first, second) = (r#"{"alg":"RS256","kid":"a"}"#, r#"{"alg":"RS256","kid":"b"}"#);
        assert!(Header::cached(first).is_none());
        let read = header(first);
        assert!(Arc::ptr_eq(&Header::cached(first).unwrap(), &read));
        assert!(Header::cached(second).is_none());
        header(second);
        assert!(Header::cached(first).is_none());
        assert_eq!(
            Header::cached(second).unwrap().kid.as_ref().ok().unwrap().as_deref(),
            Some("b")
        );
    }

    #[test]
    fn a_header_that_is_not_an_object_is_not_cached() {
        for text in ["[]", "{", r#"{"alg":"RS256","alg":"RS256"}"#] {
            assert!(Header::read(text, text).is_err(), "{text}");
            assert!(Header::cached(text).is_none(), "{text}");
        }
    }
}
