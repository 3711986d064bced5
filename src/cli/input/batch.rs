//! The input of `--batch`: a file or standard input, read line by line in bounded memory.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, Read};

use zeroize::Zeroizing;

use crate::cli::error::CliError;
use crate::cli::output::terminal::{Echo, Input, Purpose, Reader};

/// The longest line that is taken, in bytes. No token is that long.
pub const MAX_LINE: usize = 64 * 1024;

/// An input of one token per line.
pub struct BatchInput {
    pub reader: Box<dyn Read + Send>,
    /// Its length in bytes, where it is a file.
    pub length: Option<u64>,
}

impl BatchInput {
    /// Opens the file that an argument names; `-` is standard input.
    pub fn open(argument: &str) -> Result<Self, CliError> {
        if argument == "-" {
            let reader: Box<dyn Read + Send> = match super::is_typed("list of tokens")? {
                true => Box::new(TypedLines::open()?),
                false => Box::new(io::stdin()),
            };
            return Ok(Self { reader, length: None });
        }
        let file =
            File::open(argument).map_err(|e| CliError::io(format!("cannot read the tokens in `{argument}`: {e}")))?;
        let metadata = file.metadata().ok().filter(Metadata::is_file);
        Ok(Self {
            length: metadata.map(|metadata| metadata.len()),
            reader: Box::new(file),
        })
    }
}

/// The lines that are typed or pasted at the terminal, of any length; hidden, as tokens are secrets.
struct TypedLines {
    reader: Reader,
    line: Zeroizing<Vec<u8>>,
    /// How much of the line was read.
    read: usize,
    is_over: bool,
}

impl TypedLines {
    fn open() -> Result<Self, CliError> {
        let prompt = "Tokens, one per line (Ctrl-D ends): ".to_owned();
        let reader = Reader::open(prompt, Echo::Hidden, Purpose::Answer);
        Ok(Self {
            reader: reader.map_err(|e| CliError::io(format!("cannot prompt on this terminal: {e}")))?,
            line: Zeroizing::default(),
            read: 0,
            is_over: false,
        })
    }
}

impl Read for TypedLines {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.line.len() && !self.is_over {
            self.line.clear();
            self.read = 0;
            match self.reader.line()? {
                Input::Line(line) => {
                    self.line.extend_from_slice(line.expose().as_bytes());
                    self.line.push(b'\n');
                }
                Input::Interrupted => return Err(interrupt()),
                Input::End | Input::Closed => self.is_over = true,
            }
        }
        let mut rest = self.line.get(self.read..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

/// Does what the terminal does on Ctrl-C where it is this process's: the handler of the signal ends the process.
fn interrupt() -> io::Error {
    #[cfg(unix)]
    if rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).is_ok() {
        loop {
            std::thread::park();
        }
    }
    io::Error::other("interrupted")
}

/// The size of a line that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSize {
    /// Of the line without its `\n`, in bytes. More than the limit where only the beginning was kept.
    pub length: usize,
    /// Of the input that was read for it, in bytes.
    pub read: usize,
}

impl LineSize {
    /// Why a line of this size with this token in it, which is not blank, fails.
    pub fn failure(self, token: &str) -> Option<CliError> {
        if self.length > MAX_LINE {
            let length = self.length;
            return Some(CliError::io(format!(
                "the line is too long for a token: {length} bytes"
            )));
        }
        token
            .is_empty()
            .then(|| CliError::usage("the line holds no token", "write one token on each line"))
    }
}

/// Appends a line without its `\n` to `text`; of a line longer than `limit`, only the beginning. `None` at the end of the
/// input.
pub fn read_line(input: &mut impl BufRead, text: &mut Vec<u8>, limit: usize) -> io::Result<Option<LineSize>> {
    let mut size = LineSize { length: 0, read: 0 };
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let end = memchr::memchr(b'\n', buffer);
        let (line, used) = match end {
            Some(at) => (buffer.get(..at).unwrap_or_default(), at + 1),
            None => (buffer, buffer.len()),
        };
        let room = limit.saturating_sub(size.length);
        text.extend_from_slice(line.get(..room).unwrap_or(line));
        size.length += line.len();
        size.read += used;
        input.consume(used);
        if end.is_some() || used == 0 {
            return Ok((size.read > 0).then_some(size));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The kept text and the size of every line.
    fn lines(input: &[u8], limit: usize) -> Vec<(Vec<u8>, LineSize)> {
        // A small buffer, so that a line takes many reads.
        let mut reader = BufReader::with_capacity(3, input);
        std::iter::from_fn(|| {
            let mut text = Vec::new();
            let size = read_line(&mut reader, &mut text, limit).unwrap()?;
            Some((text, size))
        })
        .collect()
    }

    fn line(text: &[u8], length: usize, read: usize) -> (Vec<u8>, LineSize) {
        (text.to_vec(), LineSize { length, read })
    }

    #[test]
    fn lines_are_whole_with_and_without_a_last_newline() {
        assert_eq!(lines(b"a\nbcde\n", 9), [line(b"a", 1, 2), line(b"bcde", 4, 5)]);
        assert_eq!(lines(b"a\nbcde", 9), [line(b"a", 1, 2), line(b"bcde", 4, 4)]);
        assert_eq!(lines(b"\n\r\n", 9), [line(b"", 0, 1), line(b"\r", 1, 2)]);
        assert_eq!(lines(b"", 9), []);
    }

    #[test]
    fn of_a_line_that_is_too_long_the_true_length_is_known_and_only_the_beginning_kept() {
        assert_eq!(
            lines(b"0123456789\nnext\n0123", 4),
            [line(b"0123", 10, 11), line(b"next", 4, 5), line(b"0123", 4, 4)]
        );
    }
}
