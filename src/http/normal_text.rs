//! A text without the differences of its spelling: percent-encoding, HTML entities, the escapes of JSON and of programming
//! languages, and case.

/// The characters of HTML that a secret can have and that have a name.
const ENTITIES: [(&[u8], u8); 14] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"plus", b'+'),
    (b"sol", b'/'),
    (b"equals", b'='),
    (b"ast", b'*'),
    (b"excl", b'!'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"period", b'.'),
    (b"lowbar", b'_'),
];

/// How often a text may have been encoded.
const PASSES: usize = 3;

/// The bytes that a text means.
pub(super) struct NormalText {
    bytes: Vec<u8>,
    /// Where the text has what each byte stands for: the beginning and the end.
    spans: Vec<(usize, usize)>,
}

impl NormalText {
    /// Decodes what a text means. A space and a `+` are the same, as a form writes one as the other.
    pub fn of(text: &str) -> Self {
        let span = |(at, char): (usize, char)| std::iter::repeat_n((at, at + char.len_utf8()), char.len_utf8());
        let mut normal = Self {
            bytes: text.as_bytes().to_vec(),
            spans: text.char_indices().flat_map(span).collect(),
        };
        for _ in 0..PASSES {
            let length = normal.bytes.len();
            normal = normal.decoded();
            if normal.bytes.len() == length {
                break;
            }
        }
        for byte in &mut normal.bytes {
            *byte = match *byte {
                b' ' => b'+',
                other => other.to_ascii_lowercase(),
            };
        }
        normal
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn span(&self, at: usize) -> (usize, usize) {
        self.spans.get(at).copied().unwrap_or_default()
    }

    /// The text with every escape replaced by the byte that it stands for.
    fn decoded(&self) -> Self {
        let mut decoded = Self {
            bytes: Vec::with_capacity(self.bytes.len()),
            spans: Vec::with_capacity(self.bytes.len()),
        };
        let mut rest = self.bytes.as_slice();
        while let Some(first) = rest.first() {
            let (byte, length) = escape(rest).unwrap_or((*first, 1));
            let at = self.bytes.len() - rest.len();
            decoded.bytes.push(byte);
            decoded.spans.push((self.span(at).0, self.span(at + length - 1).1));
            rest = rest.get(length..).unwrap_or_default();
        }
        decoded
    }
}

/// The byte that an escape at the beginning stands for, and the length of the escape.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', b'u', digits @ ..] => Some((number(digits.get(..4)?, 16)?, 6)),
        [b'%', digits @ ..] => Some((number(digits.get(..2)?, 16)?, 3)),
        [b'\\', b'u', digits @ ..] => Some((number(digits.get(..4)?, 16)?, 6)),
        [b'\\', b'x', digits @ ..] => Some((number(digits.get(..2)?, 16)?, 4)),
        [b'\\', b'0'..=b'7', ..] => Some((number(text.get(1..4)?, 8)?, 4)),
        [b'\\', byte, ..] if byte.is_ascii_punctuation() => Some((*byte, 2)),
        [b'&', rest @ ..] => {
            let end = rest.iter().take(12).position(|byte| *byte == b';')?;
            let name = rest.get(..end)?;
            let byte = match name {
                [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
                [b'#', digits @ ..] => number(digits, 10)?,
                _ => ENTITIES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?.1,
            };
            Some((byte, end + 2))
        }
        _ => None,
    }
}

/// A number of digits only, if it is a byte.
fn number(digits: &[u8], radix: u32) -> Option<u8> {
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    u8::from_str_radix(digits, radix).ok()
}
