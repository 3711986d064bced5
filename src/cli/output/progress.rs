//! The progress of a long run: a line on standard error where that is a terminal, nothing elsewhere.
//!
//! Not a crate: indicatif estimates with `pow`, and for that one function every start of every command would load the
//! system's mathematics library, a tenth of the time of a start.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use super::{terminal, time};

/// The shortest time between two redraws: more often would flicker, and slow the work down.
pub const PACE: Duration = Duration::from_millis(100);
/// The widest bar, in columns; a wider one is hard to read at a glance.
const WIDEST: usize = 40;
/// The narrowest bar, in columns; a narrower one says less than the number beside it.
const NARROWEST: usize = 8;

/// A line on the terminal, or nothing.
#[derive(Debug)]
pub struct Progress {
    visible: bool,
    /// The length of the input in bytes, where it is known.
    length: Option<u64>,
    bytes: u64,
    done: u64,
    started: Instant,
    drawn: Option<Instant>,
    /// Whether the line is out of date.
    stale: bool,
}

impl Progress {
    /// A bar over `length` bytes, or a running count where the length is unknown.
    pub(super) fn new(visible: bool, length: Option<u64>) -> Self {
        Self {
            visible,
            length,
            bytes: 0,
            done: 0,
            started: Instant::now(),
            drawn: None,
            stale: false,
        }
    }

    /// Adds `bytes` of the input, with which `done` tokens are done in all.
    pub fn advance(&mut self, bytes: usize, done: u64) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.done = done;
        self.stale = true;
        if self.drawn.is_none_or(|at| at.elapsed() >= PACE) {
            self.catch_up();
        }
    }

    /// Whether the line has to be redrawn if no token follows for a while.
    pub fn is_behind(&self) -> bool {
        self.visible && self.stale
    }

    /// Redraws the line if it is out of date.
    pub fn catch_up(&mut self) {
        if self.is_behind() {
            let part = self.length.map(|length| (self.bytes, length));
            let width = usize::from(terminal::width_of_stderr());
            draw(&line(self.done, part, self.started.elapsed(), width), width);
            self.drawn = Some(Instant::now());
            self.stale = false;
        }
    }

    /// Removes the line.
    pub fn finish(self) {
        if self.drawn.is_some() {
            draw("", usize::from(terminal::width_of_stderr()));
        }
    }
}

/// Replaces the line, with blanks rather than escape sequences, which not every terminal supports.
fn draw(line: &str, width: usize) {
    // The last column stays free, as some terminals wrap after it.
    let width = width.saturating_sub(1);
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r{line:<width$}\r").and_then(|()| stderr.flush());
}

/// The line after `elapsed` time with `done` tokens and a part of the bytes, in less than `width` columns.
fn line(done: u64, part: Option<(u64, u64)>, elapsed: Duration, width: usize) -> String {
    let mut line = time::counted(done, "token");
    if let Some((bytes, length)) = part {
        // The input may have grown since its length was read.
        let bytes = bytes.min(length);
        let share =
            |of: u64| u64::try_from(u128::from(bytes) * u128::from(of) / u128::from(length.max(1))).unwrap_or(of);
        let mut rest = format!("{}%", share(100));
        // Earlier, an estimate would be too uncertain.
        if elapsed >= Duration::from_secs(1) && bytes > 0 {
            let left = elapsed.as_secs_f64() * (length - bytes) as f64 / bytes as f64;
            let left = Duration::from_secs(left as u64);
            rest = format!("{rest}, {} left", time::span(left));
        }
        let room = width.saturating_sub(line.len() + rest.len() + 3).min(WIDEST);
        if room >= NARROWEST {
            let full = usize::try_from(share(room as u64)).unwrap_or(room);
            line = format!("{line} {}{} {rest}", "█".repeat(full), "░".repeat(room - full));
        } else {
            line = format!("{line}, {rest}");
        }
    }
    line.chars().take(width.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_line_shows_the_count_the_share_and_the_time_left() {
        assert_eq!(line(1, None, SECOND, 80), "1 token");
        assert_eq!(line(7, Some((0, 0)), SECOND, 20), "7 tokens, 0%");
        assert_eq!(
            line(250, Some((25, 100)), SECOND * 30, 54),
            "250 tokens ███░░░░░░░░░ 25%, 1 minute 30 seconds left"
        );
        assert_eq!(line(2, Some((101, 100)), SECOND / 2, 21), "2 tokens, 100%");
    }

    #[test]
    fn the_line_never_reaches_the_last_column() {
        for width in 0..120 {
            for part in [None, Some((1, 3)), Some((u64::MAX, u64::MAX)), Some((1, u64::MAX))] {
                let line = line(100_000, part, SECOND * 5, width);
                assert!(line.chars().count() <= width.saturating_sub(1), "{width}: {line}");
            }
        }
    }
}
