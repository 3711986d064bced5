//! Escapes control, bidirectional and invisible characters in untrusted text, for terminals and logs (rule X4).
//!
//! This is the only list of such characters: the command line's output and the guard's access log both use it.

use std::borrow::Cow;

/// The text as one line, with every hostile character escaped: `\n`, `\u{202e}`.
#[cfg(feature = "cli")]
pub fn escape(text: &str) -> Cow<'_, str> {
    // Most text is printable ASCII, and checking bytes is much faster than decoding characters.
    let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain || !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.extend(c.escape_default()),
            c if is_hostile(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// A JSON document with every hostile character in its strings escaped as `\uXXXX`. The document keeps its value: outside
/// of strings, line feeds are the only such characters that JSON allows.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let hostile = |c: char| c != '\n' && is_hostile(c);
    let plain = json.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n'));
    if plain || !json.contains(hostile) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hostile(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a terminal could interpret the character, or a person could not see it.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "cli")]
    #[test]
    fn x4_control_bidi_and_invisible_characters_are_escaped() {
        assert_eq!(escape("a\x1b[31mb\u{202e}c\u{200b}\u{feff}\n\t\u{85}\u{7f}"), {
            r"a\u{1b}[31mb\u{202e}c\u{200b}\u{feff}\n\t\u{85}\u{7f}"
        });
        assert!(matches!(
            escape("Zażółć gęślą jaźń, 日本語, עברית, 🦀"),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn x4_escaped_json_keeps_its_value() {
        let value = serde_json::json!({"a\u{202e}": "b\u{e0041}\u{7f}\u{1b}\n\u{200b}", "c": "é"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = escape_json(&text);
        assert!(!safe.contains(|c| c != '\n' && is_hostile(c)), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        assert!(safe.contains(r"\udb40\udc41") && safe.contains('é'));
    }
}
