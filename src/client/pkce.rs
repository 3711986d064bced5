//! PKCE (RFC 7636): the code verifier, which is sent only with the code exchange, and its S256 challenge.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::Secret;

/// A code verifier and its challenge, the SDK's `PKCEPair`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PkcePair {
    /// 43 to 128 characters of `A–Z a–z 0–9 - . _ ~` (RFC 7636 §4.1); sent with the code exchange and never before.
    pub code_verifier: Secret,
    /// BASE64URL(SHA-256(verifier)), 43 characters (RFC 7636 §4.2); sent with the authorization request.
    pub code_challenge: String,
}

/// A verifier that RFC 7636 §4.1 does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidVerifier {
    /// Shorter than 43 or longer than 128 characters.
    Length(usize),
    /// A character outside the unreserved ones.
    Character(usize),
}

impl fmt::Display for InvalidVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(count) => write!(f, "a code verifier has 43 to 128 characters, this one has {count}"),
            Self::Character(at) => write!(
                f,
                "a code verifier has only letters, digits and `-._~`; character {at} is none of these"
            ),
        }
    }
}

impl std::error::Error for InvalidVerifier {}

impl PkcePair {
    /// The pair for an existing verifier.
    ///
    /// ```
    /// // RFC 7636 Appendix B.
    /// let pair = noesis::PkcePair::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into())?;
    /// assert_eq!(pair.code_challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    /// # Ok::<(), noesis::InvalidVerifier>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidVerifier`] where RFC 7636 §4.1 does not allow it.
    pub fn from_verifier(code_verifier: Secret) -> Result<Self, InvalidVerifier> {
        let text = code_verifier.expose();
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if let Some(at) = text.chars().position(|c| !unreserved(c)) {
            return Err(InvalidVerifier::Character(at + 1));
        }
        if !(43..=128).contains(&text.len()) {
            return Err(InvalidVerifier::Length(text.len()));
        }
        Ok(Self::hash(code_verifier))
    }

    fn hash(code_verifier: Secret) -> Self {
        let hash = digest::digest(&digest::SHA256, code_verifier.expose().as_bytes());
        Self {
            code_challenge: URL_SAFE_NO_PAD.encode(hash),
            code_verifier,
        }
    }
}

/// A fresh PKCE pair of 256 random bits, the SDK's `generate_pkce`.
///
/// ```
/// let pair = noesis::generate_pkce();
/// assert_eq!(pair.code_verifier.expose().len(), 43);
/// assert_eq!(pair.code_challenge.len(), 43);
/// ```
pub fn generate_pkce() -> PkcePair {
    PkcePair::hash(random_text())
}

/// A fresh `state` of 256 random bits (RFC 6749 §10.12), 43 characters of base64url.
pub fn generate_state() -> Secret {
    random_text()
}

/// 256 bits from the operating system, as base64url.
fn random_text() -> Secret {
    let mut bytes = zeroize::Zeroizing::new([0u8; 32]);
    if getrandom::fill(bytes.as_mut_slice()).is_err() {
        // Without randomness every verifier could be guessed; there is nothing to recover.
        std::process::abort();
    }
    URL_SAFE_NO_PAD.encode(bytes.as_slice()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_appendix_b_is_computed() {
        let pair = PkcePair::from_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into()).unwrap();
        assert_eq!(pair.code_challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn l2_each_pair_is_fresh_and_has_256_bits() {
        let pairs: std::collections::HashSet<String> = (0..1000)
            .map(|_| generate_pkce().code_verifier.expose().to_owned())
            .collect();
        assert_eq!(pairs.len(), 1000);
        for verifier in pairs {
            assert_eq!(URL_SAFE_NO_PAD.decode(&verifier).unwrap().len(), 32);
            let pair = PkcePair::from_verifier(verifier.as_str().into()).unwrap();
            assert_eq!(pair.code_challenge.len(), 43);
        }
    }

    #[test]
    fn l2_every_bit_of_a_verifier_and_of_a_state_is_random_and_independent_of_the_others() {
        const SAMPLES: usize = 1000;
        // Twelve standard deviations: a fair coin does not leave this range.
        let is_fair = |heads: usize| (310..690).contains(&heads);
        for generate in [|| generate_pkce().code_verifier, generate_state] {
            let samples: Vec<Vec<u8>> = (0..SAMPLES)
                .map(|_| URL_SAFE_NO_PAD.decode(generate().expose()).unwrap())
                .collect();
            assert!(samples.iter().all(|sample| sample.len() == 32));
            // One row per bit: its value in each sample.
            let bits: Vec<Vec<bool>> = (0..256)
                .map(|bit| samples.iter().map(|s| s[bit / 8] >> (bit % 8) & 1 == 1).collect())
                .collect();
            for (index, bit) in bits.iter().enumerate() {
                let ones = bit.iter().filter(|one| **one).count();
                assert!(is_fair(ones), "bit {index} is 1 in {ones} of {SAMPLES}");
                for (other_index, other) in bits.iter().enumerate().skip(index + 1) {
                    let equal = bit.iter().zip(other).filter(|(one, other)| one == other).count();
                    assert!(
                        is_fair(equal),
                        "bits {index} and {other_index} agree in {equal} of {SAMPLES}"
                    );
                }
            }
        }
    }

    #[test]
    fn l2_a_verifier_does_not_show_in_debug() {
        let pair = generate_pkce();
        assert!(!format!("{pair:?}").contains(pair.code_verifier.expose()));
    }

    #[test]
    fn a_verifier_outside_rfc_7636_is_refused() {
        let of = |text: &str| PkcePair::from_verifier(text.into()).unwrap_err();
        assert_eq!(of(&"a".repeat(42)), InvalidVerifier::Length(42));
        assert_eq!(of(&"a".repeat(129)), InvalidVerifier::Length(129));
        assert_eq!(of(""), InvalidVerifier::Length(0));
        assert_eq!(of(&format!("{}+", "a".repeat(43))), InvalidVerifier::Character(44));
        assert_eq!(of(&"é".repeat(30)), InvalidVerifier::Character(1));
        for good in ["a".repeat(43), "~".repeat(128)] {
            PkcePair::from_verifier(good.as_str().into()).unwrap();
        }
    }
}
