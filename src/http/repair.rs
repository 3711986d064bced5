//! JSON that most parsers take and a strict one refuses, made strict: a server's oddity in one member must not cost the
//! tokens that stand beside it.
//!
//! Half of a surrogate pair becomes U+FFFD; `NaN`, `Infinity` and a number that no float holds become strings; what is nested
//! too deep becomes null. Everything else stays as it is, and what is no JSON stays none.

use crate::json_text::token_length;

/// The deepest nesting that is kept; the parser's own limit is 128.
const MAX_DEPTH: usize = 100;

/// The text with what can be repaired repaired; it may still be no JSON.
pub(crate) fn repaired(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut rest = text;
    while let (Some(first), Some(length)) = (rest.first(), token_length(rest)) {
        let (token, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let kept = depth <= MAX_DEPTH;
        match first {
            b'{' | b'[' => {
                depth += 1;
                if depth <= MAX_DEPTH {
                    out.push(*first);
                } else if kept {
                    out.extend_from_slice(b"null");
                }
            }
            b'}' | b']' => {
                if kept {
                    out.push(*first);
                }
                depth = depth.saturating_sub(1);
            }
            b'"' if kept => string(token, &mut out),
            _ if kept => word(token, &mut out),
            _ => {}
        }
        rest = next;
    }
    out
}

fn word(word: &[u8], out: &mut Vec<u8>) {
    let number = std::str::from_utf8(word).ok().and_then(|text| text.parse::<f64>().ok());
    if number.is_some_and(|number| !number.is_finite()) {
        out.push(b'"');
        out.extend_from_slice(word);
        out.push(b'"');
    } else {
        out.extend_from_slice(word);
    }
}

fn string(string: &[u8], out: &mut Vec<u8>) {
    let mut rest = string;
    while let Some(first) = rest.first() {
        let length = match (first, code_unit(rest)) {
            (_, Some(0xd800..=0xdbff)) if rest.get(6..).and_then(code_unit).is_some_and(is_low) => 12,
            (_, Some(0xd800..=0xdfff)) => {
                out.extend_from_slice(b"\\ufffd");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            (b'\\', _) => 2,
            _ => 1,
        };
        let (kept, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        out.extend_from_slice(kept);
        rest = next;
    }
}

/// The code unit of the escape `\uXXXX` that a text begins with.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn is_low(unit: u16) -> bool {
    (0xdc00..=0xdfff).contains(&unit)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn one_odd_member_leaves_the_others_as_they_are() {
        for (text, value) in [
            (r#"{"a":"t","b":"x\ud83d"}"#, json!({"a": "t", "b": "x\u{fffd}"})),
            (
                r#"{"\udc00":1,"b":["\uD83D\uDE00\ud83d\n"]}"#,
                json!({"\u{fffd}": 1, "b": ["😀\u{fffd}\n"]}),
            ),
            (
                r#"{"b":"\\ud83d","c":"\"\ude00"}"#,
                json!({"b": "\\ud83d", "c": "\"\u{fffd}"}),
            ),
            (
                r#"{"a":NaN,"b":[-Infinity , 1e999]}"#,
                json!({"a": "NaN", "b": ["-Infinity", "1e999"]}),
            ),
            (
                r#"{"a":"NaN, 1e999","b":-1.5e3,"c":true}"#,
                json!({"a": "NaN, 1e999", "b": -1500.0, "c": true}),
            ),
        ] {
            let read: Value = serde_json::from_slice(&repaired(text.as_bytes())).unwrap();
            assert_eq!(read, value, "{text}");
        }
        let deep = format!(r#"{{"a":"t","b":{}"]]"{},"c":1}}"#, "[".repeat(5000), "]".repeat(5000));
        let read: Value = serde_json::from_slice(&repaired(deep.as_bytes())).unwrap();
        assert_eq!((&read["a"], &read["c"]), (&json!("t"), &json!(1)));
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in [
            "",
            "{",
            "nan",
            "{'a':1}",
            r#"{"a"#,
            r#"{"a":"\u12"}"#,
            "]]]",
            "{\"a\":\"\\",
            "\\ud83d",
        ] {
            let read = serde_json::from_slice::<Value>(&repaired(text.as_bytes()));
            assert!(read.is_err() || text == "nan", "{text}");
        }
    }
}
