//! What people type or paste at a prompt, without what the text that they copied it from had around it.

use std::borrow::Cow;

/// What stands around a URL, token or code in a text, and belongs to none of them.
const AROUND: &[char] = &[
    '"', '\'', '`', '<', '>', '(', ')', '[', ']', '“', '”', '„', '‘', '’', '‹', '›', '«', '»', '「', '」', ',', ';',
    '。',
];

/// A URL, token or code without spaces, quotes, brackets and full stops around it.
pub fn unwrapped(text: &str) -> &str {
    let mut text = text;
    loop {
        let before = text;
        text = text.trim_matches(is_around);
        if !is_unsecured_token(text) {
            text = text.trim_end_matches('.');
        }
        if text == before {
            return text;
        }
    }
}

/// Whether it is a token whose signature is empty, so that the full stop at its end belongs to it (RFC 7519 §6).
fn is_unsecured_token(text: &str) -> bool {
    text.starts_with("ey") && text.matches('.').count() == 2
}

fn is_around(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}') || AROUND.contains(&c)
}

/// A token, which a mail or a terminal may have broken into lines; JSON is left as it is.
pub fn token(text: &str) -> Cow<'_, str> {
    let text = unwrapped(text);
    match text.starts_with('{') || !text.contains(['\n', '\r']) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.lines().map(str::trim).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_url_or_token_is_no_part_of_it() {
        for text in [
            "a.b.c",
            " a.b.c\r\n",
            "a.b.c.",
            "a.b.c...",
            "'a.b.c'",
            "\"a.b.c\".",
            "<a.b.c>,",
            "(a.b.c).",
            "[a.b.c]",
            "“a.b.c”;",
            "\u{feff}\u{200b}a.b.c\u{a0}",
        ] {
            assert_eq!(unwrapped(text), "a.b.c", "{text:?}");
        }
        assert_eq!(unwrapped("<https://platform.example/>."), "https://platform.example/");
        for whole in ["", "opaque-~+/==", "{\"a\":[1]}", "http://[::1]:8080/x"] {
            assert_eq!(unwrapped(whole), whole);
        }
        assert_eq!(unwrapped("<eyJ.b.>"), "eyJ.b.", "a token with an empty signature");
        assert_eq!(unwrapped("eyJ.b.c."), "eyJ.b.c");
    }

    #[test]
    fn a_token_in_several_lines_is_one() {
        assert_eq!(token("a.b\n .c\r\n"), "a.b.c");
        assert_eq!(token("two words"), "two words");
        assert_eq!(token("{\n \"a\": 1\n}\n"), "{\n \"a\": 1\n}");
    }
}
