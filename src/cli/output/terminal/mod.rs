//! The terminal: whether a prompt is possible, how wide it is, and the lines that are typed there (rule X2).

#[cfg(not(unix))]
mod console_reader;
#[cfg(unix)]
mod editor;
#[cfg(unix)]
mod mode;
#[cfg(unix)]
mod reader;

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};

use std::time::Duration;

#[cfg(not(unix))]
pub use self::console_reader::{ConsoleReader as Reader, close};
#[cfg(unix)]
pub use self::mode::{close, continued, restore, stop};
#[cfg(unix)]
pub use self::reader::Reader;
use crate::Secret;
use crate::cli::settings::automation::automation;

/// Lines within this time are one paste.
pub const PASTE_INTERVAL: Duration = Duration::from_millis(80);

/// Whether the text is shown while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    Shown,
    Hidden,
}

/// What a line is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The run cannot go on without the answer: in the background it stops.
    Answer,
    /// The run goes on without it, also in the background.
    Offer,
}

/// What came instead of a line, or the line.
#[derive(Debug)]
pub enum Input {
    Line(Secret),
    /// The end of the input: Ctrl-D, or the terminal is gone.
    End,
    /// Ctrl-C, where it is no signal.
    Interrupted,
    /// The line is not wanted any more: see [`close`].
    Closed,
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedKey {
    Character(char),
    Enter,
    Escape,
    /// Ctrl-D, or the terminal is gone.
    End,
    /// Ctrl-C, where it is no signal.
    Interrupted,
    Other,
}

/// The columns that are assumed where the terminal reports none.
const USUAL_WIDTH: u16 = 80;

/// Whether `--no-input` was given.
static IS_ASKING_FORBIDDEN: AtomicBool = AtomicBool::new(false);

/// From now on no prompt is possible.
pub fn forbid_asking() {
    IS_ASKING_FORBIDDEN.store(true, Ordering::Relaxed);
}

/// Whether a prompt is possible: it is not forbidden, standard input and standard error are terminals, this process is not
/// in the background, and a person is there.
pub fn can_ask() -> bool {
    io::stderr().is_terminal() && can_read()
}

/// The same for input that is read without a prompt where standard error is no terminal.
pub fn can_read() -> bool {
    io::stdin().is_terminal() && why_not().is_none()
}

/// Why the terminal on standard input is not read.
pub fn why_not() -> Option<String> {
    if IS_ASKING_FORBIDDEN.load(Ordering::Relaxed) {
        return Some("`--no-input` forbids to ask".to_owned());
    }
    if !is_in_foreground() {
        return Some("this process is in the background".to_owned());
    }
    automation().map(|variable| format!("`{variable}` says that nobody is there to answer"))
}

/// The width of the terminal on standard output, in columns.
pub fn width() -> u16 {
    usable(columns(io::stdout()))
}

/// The width of the terminal on standard error, in columns.
pub fn width_of_stderr() -> u16 {
    usable(columns(io::stderr()))
}

fn usable(columns: Option<u16>) -> u16 {
    match columns {
        Some(0) | None => USUAL_WIDTH,
        Some(columns) => columns,
    }
}

#[cfg(unix)]
fn columns(stream: impl std::os::fd::AsFd) -> Option<u16> {
    rustix::termios::tcgetwinsize(stream).ok().map(|size| size.ws_col)
}

#[cfg(not(unix))]
fn columns<S>(_stream: S) -> Option<u16> {
    None
}

/// Whether this process may use the terminal on standard input: from the background, the attempt would suspend it. A
/// terminal that does not control this process, as the console of a container may not, has no background.
#[cfg(unix)]
fn is_in_foreground() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).map_or(true, |group| group == rustix::process::getpgrp())
}

/// There are no background processes in this sense on other systems.
#[cfg(not(unix))]
fn is_in_foreground() -> bool {
    true
}
