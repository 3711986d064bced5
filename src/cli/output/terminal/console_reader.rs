//! The same reader where there is no POSIX terminal: by the console, whose own line editing cuts nothing.

use std::io;

use console::Term;

use super::{Echo, Input, Purpose, TypedKey};
use crate::Secret;

/// A prompt, and the line that is typed after it.
#[derive(Debug)]
pub struct ConsoleReader {
    echo: Echo,
}

impl ConsoleReader {
    /// Shows the prompt. On this system there is no background, and so no difference between the purposes.
    pub fn open(prompt: String, echo: Echo, _purpose: Purpose) -> io::Result<Self> {
        Term::stderr().write_str(&prompt)?;
        Ok(Self { echo })
    }

    /// Reads a line.
    pub fn line(&mut self) -> io::Result<Input> {
        let line = match self.echo {
            Echo::Hidden => Term::stderr().read_secure_line(),
            Echo::Shown => {
                let mut line = String::new();
                match io::stdin().read_line(&mut line)? {
                    0 => return Ok(Input::End),
                    _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
                }
            }
        };
        match line {
            Ok(line) => Ok(Input::Line(line.into())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Input::Interrupted),
            Err(error) => Err(error),
        }
    }

    /// The lines that follow at once, which this system does not tell.
    pub fn rest(&mut self) -> io::Result<Secret> {
        Ok(Secret::default())
    }

    /// Reads one key.
    pub fn key(&mut self) -> io::Result<TypedKey> {
        match Term::stderr().read_key() {
            Ok(console::Key::Char(character)) => Ok(TypedKey::Character(character)),
            Ok(console::Key::Enter) => Ok(TypedKey::Enter),
            Ok(console::Key::Escape) => Ok(TypedKey::Escape),
            Ok(_) => Ok(TypedKey::Other),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(TypedKey::Interrupted),
            Err(error) => Err(error),
        }
    }
}

/// A read of the console cannot be cancelled: it ends with the process.
pub fn close() {}
