//! How far a long piece of work has come: a line on a terminal's standard error, nothing anywhere else.
//!
//! Written out here, as the crate for it estimates with `pow`: for that one function every start of every command would
//! load the system's mathematics, a tenth of the time that it takes.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use super::{terminal, time};

/// How often the line is drawn anew at most: more is flicker, and takes time from the work.
pub const PACE: Duration = Duration::from_millis(100);
/// The widest bar, in columns; further apart, its ends are no longer seen together.
const WIDEST: usize = 40;
/// A bar narrower than this says less than the number beside it.
const NARROWEST: usize = 8;

/// A line on the terminal, or nothing.
#[derive(Debug)]
pub struct Progress {
    visible: bool,
    /// Of the input, in bytes, where somebody knows it.
    length: Option<u64>,
    bytes: u64,
    done: u64,
    started: Instant,
    drawn: Option<Instant>,
    /// Whether the line shows less than is done.
    stale: bool,
}

impl Progress {
    /// A bar over so many bytes, or a running count where nobody knows how many there will be.
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

    /// One more token is done, which was so many bytes of the input.
    pub fn advance(&mut self, bytes: usize, done: u64) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.done = done;
        self.stale = true;
        if self.drawn.is_none_or(|at| at.elapsed() >= PACE) {
            self.catch_up();
        }
    }

    /// Whether there is something to draw when nothing more comes for a while.
    pub fn is_behind(&self) -> bool {
        self.visible && self.stale
    }

    /// Draws what is done.
    pub fn catch_up(&mut self) {
        if self.is_behind() {
            let part = self.length.map(|length| (self.bytes, length));
            let width = usize::from(terminal::width_of_stderr());
            draw(&line(self.done, part, self.started.elapsed(), width), width);
            self.drawn = Some(Instant::now());
            self.stale = false;
        }
    }

    /// Takes the line away.
    pub fn finish(self) {
        if self.drawn.is_some() {
            draw("", usize::from(terminal::width_of_stderr()));
        }
    }
}

/// Puts a line in the place of the one before, by blanks rather than codes, which not every terminal knows.
fn draw(line: &str, width: usize) {
    // The last column stays free: to write into it goes to the next line on some terminals.
    let width = width.saturating_sub(1);
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r{line:<width$}\r").and_then(|()| stderr.flush());
}

/// What is shown after some time with so many tokens done and a part of the bytes, in less than `width` columns.
fn line(done: u64, part: Option<(u64, u64)>, elapsed: Duration, width: usize) -> String {
    let mut line = time::counted(done, "token");
    if let Some((bytes, length)) = part {
        // The last line may end without the newline that is counted for it.
        let bytes = bytes.min(length);
        let share =
            |of: u64| u64::try_from(u128::from(bytes) * u128::from(of) / u128::from(length.max(1))).unwrap_or(of);
        let mut rest = format!("{}%", share(100));
        // Before that, a guess is worth nothing.
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
    fn the_line_says_how_many_how_far_and_how_long() {
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
