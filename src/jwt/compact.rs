//! The JWS compact serialization (RFC 7515 §7.1): three segments of strict base64url, the first two JSON objects (rules T1
//! to T3). What it yields can be shown; nothing of it is verified.

use std::fmt;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};

use super::json::{JsonError, Object};

/// The longest text that is split to be shown, in bytes: as much as every session store accepts, far more than any token
/// in use.
pub(super) const MAX_SHOWN: usize = 1024 * 1024;

/// The longest token that is verified, in bytes (rule T1).
pub(super) const MAX_VERIFIED: usize = 16 * 1024;

/// Why a text is not a token, and at which position. Contains none of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MalformedToken {
    /// Longer than the limit: 16 KiB to be verified, 1 MiB to be shown.
    TooLong(usize),
    /// Not three segments.
    Segments(usize),
    /// An empty segment.
    Empty(&'static str),
    /// A segment that is not base64url without padding (RFC 7515 §2).
    Encoding {
        /// Which segment.
        segment: &'static str,
        /// What is wrong with it, and at which character, from 1.
        reason: String,
    },
    /// A segment that is not one JSON object.
    NotAnObject {
        /// Which segment.
        segment: &'static str,
        /// Where in the decoded text the error is, if it is not JSON at all.
        place: String,
    },
}

impl fmt::Display for MalformedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(f, "it is too long for a token: {bytes} bytes"),
            Self::Segments(count) => write!(f, "a JWT has 3 segments separated by dots, this has {count}"),
            Self::Empty(segment) => write!(f, "the {segment} segment is empty"),
            Self::Encoding { segment, reason } => write!(f, "the {segment} segment is not base64url: {reason}"),
            Self::NotAnObject { segment, place } => write!(f, "the {segment} segment is not a JSON object{place}"),
        }
    }
}

impl std::error::Error for MalformedToken {}

/// A token's three segments, not decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segments<'a> {
    pub header: &'a str,
    pub claims: &'a str,
    pub signature: &'a str,
    /// What the signature is made over: the first two with the dot between them (RFC 7515 §5.2).
    pub signed: &'a str,
}

/// Splits a token of at most `max` bytes.
pub(super) fn split(token: &str, max: usize) -> Result<Segments<'_>, MalformedToken> {
    if token.len() > max {
        return Err(MalformedToken::TooLong(token.len()));
    }
    let wrong = || MalformedToken::Segments(token.split('.').count());
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

/// The text of a segment. Bytes that are not UTF-8 are not JSON either, and the error says where.
pub(super) fn text(name: &'static str, segment: &str) -> Result<String, MalformedToken> {
    String::from_utf8(bytes(name, segment)?).map_err(|error| {
        let place = JsonError::not_utf_8(error.as_bytes(), &error.utf8_error());
        not_an_object(name, &place)
    })
}

/// The JSON object in a segment's text.
pub(super) fn object<'a>(name: &'static str, text: &'a str) -> Result<Object<'a>, MalformedToken> {
    Object::read(text).map_err(|error| not_an_object(name, &error))
}

fn not_an_object(segment: &'static str, error: &JsonError) -> MalformedToken {
    let place = error.to_string();
    MalformedToken::NotAnObject { segment, place }
}

/// A segment's bytes. The engine refuses padding, white space, the other alphabet and non-zero trailing bits (rule T2).
pub(super) fn bytes(name: &'static str, segment: &str) -> Result<Vec<u8>, MalformedToken> {
    if segment.is_empty() {
        return Err(MalformedToken::Empty(name));
    }
    URL_SAFE_NO_PAD
        .decode(segment)
        .map_err(|error| MalformedToken::Encoding {
            segment: name,
            reason: match error {
                DecodeError::InvalidByte(at, _) => format!("invalid character at position {}", characters(segment, at)),
                DecodeError::InvalidLength(length) => format!("invalid length {length}"),
                DecodeError::InvalidLastSymbol(at, _) => {
                    format!("non-zero trailing bits at position {}", characters(segment, at))
                }
                DecodeError::InvalidPadding => "padding is not allowed".into(),
            },
        })
}

/// The position of the character at a byte offset, from 1.
fn characters(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at <= offset).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a token as it is parsed to be shown.
    fn parse(token: &str) -> Result<(), MalformedToken> {
        let parts = split(token, MAX_SHOWN)?;
        object("header", &text("header", parts.header)?)?;
        object("claims", &text("claims", parts.claims)?).map(drop)
    }

    #[test]
    fn t1_only_three_segments_are_a_token() {
        assert!(parse("e30.e30.AA").is_ok());
        assert!(parse("e30.e30.").is_ok(), "an unsigned token can be read, not verified");
        assert_eq!(split("a.b.c", 4).unwrap_err(), MalformedToken::TooLong(5));
        assert_eq!(parse("").unwrap_err(), MalformedToken::Segments(1));
        assert_eq!(parse("e30.e30").unwrap_err(), MalformedToken::Segments(2));
        assert_eq!(parse("e30.e30.AA.AA.AA").unwrap_err(), MalformedToken::Segments(5));
        assert_eq!(parse(".e30.AA").unwrap_err(), MalformedToken::Empty("header"));
        let long = format!("e30.e30.{}", "A".repeat(MAX_SHOWN));
        assert_eq!(parse(&long).unwrap_err(), MalformedToken::TooLong(MAX_SHOWN + 8));
    }

    #[test]
    fn t2_a_non_canonical_base64url_encoding_is_refused_with_its_position() {
        for (segment, message) in [
            ("e30=", "padding is not allowed"),
            ("e31", "non-zero trailing bits at position 3"),
            ("e", "invalid length 1"),
            ("e3 0", "invalid character at position 3"),
            ("+/+/", "invalid character at position 1"),
            ("e30\n", "invalid character at position 4"),
            ("aé0", "invalid character at position 2"),
        ] {
            let error = parse(&format!("e30.{segment}.AA")).unwrap_err().to_string();
            assert!(error.ends_with(message), "{segment:?}: {error}");
            assert!(bytes("signature", segment).is_err());
        }
    }

    #[test]
    fn t3_header_and_claims_are_objects() {
        for (segment, place) in [
            ("W10", ""),
            ("bnVsbA", ""),
            ("MQ", ""),
            ("e30g4oCL", ": invalid JSON at line 1, column 4"),
            ("77u_e30", ": invalid JSON at line 1, column 1"),
        ] {
            let error = parse(&format!("e30.{segment}.AA")).unwrap_err();
            let expected = MalformedToken::NotAnObject {
                segment: "claims",
                place: place.into(),
            };
            assert_eq!(error, expected, "{segment}");
        }
    }
}
