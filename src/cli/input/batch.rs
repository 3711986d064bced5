//! The input of `--batch`: a file or standard input, read line by line in bounded memory; and the exit status that its lines
//! add up to.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, Read};

use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;

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
            return Ok(Self {
                reader: Box::new(io::stdin()),
                length: None,
            });
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

/// The results of the lines so far.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// How many lines were checked, those that failed among them.
    pub checked: u64,
    no: bool,
    failed: Option<ExitStatus>,
}

impl Tally {
    pub fn count(&mut self, exit: ExitStatus) {
        self.checked += 1;
        match exit {
            ExitStatus::Success => {}
            ExitStatus::No => self.no = true,
            exit => self.fail(exit),
        }
    }

    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.no |= other.no;
        if let Some(exit) = other.failed {
            self.fail(exit);
        }
    }

    /// The lowest status counts, so that the order of the lines does not matter.
    fn fail(&mut self, exit: ExitStatus) {
        let before = self.failed.filter(|before| before.number() <= exit.number());
        self.failed = before.or(Some(exit));
    }

    /// A line that failed outranks a no, as nothing is known of it. That nothing was checked is an error, unless it is
    /// allowed: a gate must not open on a list that is missing.
    pub fn exit(self, allow_empty: bool) -> Result<ExitStatus, CliError> {
        if self.checked == 0 && !allow_empty {
            return Err(CliError::usage(
                "the batch holds no token: nothing was checked",
                "write one token on each line, or add `--allow-empty` if there may be none",
            ));
        }
        Ok(self.failed.unwrap_or(ExitStatus::of_answer(!self.no)))
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
    fn the_exit_status_is_the_same_in_every_order_of_the_lines() {
        use ExitStatus::{Failure, No, Success, Unavailable, Usage};
        for (exits, expected) in [
            (&[Success, Success][..], Success),
            (&[Success, No, Success], No),
            (&[No, Unavailable, Success], Unavailable),
            (&[No, Unavailable, Failure], Failure),
            (&[Usage, Unavailable, No], Usage),
        ] {
            let forward = exits.iter().copied();
            for exits in [forward.clone().collect::<Vec<_>>(), forward.rev().collect()] {
                let (mut whole, mut sum) = (Tally::default(), Tally::default());
                for exit in exits {
                    let mut one = Tally::default();
                    one.count(exit);
                    whole.count(exit);
                    sum.add(one);
                }
                assert_eq!(
                    (whole.exit(false).unwrap(), sum.exit(true).unwrap()),
                    (expected, expected)
                );
            }
        }
    }

    #[test]
    fn nothing_to_check_is_an_error_unless_it_is_allowed() {
        assert_eq!(Tally::default().exit(true).unwrap(), ExitStatus::Success);
        assert_eq!(
            Tally::default().exit(false).unwrap_err().report().exit,
            ExitStatus::Usage
        );
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
