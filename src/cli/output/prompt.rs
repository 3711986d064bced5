//! Prompts on the terminal. Callers make sure that there is one: see [`super::terminal::can_ask`].
//!
//! The lines are read by [`terminal`](super::terminal) and not by a crate, as docs/decisions.md explains.

use std::io::{self, Write as _};

use console::colors_enabled_stderr;

use super::escape;
use super::page::Style;
use super::terminal::{Echo, Input, Purpose, Reader, TypedKey};
use crate::Secret;
use crate::cli::error::CliError;

/// A line of text. `check` makes the answer of it; where it rejects the line, the reason is shown and the prompt repeated.
pub fn text(question: &str, check: impl Fn(&str) -> Result<String, String>) -> Result<String, CliError> {
    loop {
        let line = line(&mut open(question, Echo::Shown)?)?;
        match check(line.expose()) {
            Ok(answer) => return Ok(answer),
            Err(why) => say(&format!("{} {}\n", paint(Style::Red, "error:"), escape(&why)))?,
        }
    }
}

/// The lines of one paste, shown while they are typed.
pub fn lines(question: &str) -> Result<Secret, CliError> {
    paste(question, Echo::Shown)
}

/// A secret, hidden while it is typed; all lines of it, where it is pasted.
pub fn secret(question: &str) -> Result<Secret, CliError> {
    paste(question, Echo::Hidden)
}

/// Yes or no; Esc and `q` are no.
pub fn confirm(question: &str) -> Result<bool, CliError> {
    let mut reader = open(&format!("{question} [Y/n]"), Echo::Hidden)?;
    let is_yes = loop {
        match reader.key().map_err(|error| failed(&error))? {
            TypedKey::Enter | TypedKey::Character('y' | 'Y') => break true,
            TypedKey::Escape | TypedKey::End | TypedKey::Character('n' | 'N' | 'q' | 'Q') => break false,
            TypedKey::Interrupted => return Err(CliError::Interrupted),
            TypedKey::Character(_) | TypedKey::Other => {}
        }
    };
    say(if is_yes { "yes\n" } else { "no\n" })?;
    Ok(is_yes)
}

fn open(question: &str, echo: Echo) -> Result<Reader, CliError> {
    let prompt = format!("{}: ", paint(Style::Bold, &escape(question)));
    Reader::open(prompt, echo, Purpose::Answer).map_err(|error| failed(&error))
}

fn line(reader: &mut Reader) -> Result<Secret, CliError> {
    match reader.line().map_err(|error| failed(&error))? {
        Input::Line(line) => Ok(line),
        Input::Interrupted => Err(CliError::Interrupted),
        Input::End | Input::Closed => Err(CliError::usage(
            "the input ended before the question was answered",
            "answer it, or give what it asks for by a flag or variable",
        )),
    }
}

/// A line, and those that were pasted with it: what is left would be read by the shell.
fn paste(question: &str, echo: Echo) -> Result<Secret, CliError> {
    let mut reader = open(question, echo)?;
    let first = line(&mut reader)?;
    let rest = reader.rest().map_err(|error| failed(&error))?;
    Ok(match rest.is_empty() {
        true => first,
        false => Secret::from(format!("{}\n{}", first.expose(), rest.expose())),
    })
}

fn paint(style: Style, text: &str) -> String {
    match colors_enabled_stderr() {
        true => style.paint(text),
        false => text.to_owned(),
    }
}

fn say(text: &str) -> Result<(), CliError> {
    let mut stderr = io::stderr().lock();
    let written = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    written.map_err(|error| failed(&error))
}

fn failed(error: &io::Error) -> CliError {
    CliError::io(format!("cannot prompt on this terminal: {error}"))
}
