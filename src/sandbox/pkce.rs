//! Proof Key for Code Exchange (RFC 7636) on the server, S256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::digest::{base64url, same_secret, sha256};
use super::oauth_error::OAuthError;

/// Checks the verifier (RFC 7636 §4.6). A verifier without a challenge is a downgrade attack (RFC 9700 §4.8.2).
pub(super) fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(OAuthError::invalid_grant(
            "`code_verifier` is given, but the authorization request had no `code_challenge`",
        )),
        (Some(_), None) => Err(OAuthError::invalid_request("`code_verifier` is missing")),
        (Some(_), Some(verifier)) if !is_verifier(verifier) => Err(OAuthError::invalid_grant(
            "`code_verifier` must have 43 to 128 letters, digits, `-`, `.`, `_` or `~`",
        )),
        (Some(challenge), Some(verifier)) => {
            if same_secret(&s256(verifier), challenge) {
                Ok(())
            } else {
                Err(OAuthError::invalid_grant(
                    "`code_verifier` does not match the `code_challenge`",
                ))
            }
        }
    }
}

fn is_verifier(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(allowed)
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub(super) fn s256(verifier: &str) -> String {
    base64url(&sha256(verifier.as_bytes()))
}

/// Whether this can be an S256 challenge: 32 bytes in canonical base64url. A non-canonical encoding could match no verifier,
/// because it is compared with the canonical one.
pub(super) fn is_challenge(challenge: &str) -> bool {
    URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        assert_eq!(
            s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_challenge_is_32_bytes_in_canonical_base64url() {
        assert!(is_challenge(&s256("any")));
        assert!(is_challenge(&"A".repeat(43)));
        let stem = "A".repeat(42);
        for bad in ["", "B", "C", "P", "=", "+", "AA", "AAA", "AAA="] {
            assert!(!is_challenge(&format!("{stem}{bad}")), "{bad}");
        }
    }

    #[test]
    fn a_verifier_has_the_length_and_alphabet_of_rfc_7636() {
        for bad in [
            "a".repeat(42),
            "a".repeat(129),
            format!("{}+", "a".repeat(50)),
            format!("{}é", "a".repeat(50)),
        ] {
            let error = check_verifier(Some(&s256(&bad)), Some(&bad)).unwrap_err();
            assert_eq!(error.error, "invalid_grant", "{bad}");
        }
        for good in ["a".repeat(43), "~".repeat(128)] {
            assert_eq!(check_verifier(Some(&s256(&good)), Some(&good)), Ok(()));
        }
    }
}
