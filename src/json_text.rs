//! Valid JSON as text: its tokens, and with them the numbers as they were written, which a parsed value does not keep beyond
//! 64 bits (RFC 8259 §6).

#[cfg(feature = "fetch")]
use std::collections::HashMap;

/// The tokens of a text, without the white space between them.
pub(crate) struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_ascii_start();
        let length = token_length(self.0.as_bytes())?;
        // What is no JSON may have a character of several bytes here.
        let (token, rest) = self.0.split_at_checked(length).unwrap_or((self.0, ""));
        self.0 = rest;
        Some(token)
    }
}

/// The length of the token, or the white space, that a text begins with; `None` at its end.
pub(crate) fn token_length(text: &[u8]) -> Option<usize> {
    Some(match text.first()? {
        b'"' => string_length(text),
        byte if is_of_word(byte) => word_length(text),
        _ => 1,
    })
}

/// The length of a string with its quotes, or of all that is left where it has no end.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = false;
    let end = text.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

/// The length of a number, or of `true`, `false` or `null`.
fn word_length(text: &[u8]) -> usize {
    text.iter().position(|byte| !is_of_word(byte)).unwrap_or(text.len())
}

fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// The numbers of a text, in their order.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = &str> {
    Tokens::of(text).filter(|token| token.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
}

/// Whether a number is written as an integer that is not zero.
pub(crate) fn is_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The values of an object's members, each as it was written; of several with the same name the last.
#[cfg(feature = "fetch")]
pub(crate) fn members(object: &str) -> HashMap<String, &str> {
    let mut members = HashMap::new();
    let (mut depth, mut name, mut start) = (0_usize, None, 0);
    // The text up to a token, which is part of it.
    let offset = |token: &str| (token.as_ptr() as usize).saturating_sub(object.as_ptr() as usize);
    for token in Tokens::of(object) {
        let at = offset(token);
        match (token, depth) {
            ("," | "}", 1) => {
                if let (Some(name), Some(value)) = (name.take(), object.get(start..at)) {
                    members.insert(name, value.trim_ascii());
                }
            }
            (":", 1) => start = at + 1,
            (text, 1) if name.is_none() && text.starts_with('"') => name = serde_json::from_str(text).ok(),
            _ => {}
        }
        match token {
            "{" | "[" => depth += 1,
            "}" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    members
}

/// The text without white space between its tokens, or with a line for each member and item.
#[cfg(feature = "cli")]
pub(crate) fn formatted(text: &str, pretty: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut tokens = Tokens::of(text).peekable();
    let line = |out: &mut String, depth: usize| {
        if pretty {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                out.push_str(token);
                if let Some(end) = tokens.next_if(|next| matches!(*next, "}" | "]")) {
                    out.push_str(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push_str(token);
            }
            "," => {
                out.push(',');
                line(&mut out, depth);
            }
            ":" => out.push_str(if pretty { ": " } else { ":" }),
            _ => out.push_str(token),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" { "a" : 1e30 , "b\u0041":[ -1.50,{"c":"x, \"2\" }\\"},[ ],{ }],"d":null
        , "a": 100000000000000000000 } "#;

    #[test]
    fn the_numbers_are_those_outside_of_strings_as_they_were_written() {
        assert!(numbers(TEXT).eq(["1e30", "-1.50", "100000000000000000000"]));
        for (number, integer) in [
            ("12", true),
            ("-9", true),
            ("0", false),
            ("-0", false),
            ("1e3", false),
            ("1.0", false),
        ] {
            assert_eq!(is_integer(number), integer, "{number}");
        }
    }

    #[cfg(feature = "fetch")]
    #[test]
    fn members_are_found_by_their_names_and_the_last_one_counts() {
        let members = members(TEXT);
        assert_eq!(members.len(), 3);
        assert_eq!(members["a"], "100000000000000000000");
        assert_eq!(members["bA"], r#"[ -1.50,{"c":"x, \"2\" }\\"},[ ],{ }]"#);
        assert_eq!(members["d"], "null");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_formatted_text_is_what_serde_json_writes() {
        let text = r#"{"b":[1,[],{"c":"é\n { , :"},{}],"a":{"x":null,"y":[true]},"z":-2.5}"#;
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(formatted(text, true), pretty);
        assert_eq!(formatted(&pretty, false), text);
        assert_eq!(formatted(&pretty, true), pretty);
    }

    #[test]
    fn what_is_no_json_ends_as_well() {
        for text in ["", "\"", "{\"a", "é", "{é:", "]]}}", "\"\\", "[1,"] {
            assert!(Tokens::of(text).count() <= text.len());
            #[cfg(feature = "cli")]
            let _ = (members(text), formatted(text, true));
        }
    }
}
