//! The editing of one line: from the bytes of a terminal without canonical mode to the line that they mean.
//!
//! No input or output happens here. Escape sequences are consumed whole, so that neither arrow keys nor the marks of a
//! bracketed paste become part of the text.

use zeroize::Zeroizing;

use crate::Secret;

/// The longest text of a line, in characters.
const MAX_LENGTH: usize = 1024 * 1024;
/// The longest escape sequence; what is longer is none.
const MAX_SEQUENCE: usize = 32;

/// What a byte did.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// The text may have changed.
    Continues,
    /// Enter, or Ctrl-D after some text: the line is complete.
    Line,
    /// Ctrl-D on an empty line.
    End,
    /// Ctrl-C, where it comes as a byte and not as a signal.
    Interrupt,
}

/// An escape sequence that has begun.
#[derive(Debug, Default)]
enum Sequence {
    #[default]
    None,
    /// `ESC`.
    Escape,
    /// `ESC [` or `ESC O`, and what followed.
    Control(Vec<u8>),
    /// A string for the terminal (`ESC ]` and the like), up to BEL or `ESC \`; whether its last byte is `ESC`.
    String(bool),
}

/// A line that is being typed.
#[derive(Debug, Default)]
pub struct Editor {
    text: Zeroizing<Vec<char>>,
    /// How many characters stand before the cursor.
    cursor: usize,
    /// The beginning of a character in UTF-8.
    character: Vec<u8>,
    sequence: Sequence,
    is_pasting: bool,
    /// Whether the last byte was a carriage return: a line feed after it is the same line break.
    is_after_return: bool,
    is_too_long: bool,
}

impl Editor {
    /// The characters before and after the cursor.
    pub fn text(&self) -> (&[char], &[char]) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, &[]))
    }

    /// Whether more was typed than is kept.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// Whether an escape sequence has begun and not ended.
    pub fn is_in_sequence(&self) -> bool {
        !matches!(self.sequence, Sequence::None)
    }

    /// Ends a sequence that is not continued: true where it was the Escape key alone.
    pub fn end_sequence(&mut self) -> bool {
        matches!(std::mem::take(&mut self.sequence), Sequence::Escape)
    }

    /// Takes the text, and begins a new line.
    pub fn take(&mut self) -> Secret {
        self.cursor = 0;
        let text = std::mem::take(&mut self.text);
        Secret::from(text.iter().collect::<String>())
    }

    /// Takes one byte of the terminal.
    pub fn feed(&mut self, byte: u8) -> Edit {
        if self.is_in_sequence() && self.continue_sequence(byte) {
            return match self.is_submitted_by_paste() {
                true => Edit::Line,
                false => Edit::Continues,
            };
        }
        let is_second_half = byte == b'\n' && std::mem::take(&mut self.is_after_return);
        self.is_after_return = byte == b'\r';
        match byte {
            0x1b => self.sequence = Sequence::Escape,
            _ if is_second_half => {}
            b'\r' | b'\n' if self.is_pasting => self.insert('\n'),
            b'\r' | b'\n' => return Edit::Line,
            b'\t' => self.insert(' '),
            0x00..=0x1f | 0x7f if self.is_pasting => {}
            0x03 => return Edit::Interrupt,
            0x04 if self.text.is_empty() => return Edit::End,
            0x04 => return Edit::Line,
            0x01 => self.cursor = 0,
            0x05 => self.cursor = self.text.len(),
            0x08 | 0x7f => self.erase_from(self.cursor.saturating_sub(1)),
            0x0b => self.text.truncate(self.cursor),
            0x15 => self.erase_from(0),
            0x17 => self.erase_from(self.start_of_word()),
            0x00..=0x1f => {}
            _ => self.decode(byte),
        }
        Edit::Continues
    }

    /// The mark at the end of a paste submits it where the paste itself ended with a line break.
    fn is_submitted_by_paste(&mut self) -> bool {
        let is_submitted = !self.is_pasting && self.cursor == self.text.len() && self.text.last() == Some(&'\n');
        while is_submitted && self.text.last() == Some(&'\n') {
            self.text.pop();
        }
        is_submitted
    }

    /// Takes a byte of an escape sequence; false where it belongs to none, and is a key of its own.
    fn continue_sequence(&mut self, byte: u8) -> bool {
        match (std::mem::take(&mut self.sequence), byte) {
            (Sequence::Escape, b'[' | b'O') => self.sequence = Sequence::Control(Vec::new()),
            (Sequence::Escape, b']' | b'P' | b'X' | b'^' | b'_') => self.sequence = Sequence::String(false),
            (Sequence::String(true), b'\\') | (Sequence::String(_), 0x07) => {}
            (Sequence::String(_), _) => self.sequence = Sequence::String(byte == 0x1b),
            // Not a sequence after all, such as Escape and then Enter.
            (_, 0x00..=0x1f | 0x7f) => return false,
            // Alt and a key.
            (Sequence::Escape | Sequence::None, _) => {}
            (Sequence::Control(parameters), 0x40..=0x7e) => self.control(&parameters, byte),
            (Sequence::Control(mut parameters), _) if parameters.len() < MAX_SEQUENCE => {
                parameters.push(byte);
                self.sequence = Sequence::Control(parameters);
            }
            (Sequence::Control(_), _) => {}
        }
        true
    }

    fn control(&mut self, parameters: &[u8], last: u8) {
        let end = self.text.len();
        match (parameters, last) {
            (b"200", b'~') => self.is_pasting = true,
            (b"201", b'~') => self.is_pasting = false,
            (b"", b'D') => self.cursor = self.cursor.saturating_sub(1),
            (b"", b'C') => self.cursor = end.min(self.cursor + 1),
            (b"", b'H') | (b"1" | b"7", b'~') => self.cursor = 0,
            (b"", b'F') | (b"4" | b"8", b'~') => self.cursor = end,
            (b"3", b'~') if self.cursor < end => {
                self.text.remove(self.cursor);
            }
            _ => {}
        }
    }

    fn decode(&mut self, byte: u8) {
        self.character.push(byte);
        match std::str::from_utf8(&self.character).map(|text| text.chars().next()) {
            Ok(character) => {
                self.character.clear();
                character.into_iter().for_each(|character| self.insert(character));
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                let is_first = self.character.len() == 1;
                self.character.clear();
                // Not dropped in silence: a secret that is not what was typed must not look like one.
                self.insert(char::REPLACEMENT_CHARACTER);
                if !is_first {
                    self.decode(byte);
                }
            }
        }
    }

    fn insert(&mut self, character: char) {
        if self.text.len() >= MAX_LENGTH {
            self.is_too_long = true;
            return;
        }
        self.text.insert(self.cursor, character);
        self.cursor += 1;
    }

    fn erase_from(&mut self, start: usize) {
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    fn start_of_word(&self) -> usize {
        let (before, _) = self.text();
        let is_in_word = |character: &char| !character.is_whitespace();
        let end = before.iter().rposition(is_in_word).map_or(0, |at| at + 1);
        let word = before.iter().take(end);
        word.take(end).rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What came of the bytes: the lines, and other events by their name.
    fn edits(bytes: &[u8]) -> Vec<String> {
        let mut editor = Editor::default();
        let edits = bytes.iter().filter_map(|byte| match editor.feed(*byte) {
            Edit::Continues => None,
            Edit::Line => Some(editor.take().expose().to_owned()),
            other => Some(format!("{other:?}")),
        });
        edits.collect()
    }

    #[test]
    fn keys_edit_the_line() {
        for (bytes, line) in [
            (&b"token\r"[..], "token"),
            (b"token\n", "token"),
            (b"tokem\x7fn\r", "token"),
            (b"tokem\x08n\r", "token"),
            (b"\x7f\x7ftoken\r", "token"),
            (b"wrong\x15token\r", "token"),
            (b"one two  \x17token\r", "one token"),
            (b"two\x17\x17token\r", "token"),
            (b"oken\x01t\x05s\r", "tokens"),
            (b"tokens\x1b[D\x1b[3~\x1b[3~\r", "token"),
            (b"oke\x1b[Ht\x1b[Fn\r", "token"),
            (b"oke\x1bOHt\x1bOFn\r", "token"),
            (b"tken\x1b[D\x1b[D\x1b[Do\x1b[C\x1b[C\x1b[C\x1b[C\r", "token"),
            (b"tokens\x1b[D\x0b\r", "token"),
            (b"token\x04", "token"),
            (b"t\xc3\xb6k\xe2\x82\xac\xf0\x9f\x94\x91\r", "tök€🔑"),
            (b"t\xc3\xb6\x7fo\r", "to"),
            (b"a\xffb\xc3c\r", "a\u{fffd}b\u{fffd}c"),
            (b"a\tb\x00\x1ac\r", "a bc"),
        ] {
            assert_eq!(edits(bytes), [line], "{bytes:?}");
        }
    }

    #[test]
    fn ctrl_c_and_ctrl_d_end_the_line() {
        assert_eq!(edits(b"ab\x03"), ["Interrupt"]);
        assert_eq!(edits(b"\x04"), ["End"]);
        assert_eq!(edits(b"ab\x15\x04"), ["End"]);
    }

    #[test]
    fn a_line_break_of_two_characters_is_one() {
        assert_eq!(edits(b"a\r\nb\r\n\r\n\n"), ["a", "b", "", ""]);
    }

    #[test]
    fn the_marks_of_a_paste_are_no_text_and_its_line_breaks_do_not_end_the_line() {
        for (bytes, line) in [
            (&b"\x1b[200~token\x1b[201~\r"[..], "token"),
            (b"\x1b[200~token\r\x1b[201~", "token"),
            (b"\x1b[200~token\r\n\r\n\x1b[201~", "token"),
            (b"\x1b[200~one\ntwo\x1b[201~\r", "one\ntwo"),
            (b"a\x1b[200~b\x03\x04\x15\x1b[201~c\r", "abc"),
        ] {
            assert_eq!(edits(bytes), [line], "{bytes:?}");
        }
    }

    #[test]
    fn other_sequences_are_consumed_whole() {
        for sequence in [
            "\x1b[A",
            "\x1b[1;5C",
            "\x1bOP",
            "\x1bx",
            "\x1b]0;title\x07",
            "\x1b]0;title\x1b\\",
            "\x1b[?1;2c",
            "\x1b\x1b[A",
        ] {
            let bytes = format!("to{sequence}ken\r");
            assert_eq!(edits(bytes.as_bytes()), ["token"], "{sequence:?}");
        }
        assert_eq!(edits(b"token\x1b\r"), ["token"], "the Escape key, then Enter");
    }

    #[test]
    fn an_endless_line_uses_bounded_memory() {
        let mut editor = Editor::default();
        (0..MAX_LENGTH).for_each(|_| assert_eq!(editor.feed(b'a'), Edit::Continues));
        assert!(!editor.is_too_long());
        editor.feed(b'a');
        assert!(editor.is_too_long());
        assert_eq!(editor.take().expose().len(), MAX_LENGTH);
    }
}
