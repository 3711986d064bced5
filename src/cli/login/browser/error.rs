//! Why no browser was opened.

use std::io;
use std::process::ExitStatus;

/// Why no browser was opened.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The URL is not a web page.
    #[error("only a URL that begins with `http://` or `https://` is opened in a browser")]
    NotAUrl,
    /// The command could not be parsed.
    #[error("the browser command `{command}` is invalid: {reason}")]
    Command {
        /// The command.
        command: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The program does not exist or may not be executed.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// The system's error.
        source: io::Error,
    },
    /// The program failed at once.
    #[error("`{program}` could not open the page: {status}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status.
        status: ExitStatus,
    },
    /// The system has no browser, or no display to show one on.
    #[error("no browser could be opened")]
    System(#[source] io::Error),
}
