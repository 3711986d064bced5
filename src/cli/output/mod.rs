//! The only code that writes to the terminal: data to standard output, everything else to standard error.
//!
//! A command hands [`Out::show`] one struct, a [`View`], which is both the `--json` document and the text for people.
//! The text goes through a [`Page`], which escapes all that it is given (rule X4), so that no view can forget to.

mod page;
mod progress;
pub mod prompt;
pub mod terminal;
mod trace;
mod wrap;

use std::convert::Infallible;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use console::measure_text_width;
use serde::Serialize;
use serde_json::value::RawValue;

pub use self::page::{Page, Style};
pub use self::progress::{PACE, Progress};
pub use self::wrap::wrap;
use super::error::{CliError, Report};
use super::exit_status::ExitStatus;
use crate::TokenResponse;
pub use crate::escape::{escape, escape_json};
use crate::json_text::formatted;
pub(crate) use crate::time;

/// How long a wait may be silent: after that, the program would seem to hang.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the second and further lines of a message begin with.
const INDENT: &str = "  ";

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`
    #[default]
    Auto,
    /// Also on a pipe
    Always,
    /// Nowhere
    Never,
}

/// What a command prints: serialized it is the `--json` document, and `text` writes it for people.
pub trait View: Serialize {
    fn text(&self, page: &mut Page);
}

/// The document of commands that print tokens: the response of the token endpoint.
pub fn token_document(tokens: &TokenResponse) -> impl Serialize {
    serde_json::json!({
        "access_token": tokens.access_token.expose(),
        "token_type": tokens.token_type,
        "expires_in": tokens.expires_in,
        "refresh_token": tokens.refresh_token.expose(),
    })
}

fn serialized(document: &impl Serialize) -> Result<String, CliError> {
    serde_json::to_string(document).map_err(|e| CliError::io(format!("cannot write the result as JSON: {e}")))
}

/// JSON of a server or a token as it was written, but for the white space.
#[derive(Debug, Clone, Copy)]
pub struct JsonText<'a>(pub &'a str);

impl Serialize for JsonText<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = RawValue::from_string(formatted(self.0, false)).map_err(serde::ser::Error::custom)?;
        text.serialize(serializer)
    }
}

fn unwritable(error: &io::Error) -> CliError {
    CliError::io(format!("cannot write to standard output: {error}"))
}

/// Standard output and standard error, as this run uses them.
#[derive(Debug)]
pub struct Out {
    json: bool,
    /// Whether progress and notes are printed: under `--json` standard error holds nothing but the error document.
    notes: bool,
    /// Whether warnings are: not under `--json` without `--verbose`.
    warnings: bool,
    stdout: Stream,
    stderr: Stream,
    /// Whether an error was reported: both Ctrl-C and the command that it interrupts may try.
    reported: Mutex<bool>,
}

/// What one stream can show.
#[derive(Debug, Clone, Copy)]
struct Stream {
    terminal: bool,
    color: bool,
}

impl Stream {
    /// A page of clap, with or without colour as this stream shows it.
    fn rendered(self, text: &clap::builder::StyledStr) -> String {
        match self.color {
            true => text.ansi().to_string(),
            false => text.to_string(),
        }
    }
}

/// A page of clap on a terminal that is narrower than some of its lines.
fn fitted(text: &str, width: Option<u16>) -> String {
    let width = width.map_or(usize::MAX, usize::from);
    let mut fitted = String::with_capacity(text.len());
    for line in text.lines() {
        if measure_text_width(line) <= width {
            fitted.push_str(line);
        } else {
            let words = line.trim_start();
            let indent = " ".repeat(line.len() - words.len());
            let room = width.saturating_sub(indent.len() + INDENT.len());
            let lines = wrap(words, room).join(&format!("\n{indent}{INDENT}"));
            fitted.extend([&indent, lines.as_str()]);
        }
        fitted.push('\n');
    }
    fitted
}

impl Out {
    pub fn new(json: bool, quiet: bool, verbose: bool, color: ColorChoice, colour_unwanted: bool) -> Self {
        let stream = |terminal: bool| Stream {
            terminal,
            color: match color {
                ColorChoice::Auto => terminal && !colour_unwanted,
                ColorChoice::Always => true,
                ColorChoice::Never => false,
            },
        };
        let out = Self {
            json,
            notes: !quiet && (!json || verbose),
            warnings: !json || verbose,
            stdout: stream(io::stdout().is_terminal()),
            stderr: stream(io::stderr().is_terminal()),
            reported: Mutex::new(false),
        };
        // Prompts are coloured as everything else on standard error is.
        console::set_colors_enabled_stderr(out.stderr.color);
        if verbose {
            trace::install(out.stderr.color);
        }
        out
    }

    /// Whether `--json` was given.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints the result of a command.
    pub fn show(&self, view: &impl View) -> Result<(), CliError> {
        if self.json {
            return self.json(view);
        }
        let mut page = self.page();
        view.text(&mut page);
        self.data(page.finish().as_bytes())
    }

    /// Prints a document as JSON, whether or not `--json` was given.
    pub fn json(&self, document: &impl Serialize) -> Result<(), CliError> {
        self.json_text(&serialized(document)?)
    }

    /// The same of a document that is serialized already.
    pub fn json_text(&self, text: &str) -> Result<(), CliError> {
        let text = formatted(text, self.stdout.terminal);
        self.data(format!("{}\n", escape_json(&text)).as_bytes())
    }

    /// Prints a document as JSON on one line, as one of many.
    pub fn json_line(&self, document: &impl Serialize) -> Result<(), CliError> {
        let text = serialized(document)?;
        self.data(format!("{}\n", escape_json(&text)).as_bytes())
    }

    /// A progress bar over `length` bytes, shown only on a terminal that the results are not written to.
    pub fn progress(&self, length: Option<u64>) -> Progress {
        Progress::new(self.stderr.terminal && !self.stdout.terminal && self.notes, length)
    }

    /// Prints text as it is, such as a token.
    pub fn raw(&self, text: &str) -> Result<(), CliError> {
        self.data(text.as_bytes())
    }

    /// Prints documents that are serialized already.
    pub fn bytes(&self, documents: &[u8]) -> Result<(), CliError> {
        self.data(documents)
    }

    /// Where a server writes its log, line after line: standard error.
    #[cfg(feature = "guard")]
    pub fn log(&self) -> Box<dyn io::Write + Send> {
        Box::new(io::stderr())
    }

    /// Tries standard output by writing nothing, before something is sent whose answer comes only once: a full device says so.
    pub fn probe(&self) -> Result<(), CliError> {
        #[cfg(unix)]
        rustix::io::write(io::stdout(), &[]).map_err(|e| unwritable(&e.into()))?;
        Ok(())
    }

    fn data(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        written.map_err(|e| match e.kind() {
            io::ErrorKind::BrokenPipe => CliError::BrokenPipe,
            _ => unwritable(&e),
        })
    }

    /// Prints a note on standard error, unless `--quiet`, or `--json` without `--verbose`.
    pub fn note(&self, line: &str) {
        if self.notes {
            self.say(&self.wrapped(line));
        }
    }

    /// Does `work`, and prints a note if it takes more than a second.
    pub fn patiently<T>(&self, line: &str, work: impl FnOnce() -> T) -> T {
        let (working, done) = mpsc::channel::<Infallible>();
        std::thread::scope(|scope| {
            // If the thread cannot be started, only the note is missing.
            let _ = std::thread::Builder::new()
                .name("noesis-patience".into())
                .spawn_scoped(scope, move || {
                    if done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                        self.note(line);
                    }
                });
            let result = work();
            drop(working);
            result
        })
    }

    /// Prints what the user has to act on, such as the URL to open, even with `--quiet`.
    pub fn tell(&self, line: &str) {
        self.say(&self.wrapped(line));
    }

    /// Prints a warning, even with `--quiet`, unless `--json` is given without `--verbose`.
    pub fn warn(&self, line: &str) {
        if self.warnings {
            self.warn_always(line);
        }
    }

    /// Prints a warning of a server, whose standard error is its log.
    pub fn warn_always(&self, line: &str) {
        self.say(&self.labelled(Style::Yellow, "warning:", line));
    }

    /// Prints why the run failed: message and hint, or the error document of `--json`. Only the first error is printed.
    pub fn error(&self, report: &Report) {
        // Held until everything is written, as a second caller ends the process right after.
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        if report.exit == ExitStatus::Success || std::mem::replace(&mut *reported, true) {
            return;
        }
        if self.json {
            let document = serde_json::json!({ "error": report }).to_string();
            self.say(&escape_json(&document));
            return;
        }
        self.say(&self.labelled(Style::Red, "error:", &report.message));
        if let Some(hint) = &report.hint {
            self.say("");
            self.say(&self.labelled(Style::Cyan, "hint:", &hint.to_string()));
        }
    }

    /// Text for standard error: one line, or on a terminal as many as its width needs, with whole words.
    fn wrapped(&self, text: &str) -> String {
        let room = match self.stderr.terminal {
            true => usize::from(terminal::width_of_stderr()).saturating_sub(INDENT.len()),
            false => usize::MAX,
        };
        wrap(&escape(text), room).join(&format!("\n{INDENT}"))
    }

    /// The same with a label in a style in front of it.
    fn labelled(&self, style: Style, label: &str, text: &str) -> String {
        let text = self.wrapped(&format!("{label} {text}"));
        let rest = text.strip_prefix(label).unwrap_or_default();
        format!("{}{rest}", self.paint(style, label))
    }

    /// Prints the help or version that was requested, on standard output.
    pub fn help(&self, rendered: &clap::builder::StyledStr) -> Result<(), CliError> {
        let width = self.stdout.terminal.then(terminal::width);
        self.data(fitted(&self.stdout.rendered(rendered), width).as_bytes())
    }

    /// Prints the help on standard error, where no command was given.
    pub fn help_unasked(&self, rendered: &clap::builder::StyledStr) {
        let width = self.stderr.terminal.then(terminal::width_of_stderr);
        self.say(fitted(&self.stderr.rendered(rendered), width).trim_end());
    }

    /// A page with the width and colour of standard output.
    fn page(&self) -> Page {
        Page::new(self.stdout.terminal.then(terminal::width), self.stdout.color)
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.stderr.color {
            style.paint(text)
        } else {
            text.to_owned()
        }
    }

    /// An error of standard error itself is ignored, as it cannot be reported anywhere.
    fn say(&self, line: &str) {
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "{line}").and_then(|()| stderr.flush());
    }
}
