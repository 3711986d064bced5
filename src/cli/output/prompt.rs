//! Prompts on the terminal. Callers make sure that there is one: see [`super::terminal::can_ask`].

use dialoguer::console::Term;
use dialoguer::theme::{ColorfulTheme, Theme as _};
use dialoguer::{Confirm, Input, Password};

use super::{escape, terminal};
use crate::Secret;
use crate::cli::error::CliError;

/// A line of text. Where `check` rejects it, the reason is shown and the prompt repeated.
pub fn text(question: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<String, CliError> {
    let theme = ColorfulTheme::default();
    loop {
        // Checked here and not by dialoguer, which erases only one line of a reason that wraps.
        let line: String = Input::with_theme(&theme)
            .with_prompt(question)
            .allow_empty(true)
            .report(false)
            .interact_text()
            .map_err(failed)?;
        let line = line.trim();
        match check(line) {
            Ok(()) => {
                say(|to| theme.format_input_prompt_selection(to, question, &escape(line)))?;
                return Ok(line.to_owned());
            }
            Err(why) => say(|to| theme.format_error(to, &escape(&why)))?,
        }
    }
}

/// Yes or no; Esc and `q` are no.
pub fn confirm(question: &str) -> Result<bool, CliError> {
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(true)
        .interact_opt()
        .map(|answer| answer == Some(true))
        .map_err(failed)
}

/// A secret, hidden while it is typed.
pub fn secret(question: &str) -> Result<Secret, CliError> {
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .interact()
        .map(Secret::from)
        .map_err(failed)
}

fn say(write: impl FnOnce(&mut String) -> std::fmt::Result) -> Result<(), CliError> {
    let mut line = String::new();
    // Writing to a `String` cannot fail.
    let _ = write(&mut line);
    Term::stderr()
        .write_line(&line)
        .map_err(|error| failed(dialoguer::Error::IO(error)))
}

fn failed(error: dialoguer::Error) -> CliError {
    let dialoguer::Error::IO(error) = error;
    // An interrupted prompt leaves the cursor hidden. The Ctrl-C handler shows it too, but this may end the process first.
    terminal::show_cursor();
    match error.kind() {
        // The Ctrl-C handler is about to end the process with the same error.
        std::io::ErrorKind::Interrupted => CliError::Interrupted,
        _ => CliError::io(format!("cannot prompt on this terminal: {error}")),
    }
}
