//! Whether `login` can open a browser. The browser is looked up, and not started.

use super::check::DoctorCheck;
use crate::cli::context::Context;
use crate::cli::error::{Hint, Invocation};
use crate::cli::login::browser::error::BrowserError;
use crate::cli::login::browser::would_open;
use crate::cli::settings::Source;
use crate::cli::settings::automation::automation;
use crate::cli::settings::environment::{has_display, is_program};

const NAME: &str = "browser";

/// Without a browser `login` still prints its URL: no browser is a warning, a configured one that is missing is a failure.
pub fn check(ctx: &Context) -> DoctorCheck {
    let no_browser = || Invocation::new("login").flag("--no-browser");
    let by_hand = || Hint::run(no_browser()).text(", and open its URL where there is a browser");
    let command = ctx.settings.browser.as_ref();
    if let Some(variable) = automation().filter(|_| command.is_none_or(|command| command.source == Source::Profile)) {
        return DoctorCheck::skip(
            NAME,
            format!("`login` opens none where `{variable}` is set, unless it is told which"),
        );
    }
    match would_open(command.map(|command| command.value.as_str()), is_program) {
        Ok(program) if command.is_some() => {
            DoctorCheck::pass(NAME, format!("`login` opens `{program}`, as configured"))
        }
        Ok(program) if has_display() || program == "wslview" => {
            DoctorCheck::pass(NAME, format!("`login` opens the system's browser with `{program}`"))
        }
        Ok(program) => {
            let message = format!("`{program}` is installed, but there is no display (`DISPLAY` is not set)");
            DoctorCheck::warn(NAME, message, by_hand())
        }
        Err(error @ BrowserError::System(_)) => {
            DoctorCheck::warn(NAME, format!("{error}: none is installed"), by_hand())
        }
        Err(error) => DoctorCheck::fail(
            NAME,
            error.to_string(),
            Hint::from("set `NOESIS_BROWSER` to a program that exists; until then, run ").command(no_browser()),
        ),
    }
}
