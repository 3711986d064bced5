//! The JOSE header of a token, read once: what it says of the token's form, algorithm and key (rules T4, T5 and T7).
//!
//! An issuer writes the same header into all its tokens, to the letter. So each thread remembers the last one that it read:
//! what a header says is a matter of its text alone, not of keys, policy or clock, and the same text needs no second
//! reading.

use std::cell::RefCell;
use std::sync::Arc;

use super::algorithm::Algorithm;
use super::compact::{self, MalformedToken};
use super::findings::{CheckOutcome, Finding, fail};
use super::json::{Json, Object};

/// A header that is one JSON object, whatever else it is.
pub(super) struct Header {
    pub text: Arc<str>,
    /// Rule T5: nothing in it that changes what the token is.
    pub structure: CheckOutcome,
    /// Rule T4: one of two names, exactly.
    pub algorithm: CheckOutcome<Algorithm>,
    /// Rule T7: the key's name, where there is one.
    pub kid: CheckOutcome<Option<Box<str>>>,
}

thread_local! {
    /// The segment that this thread read last, and what it found.
    static LAST: RefCell<Option<(Box<str>, Arc<Header>)>> = const { RefCell::new(None) };
}

impl Header {
    /// What a segment says, where it is the one that this thread read last.
    pub fn remembered(segment: &str) -> Option<Arc<Self>> {
        LAST.with_borrow(|last| match last {
            Some((known, header)) if **known == *segment => Some(Arc::clone(header)),
            _ => None,
        })
    }

    /// Reads the text of a segment, and remembers it.
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
    fn only_the_same_text_is_remembered_and_only_the_last() {
        let (first, second) = (r#"{"alg":"RS256","kid":"a"}"#, r#"{"alg":"RS256","kid":"b"}"#);
        assert!(Header::remembered(first).is_none());
        let read = header(first);
        assert!(Arc::ptr_eq(&Header::remembered(first).unwrap(), &read));
        assert!(Header::remembered(second).is_none());
        header(second);
        assert!(Header::remembered(first).is_none());
        assert_eq!(
            Header::remembered(second)
                .unwrap()
                .kid
                .as_ref()
                .ok()
                .unwrap()
                .as_deref(),
            Some("b")
        );
    }

    #[test]
    fn what_is_no_object_is_not_remembered() {
        for text in ["[]", "{", r#"{"alg":"RS256","alg":"RS256"}"#] {
            assert!(Header::read(text, text).is_err(), "{text}");
            assert!(Header::remembered(text).is_none(), "{text}");
        }
    }
}
