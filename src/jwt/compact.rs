//! The compact form (RFC 7515 §7.1): three segments of strict base64url, the first two JSON objects (rules T1 to T3). It
//! is what can be shown; what may be believed takes more.

use std::fmt;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};

use super::json::{Broken, Object};

/// The longest text that is taken apart to be shown, in bytes: what every store can keep, far more than any token in use.
pub(super) const MAX_SHOWN: usize = 1024 * 1024;

/// The longest token that is judged, in bytes (rule T1).
pub(super) const MAX_JUDGED: usize = 16 * 1024;

/// Why a text is no token, and where it breaks. Holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// Longer than is read: 16 KiB where it is to be judged, 1 MiB where it is to be shown.
    TooLong(usize),
    /// Not three segments.
    Segments(usize),
    /// A segment with nothing in it.
    Empty(&'static str),
    /// A segment that is not base64url without padding (RFC 7515 §2).
    Encoding {
        /// Which segment.
        segment: &'static str,
        /// What is wrong with it, and where, counted in characters from 1.
        reason: String,
    },
    /// A segment that is not one JSON object.
    NotAnObject {
        /// Which segment.
        segment: &'static str,
        /// Where in the decoded text it breaks, where it is no JSON at all.
        place: String,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(f, "it has {bytes} bytes, more than any token"),
            Self::Segments(count) => write!(f, "a token has 3 parts between dots, this has {count}"),
            Self::Empty(segment) => write!(f, "the {segment} part is empty"),
            Self::Encoding { segment, reason } => write!(f, "the {segment} part is not base64url: {reason}"),
            Self::NotAnObject { segment, place } => write!(f, "the {segment} part is not a JSON object{place}"),
        }
    }
}

impl std::error::Error for Malformed {}

/// A token's three parts as they stand, none of them decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segments<'a> {
    pub header: &'a str,
    pub claims: &'a str,
    pub signature: &'a str,
    /// What the signature is made over: the first two with the dot between them (RFC 7515 §5.2).
    pub signed: &'a str,
}

/// Takes a token apart that has `max` bytes at most.
pub(super) fn split(token: &str, max: usize) -> Result<Segments<'_>, Malformed> {
    if token.len() > max {
        return Err(Malformed::TooLong(token.len()));
    }
    let wrong = || Malformed::Segments(token.split('.').count());
    let (signed, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
    let (header, claims) = signed.split_once('.').ok_or_else(wrong)?;
    if claims.contains('.') {
        return Err(wrong());
    }
    Ok(Segments {
        header,
        claims,
        signature,
        signed,
    })
}

/// A segment's text. Bytes that are none are no JSON either, which says where it breaks.
pub(super) fn text(name: &'static str, segment: &str) -> Result<String, Malformed> {
    String::from_utf8(bytes(name, segment)?).map_err(|error| {
        let place = Broken::no_utf_8(error.as_bytes(), &error.utf8_error());
        not_an_object(name, &place)
    })
}

/// The object that a segment's text is.
pub(super) fn object<'a>(name: &'static str, text: &'a str) -> Result<Object<'a>, Malformed> {
    Object::read(text).map_err(|broken| not_an_object(name, &broken))
}

fn not_an_object(segment: &'static str, broken: &Broken) -> Malformed {
    let place = broken.to_string();
    Malformed::NotAnObject { segment, place }
}

/// A segment's bytes. The engine refuses padding, white space, the other alphabet and non-zero trailing bits (rule T2).
pub(super) fn bytes(name: &'static str, segment: &str) -> Result<Vec<u8>, Malformed> {
    if segment.is_empty() {
        return Err(Malformed::Empty(name));
    }
    URL_SAFE_NO_PAD.decode(segment).map_err(|error| Malformed::Encoding {
        segment: name,
        reason: match error {
            DecodeError::InvalidByte(at, _) => format!("character {} does not belong to it", characters(segment, at)),
            DecodeError::InvalidLength(length) => format!("its length, {length}, is that of no whole number of bytes"),
            DecodeError::InvalidLastSymbol(at, _) => {
                format!("character {} has bits that belong to no byte", characters(segment, at))
            }
            DecodeError::InvalidPadding => "it is padded".into(),
        },
    })
}

/// Which character the byte at an offset belongs to, from 1.
fn characters(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at <= offset).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a token that is to be shown.
    fn parse(token: &str) -> Result<(), Malformed> {
        let parts = split(token, MAX_SHOWN)?;
        object("header", &text("header", parts.header)?)?;
        object("claims", &text("claims", parts.claims)?).map(drop)
    }

    #[test]
    fn t1_only_three_segments_are_a_token() {
        assert!(parse("e30.e30.AA").is_ok());
        assert!(parse("e30.e30.").is_ok(), "an unsigned token can be read, not verified");
        assert_eq!(split("a.b.c", 4).unwrap_err(), Malformed::TooLong(5));
        assert_eq!(parse("").unwrap_err(), Malformed::Segments(1));
        assert_eq!(parse("e30.e30").unwrap_err(), Malformed::Segments(2));
        assert_eq!(parse("e30.e30.AA.AA.AA").unwrap_err(), Malformed::Segments(5));
        assert_eq!(parse(".e30.AA").unwrap_err(), Malformed::Empty("header"));
        let long = format!("e30.e30.{}", "A".repeat(MAX_SHOWN));
        assert_eq!(parse(&long).unwrap_err(), Malformed::TooLong(MAX_SHOWN + 8));
    }

    #[test]
    fn t2_a_second_spelling_of_base64url_is_refused_with_its_place() {
        for (segment, words) in [
            ("e30=", "it is padded"),
            ("e31", "character 3 has bits that belong to no byte"),
            ("e", "its length, 1, is that of no whole number of bytes"),
            ("e3 0", "character 3 does not belong to it"),
            ("+/+/", "character 1 does not belong to it"),
            ("e30\n", "character 4 does not belong to it"),
            ("aé0", "character 2 does not belong to it"),
        ] {
            let error = parse(&format!("e30.{segment}.AA")).unwrap_err().to_string();
            assert!(error.ends_with(words), "{segment:?}: {error}");
            assert!(bytes("signature", segment).is_err());
        }
    }

    #[test]
    fn t3_header_and_claims_are_objects() {
        for (segment, place) in [
            ("W10", ""),
            ("bnVsbA", ""),
            ("MQ", ""),
            ("e30g4oCL", ": it breaks at line 1, column 4"),
            ("77u_e30", ": it breaks at line 1, column 1"),
        ] {
            let error = parse(&format!("e30.{segment}.AA")).unwrap_err();
            let expected = Malformed::NotAnObject {
                segment: "claims",
                place: place.into(),
            };
            assert_eq!(error, expected, "{segment}");
        }
    }
}
