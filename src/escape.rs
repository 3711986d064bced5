//! Escapes control, bidirectional and invisible characters, and floods of combining marks, in untrusted text, for terminals
//! and logs (rule X4).
//!
//! This is the only place that knows such characters, and takes them from the properties of Unicode.

use std::borrow::Cow;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, HangulSyllableType};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The most marks that a character may have: more than four in a row occur in no orthography (UTS #39 §5.4), and a terminal
/// draws all of them over the lines around.
const MAX_MARKS: usize = 4;

/// The text as one line, with every hostile character escaped: `\n`, `\u{202e}`.
#[cfg(feature = "cli")]
pub fn escape(text: &str) -> Cow<'_, str> {
    // Most text is printable ASCII, and checking bytes is much faster than decoding characters.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    escaped(text, |c, safe| match c {
        '\n' | '\r' | '\t' => safe.extend(c.escape_default()),
        c => safe.extend(c.escape_unicode()),
    })
}

/// A JSON document with every hostile character in its strings escaped as `\uXXXX`. The document keeps its value: outside
/// of strings, line feeds are the only such characters that JSON allows.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(json);
    }
    escaped(json, |c, safe| match c {
        '\n' => safe.push(c),
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    })
}

/// The text with what `escape` writes for each hostile character.
fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let mut marks = Marks::default();
    // A copy is made at the first hostile character only.
    let mut safe: Option<String> = None;
    for (at, c) in text.char_indices() {
        if marks.is_hostile(c) {
            let copy = || text.get(..at).unwrap_or_default().to_owned();
            escape(c, safe.get_or_insert_with(copy));
        } else if let Some(safe) = &mut safe {
            safe.push(c);
        }
    }
    safe.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// How many marks stand in a row up to here.
#[derive(Default)]
struct Marks {
    count: usize,
}

impl Marks {
    /// Whether a terminal could interpret the next character, or a person could not see it.
    fn is_hostile(&mut self, c: char) -> bool {
        if c.is_ascii() {
            self.count = 0;
            return c.is_ascii_control();
        }
        use GeneralCategory as Category;
        let category = CodePointMapData::<Category>::new().get(c);
        self.count = match category {
            Category::NonspacingMark | Category::EnclosingMark => self.count + 1,
            _ if is_combining_jamo(c) => self.count + 1,
            _ => 0,
        };
        let controls = matches!(
            category,
            Category::Control | Category::Format | Category::LineSeparator | Category::ParagraphSeparator
        );
        controls || self.count > MAX_MARKS || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
    }
}

/// Whether the character is the vowel or the end of a syllable of Hangul, which is drawn into the character before.
fn is_combining_jamo(c: char) -> bool {
    let kind = CodePointMapData::<HangulSyllableType>::new().get(c);
    matches!(kind, HangulSyllableType::VowelJamo | HangulSyllableType::TrailingJamo)
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

    #[cfg(feature = "cli")]
    #[test]
    fn x4_every_class_that_takes_no_column_is_escaped_and_writing_is_not() {
        for range in [
            '\u{0}'..='\u{1f}',
            '\u{7f}'..='\u{9f}',
            '\u{ad}'..='\u{ad}',
            '\u{34f}'..='\u{34f}',
            '\u{600}'..='\u{605}',
            '\u{61c}'..='\u{61c}',
            '\u{70f}'..='\u{70f}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{200b}'..='\u{200f}',
            '\u{2028}'..='\u{202e}',
            '\u{2060}'..='\u{206f}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{feff}'..='\u{feff}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{fff0}'..='\u{fffb}',
            '\u{13430}'..='\u{1343f}',
            '\u{1bca0}'..='\u{1bca3}',
            '\u{1d173}'..='\u{1d17a}',
            '\u{e0000}'..='\u{e0fff}',
        ] {
            for c in range {
                let text = format!("a{c}b");
                assert!(!escape(&text).contains(c), "U+{:04X}", u32::from(c));
            }
        }
        for writing in [
            "क्षत्रिय",
            "สวัสดี",
            "שָׁלוֹם",
            "مُحَمَّد",
            "Ệ",
            "한국어",
            "ཧཱུྃ",
            "a\u{301}\u{300}\u{302}\u{303}b",
            "🦀",
        ] {
            assert_eq!(escape(writing), writing);
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn x4_of_a_flood_of_marks_four_remain_on_a_character() {
        for mark in [
            '\u{301}',
            '\u{20dd}',
            '\u{1160}',
            '\u{1161}',
            '\u{11a8}',
            '\u{1ab0}',
            '\u{e0100}',
        ] {
            for repeated in [5, 300] {
                let text = format!("e{}f", mark.to_string().repeat(repeated));
                let safe = escape(&text);
                assert!(safe.matches(mark).count() <= MAX_MARKS, "{mark:?}: {safe}");
                assert!(safe.starts_with('e') && safe.ends_with('f'));
            }
        }
        let mixed = "e".to_owned() + &"\u{301}\u{302}".repeat(100) + "o\u{301}";
        assert_eq!(escape(&mixed).matches(['\u{301}', '\u{302}']).count(), MAX_MARKS + 1);
    }

    #[test]
    fn x4_escaped_json_keeps_its_value() {
        let flood = "e".to_owned() + &"\u{301}".repeat(300);
        let value = serde_json::json!({
            "a\u{202e}": "b\u{e0041}\u{7f}\u{1b}\n\u{200b}\u{1bca0}", "c": "é", "flood": flood,
        });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let safe = escape_json(&text);
        let hostile = ['\u{202e}', '\u{e0041}', '\u{7f}', '\u{1b}', '\u{200b}', '\u{1bca0}'];
        assert!(!safe.contains(hostile), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
        assert!(safe.contains(r"\udb40\udc41") && safe.contains('é'));
        assert_eq!(safe.matches('\u{301}').count(), MAX_MARKS);
    }
}
