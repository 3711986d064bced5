//! Text that must not be shown or logged: tokens, authorization codes, verifiers, client secrets (rule N7).
//!
//! A [`Secret`] has no `Display`, prints as `[redacted]` under `Debug`, and is wiped from memory when it is dropped.
//! Only [`Secret::expose`] gives the text, so that a review can find each use.

use zeroize::Zeroizing;

/// Secret text: it prints as `[redacted]`, and its memory is overwritten when it is dropped.
///
/// ```
/// let token = noesis::Secret::from("eyJhbGciOi…");
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// assert_eq!(token.expose(), "eyJhbGciOi…");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it can be sent as a token, in a header and in a form (RFC 6749 Appendix A.12, without spaces).
    #[cfg(feature = "fetch")]
    pub(crate) fn is_sendable(&self) -> bool {
        self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// Whether the text is empty, as it is for a `refresh_token` that the server did not send.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n7_debug_never_shows_the_text_even_inside_another_value() {
        let nested = Some(vec![Secret::from("canary")]);
        assert_eq!(format!("{nested:?}"), "Some([[redacted]])");
        assert!(!format!("{nested:#?}").contains("canary"));
    }
}
