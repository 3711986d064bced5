//! The compact form: three segments of strict base64url, the first two JSON objects (rules T1–T3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The longest token that is read, in bytes (rule T1).
const MAX_TOKEN: usize = 16 * 1024;

/// Why a text is no token. Holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// More than 16 KiB.
    #[error("it has {0} bytes, more than the 16 KiB of a token")]
    TooLong(usize),
    /// Not three segments.
    #[error("a token has 3 parts between dots, this has {0}")]
    Segments(usize),
    /// A segment with nothing in it.
    #[error("its {0} is empty")]
    Empty(&'static str),
    /// A segment that is not base64url without padding (RFC 7515 §2).
    #[error("its {0} is not base64url")]
    Encoding(&'static str),
    /// A segment that is not one JSON object.
    #[error("its {0} is not a JSON object")]
    NotAnObject(&'static str),
}

type Object = Map<String, Value>;

/// Header and claims of a token, in their own order.
pub(super) fn parse(token: &str) -> Result<(Object, Object), Malformed> {
    if token.len() > MAX_TOKEN {
        return Err(Malformed::TooLong(token.len()));
    }
    let mut segments = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (segments.next(), segments.next(), segments.next(), segments.next())
    else {
        return Err(Malformed::Segments(token.split('.').count()));
    };
    let header = object("header", header)?;
    let claims = object("claims", claims)?;
    bytes("signature", signature)?;
    Ok((header, claims))
}

fn object(name: &'static str, segment: &str) -> Result<Object, Malformed> {
    serde_json::from_slice(&bytes(name, segment)?).map_err(|_| Malformed::NotAnObject(name))
}

fn bytes(name: &'static str, segment: &str) -> Result<Vec<u8>, Malformed> {
    if segment.is_empty() {
        return Err(Malformed::Empty(name));
    }
    // This engine refuses padding, white space, the other alphabet and non-zero trailing bits (rule T2).
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| Malformed::Encoding(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t1_only_three_full_segments_within_16_kib_are_a_token() {
        assert!(parse("e30.e30.AA").is_ok());
        assert_eq!(parse("").unwrap_err(), Malformed::Segments(1));
        assert_eq!(parse("e30.e30").unwrap_err(), Malformed::Segments(2));
        assert_eq!(parse("e30.e30.AA.AA.AA").unwrap_err(), Malformed::Segments(5));
        assert_eq!(parse("e30.e30.").unwrap_err(), Malformed::Empty("signature"));
        assert_eq!(parse(".e30.AA").unwrap_err(), Malformed::Empty("header"));
        let long = format!("e30.e30.{}", "A".repeat(MAX_TOKEN));
        assert_eq!(parse(&long).unwrap_err(), Malformed::TooLong(MAX_TOKEN + 8));
    }

    #[test]
    fn t2_a_second_spelling_of_base64url_is_refused() {
        for signature in ["AA==", "AB", "A", "A A", "+/+/", "AA\n", "é"] {
            let error = parse(&format!("e30.e30.{signature}")).unwrap_err();
            assert_eq!(error, Malformed::Encoding("signature"), "{signature:?}");
        }
    }

    #[test]
    fn t3_header_and_claims_are_objects() {
        for segment in ["W10", "bnVsbA", "MQ", "e30g4oCL", "77u_e30"] {
            let error = parse(&format!("e30.{segment}.AA")).unwrap_err();
            assert_eq!(error, Malformed::NotAnObject("claims"), "{segment}");
        }
    }
}
