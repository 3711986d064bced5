//! The terminal: whether a prompt is possible, how wide it is, and its mode before a prompt changed it (rule X2).

use std::io::{self, IsTerminal as _};

/// The columns that are assumed where the terminal reports none.
const USUAL_WIDTH: u16 = 80;

/// Whether a prompt is possible: standard input and standard error are terminals, and this process is in the foreground.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && in_foreground()
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

/// Whether this process may change the terminal on standard input: from the background, the attempt would suspend it.
#[cfg(unix)]
pub fn in_foreground() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// There are no background processes in this sense on other systems.
#[cfg(not(unix))]
pub fn in_foreground() -> bool {
    true
}

/// The terminal's mode, to be restored when a prompt is interrupted.
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

    /// Restores echo and line mode, and shows the cursor.
    pub fn restore(&self) {
        #[cfg(unix)]
        if let Some(mode) = self.mode.as_ref().filter(|_| in_foreground()) {
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, mode);
        }
        show_cursor();
    }
}

/// Shows the cursor, and clears the line of an interrupted prompt.
pub fn show_cursor() {
    use std::io::Write as _;
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() {
        let _ = stderr.write_all(b"\r\x1b[K\x1b[?25h").and_then(|()| stderr.flush());
    }
}
