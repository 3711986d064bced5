//! The terminal itself: whether there is one to ask, how wide it is, and how it was before a prompt changed it (rule X2).

use std::io::{self, IsTerminal as _};

/// The columns that text is laid out for where the terminal does not say, or says nonsense.
const USUAL_WIDTH: u16 = 80;

/// Whether a person can be asked: they read standard error and type on standard input.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && in_foreground()
}

/// The width of the terminal on standard output, in columns; never less than what a table needs to stand.
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
        Some(columns) => columns.max(20),
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

/// Whether the terminal on standard input is this process's to change: from the background, the attempt alone would stop
/// it.
#[cfg(unix)]
pub fn in_foreground() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Nothing is ever in the background here.
#[cfg(not(unix))]
pub fn in_foreground() -> bool {
    true
}

/// The terminal's mode at one moment, to be put back when a prompt is cut short.
#[derive(Debug)]
pub struct Saved {
    #[cfg(unix)]
    mode: Option<rustix::termios::Termios>,
}

impl Saved {
    /// Reads the mode of the terminal on standard input, if there is one.
    pub fn read() -> Self {
        Self {
            #[cfg(unix)]
            mode: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }

    /// Puts echo and line mode back, and shows the cursor again.
    pub fn restore(&self) {
        #[cfg(unix)]
        if let Some(mode) = self.mode.as_ref().filter(|_| in_foreground()) {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, mode);
        }
        show_cursor();
    }
}

/// Shows the cursor, on a line without the rest of a prompt.
pub fn show_cursor() {
    use std::io::Write as _;
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() {
        let _ = stderr.write_all(b"\r\x1b[K\x1b[?25h").and_then(|()| stderr.flush());
    }
}
