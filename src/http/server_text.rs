//! Text that the server sent, prepared for an error: the secrets of the request redacted (rule N7), and the length bounded.

use url::form_urlencoded;

/// The most of a server's text that an error repeats, in characters.
const MAX_WORDS: usize = 400;

/// A server's text with every secret of the request redacted, as it is and as a form encodes it. That comes before the
/// text is shortened, so that no part of a secret is left at the end.
pub(super) fn redact(text: &str, secrets: &[&str]) -> String {
    let mut needles: Vec<String> = Vec::new();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        needles.push((*secret).to_owned());
        needles.push(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    }
    // The longest first: one secret may begin like another.
    needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = needles.iter().find_map(|needle| rest.strip_prefix(needle.as_str())) {
            clean.push_str("[redacted]");
            rest = after;
        } else {
            clean.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    clean
}

/// At most 400 characters of a text.
pub(super) fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_WORDS {
        return text.to_owned();
    }
    text.chars().take(MAX_WORDS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n7_an_echoed_secret_is_redacted_in_every_spelling() {
        let text = "code a+b/c= is bad, really: a%2Bb%2Fc%3D";
        assert_eq!(
            redact(text, &["a+b/c=", ""]),
            "code [redacted] is bad, really: [redacted]"
        );
        // One pass: the replacement is not searched again, and the longer of two secrets goes first.
        assert_eq!(redact("r: é er", &["r", "e"]), "[redacted]: é [redacted][redacted]");
        assert_eq!(
            redact("token-long token", &["token", "token-long"]),
            "[redacted] [redacted]"
        );
    }
}
