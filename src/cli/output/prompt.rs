//! Questions to a person at the terminal. Callers make sure that there is one: see [`super::terminal::can_ask`].

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Password};

use crate::Secret;
use crate::cli::exit::CliError;

/// A line of text; `check` says what is wrong with it, and the question is asked again.
pub fn text(question: &str, check: impl Fn(&str) -> Result<(), String>) -> Result<String, CliError> {
    Input::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .validate_with(|line: &String| check(line.trim()))
        .interact_text()
        .map(|line| line.trim().to_owned())
        .map_err(failed)
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

/// A secret, not shown while it is typed.
pub fn secret(question: &str) -> Result<Secret, CliError> {
    Password::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .interact()
        .map(Secret::from)
        .map_err(failed)
}

fn failed(error: dialoguer::Error) -> CliError {
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        // The Ctrl-C handler is about to end the process; this is the same end from the other side.
        std::io::ErrorKind::Interrupted => CliError::Interrupted,
        _ => CliError::io(format!("cannot ask on this terminal: {error}")),
    }
}
