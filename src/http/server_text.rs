//! Text that the server sent, prepared for an error: the secrets of the request redacted (rule N7), and the length bounded.

use std::collections::HashSet;

use super::normal_text::NormalText;

/// The most of a server's text that an error repeats, in characters.
const MAX_WORDS: usize = 400;

/// From this length on, what a text and a secret have in common is redacted.
const LONG: usize = 8;

/// How much of a secret of this length is redacted where a text has it: all of a very short one, as words have the letters of
/// it; otherwise also where a character is missing.
fn least_in_common(length: usize) -> usize {
    match length {
        0..=4 => length,
        _ => (length - 1).min(LONG),
    }
}

/// A server's text with every secret of the request redacted, in any spelling ([`NormalText`]) and also in parts. That comes
/// before the text is shortened, so that no part of a secret is left at the end.
pub(super) fn redact(text: &str, secrets: &[&str]) -> String {
    let normal = NormalText::of(text);
    let bytes = normal.bytes();
    let mut marked = vec![false; bytes.len()];
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let secret = NormalText::of(secret);
        let least = least_in_common(secret.bytes().len());
        let parts: HashSet<&[u8]> = secret.bytes().windows(least).collect();
        let mut end = 0;
        for (at, part) in bytes.windows(least).enumerate() {
            if parts.contains(part) {
                let new = at.max(end)..at + least;
                end = at + least;
                if let Some(new) = marked.get_mut(new) {
                    new.fill(true);
                }
                if least == LONG {
                    mark_word(bytes, at..end, &mut marked);
                }
            }
        }
    }
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    let mut before = false;
    for (at, marked) in marked.into_iter().enumerate() {
        let (from, to) = normal.span(at);
        if marked && !before {
            clean.push_str(text.get(end..from).unwrap_or_default());
            clean.push_str("[redacted]");
        }
        if marked {
            end = to;
        }
        before = marked;
    }
    clean.push_str(text.get(end..).unwrap_or_default());
    clean
}

/// Marks the letters and digits around a long part: they may be the rest of the secret, with a character left out.
fn mark_word(bytes: &[u8], part: std::ops::Range<usize>, marked: &mut [bool]) {
    let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let before = bytes.get(..part.start).unwrap_or_default().iter().rev();
    let after = bytes.get(part.end..).unwrap_or_default().iter();
    let marks = marked.get(..part.start).unwrap_or_default().iter().rev();
    let before = before
        .zip(marks)
        .take_while(|(byte, marked)| of_word(byte) && !**marked)
        .count();
    let marks = marked.get(part.end..).unwrap_or_default().iter();
    let after = after
        .zip(marks)
        .take_while(|(byte, marked)| of_word(byte) && !**marked)
        .count();
    if let Some(word) = marked.get_mut(part.start - before..part.end + after) {
        word.fill(true);
    }
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

    /// Every character that a code may have and a URL, a form, HTML or JSON may write in another way.
    const CODE: &str = "Ab3*!'()~+/=&<>\"xY7-_.kLmNoP";

    #[test]
    fn n7_an_echoed_secret_is_redacted_in_every_spelling() {
        let form: String = url::form_urlencoded::byte_serialize(CODE.as_bytes()).collect();
        let every: String = CODE.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let strict = |byte: u8| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        };
        let strict: String = CODE.bytes().map(strict).collect();
        let html = CODE.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for spelling in [
            CODE.to_owned(),
            form.to_lowercase(),
            form,
            every.to_uppercase(),
            strict.replace('%', "%25"),
            strict,
            every,
            html.replace('"', "&quot;")
                .replace('\'', "&#x27;")
                .replace('+', "&#43;"),
            html.replace('"', "&#34;").replace('\'', "&apos;").replace('/', "&sol;"),
            serde_json::to_string(CODE)
                .unwrap()
                .trim_matches('"')
                .replace('/', "\\/"),
            CODE.replace('&', "\\u0026").replace('<', "\\u003C"),
            CODE.replace('+', " "),
            CODE.bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
            CODE.bytes().map(|byte| format!("\\{byte:03o}")).collect(),
            CODE.bytes().map(|byte| format!("%u{byte:04X}")).collect(),
            CODE.bytes().map(|byte| format!("&#{byte};")).collect(),
            CODE.bytes().map(|byte| format!("&#x{byte:X};")).collect(),
        ] {
            assert_eq!(
                redact(&format!("no: {spelling}, é"), &[CODE]),
                "no: [redacted], é",
                "{spelling}"
            );
        }
    }

    #[test]
    fn n7_a_secret_minus_some_characters_is_redacted() {
        let code = "SplxlOBeZQQYbYS6WxSbIA0";
        for part in [
            "plxlOBeZQQYbYS6WxSbIA0",
            "SplxlOBeZQQYbYS6WxSbIA",
            "SplxlOBe",
            "OBeZQQYbY",
            "SplxlOBeZQQ-bYS6WxSbIA0",
            "SplxlOBeZQbYS6",
        ] {
            assert_eq!(
                redact(&format!("code={part}&x"), &[code]),
                "code=[redacted]&x",
                "{part}"
            );
        }
        assert_eq!(redact("bad: secre", &["secret"]), "bad: [redacted]");
        assert_eq!(redact("the code has expired", &[code]), "the code has expired");
    }

    #[test]
    fn n7_several_secrets_are_redacted_and_nothing_around_a_short_one() {
        assert_eq!(redact("r: é er", &["r", "e", ""]), "[redacted]: é [redacted]");
        assert_eq!(
            redact("token-long token", &["token", "token-long"]),
            "[redacted] [redacted]"
        );
    }

    #[test]
    fn n7_a_long_text_and_a_long_secret_are_compared_in_linear_time() {
        let (secret, text) = ("ab".repeat(32 * 1024), "ab".repeat(256 * 1024));
        assert_eq!(redact(&text, &[&secret]), "[redacted]");
        assert_eq!(redact(&"ac".repeat(256 * 1024), &[&secret]).len(), 512 * 1024);
    }
}
