//! SHA-256 and random values, for challenges, token lookup and one-time IDs.

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(super) fn sha256(data: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, data).as_ref());
    out
}

pub(super) fn base64url(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(data)
}

/// 256 random bits after a prefix that shows in a log or a test what kind of value it is.
pub(super) fn random(prefix: &str) -> Result<String, Unspecified> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(format!("{prefix}{}", base64url(&bytes)))
}

/// Compares in constant time. Digests are compared, so that the time does not reveal the length of the secret either.
pub(super) fn same_secret(left: &str, right: &str) -> bool {
    let (left, right) = (sha256(left.as_bytes()), sha256(right.as_bytes()));
    aws_lc_rs::constant_time::verify_slices_are_equal(&left, &right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_values_differ_and_have_256_bits() {
        let (one, two) = (random("rt_").unwrap(), random("rt_").unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 3 + 43);
    }

    #[test]
    fn secrets_are_equal_only_if_every_byte_is() {
        assert!(same_secret("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!same_secret("abc", other));
        }
    }
}
