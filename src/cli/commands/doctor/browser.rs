//! The browser that `login` would open. It is looked for, and not started.

use super::Check;
use crate::cli::context::Context;
use crate::cli::login::browser::{BrowserError, would_open};
use crate::cli::settings::environment::{has_display, is_program};

const NAME: &str = "browser";

/// Without a browser `login` still prints its URL: none at all is a warning, one that was named wrongly is a failure.
pub fn check(ctx: &Context) -> Check {
    let by_hand = "run `noesis login --no-browser`, and open its URL where there is a browser";
    match would_open(ctx.settings.browser.as_deref(), is_program) {
        Ok(program) if ctx.settings.browser.is_some() => {
            Check::pass(NAME, format!("`login` opens `{program}`, as it is set"))
        }
        Ok(program) if has_display() || program == "wslview" => {
            Check::pass(NAME, format!("`login` opens the system's, by `{program}`"))
        }
        Ok(program) => {
            let words = format!("there is `{program}`, but no display (`DISPLAY` is not set)");
            Check::warn(NAME, words, by_hand)
        }
        Err(error @ BrowserError::System(_)) => Check::warn(NAME, format!("{error}: there is none"), by_hand),
        Err(error) => Check::fail(
            NAME,
            error.to_string(),
            "set `NOESIS_BROWSER` to a program that is there; until then, run `noesis login --no-browser`",
        ),
    }
}
