//! What a command reads: TOKEN and CODE arguments (a literal, `-` for standard input, or `@FILE`), files with a secret,
//! and the lines of a batch.

pub mod batch;
pub mod pasted;
pub mod secret_file;

pub use self::secret_file::trim;

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use super::error::CliError;
use super::output::{prompt, terminal};
use crate::Secret;

/// The token that an argument names; `what` names it in errors. A `Bearer ` before it is dropped.
pub fn token(what: &str, argument: &str) -> Result<Secret, CliError> {
    text(what, argument).map(|text| bare_token(text.expose()))
}

/// The secret that an argument names, without the white space around it.
pub fn text(what: &str, argument: &str) -> Result<Secret, CliError> {
    let text = match (argument, argument.strip_prefix('@')) {
        ("-", _) => stdin(what, &format!("The {what}"))?,
        (_, Some(path)) => {
            let failed = |why: String| CliError::io(format!("cannot read the {what} from `{path}`: {why}"));
            let bytes = secret_file::read(Path::new(path)).map_err(|e| failed(e.to_string()))?;
            let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
            text.into()
        }
        (literal, None) => literal.into(),
    };
    let text = Secret::from(trim(text.expose()));
    if text.is_empty() {
        return Err(CliError::usage(
            format!("the {what} is empty"),
            "give it as an argument, as `-` with text on standard input, or as `@FILE`",
        ));
    }
    Ok(text)
}

/// Whether what an argument names will be read from a prompt.
pub fn is_prompted_for(argument: &str) -> bool {
    argument == "-" && terminal::can_read()
}

/// A token without the `Bearer ` that people copy along with it.
pub fn bare_token(text: &str) -> Secret {
    bare(text).into()
}

/// The part of a text that is the token.
pub fn bare(text: &str) -> &str {
    let text = trim(text);
    match text.get(..6) {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => match text.get(6..) {
            Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => trim(rest),
            _ => text,
        },
        _ => text,
    }
}

/// A secret on standard input: all of it, or the answer of a person, who does not want it shown and may not know that Ctrl-D
/// ends the input.
pub fn stdin(what: &str, question: &str) -> Result<Secret, CliError> {
    match is_typed(what)? {
        true => prompt::secret(question).map(|typed| pasted::token(typed.expose()).as_ref().into()),
        false => piped(what),
    }
}

/// Whether standard input is a terminal, which is read by a prompt; an error where none is possible.
pub fn is_typed(what: &str) -> Result<bool, CliError> {
    match (std::io::stdin().is_terminal(), terminal::why_not()) {
        (is_terminal, None) => Ok(is_terminal),
        (false, Some(_)) => Ok(false),
        (true, Some(why)) => Err(CliError::usage(
            format!("the {what} would be read from the terminal, and {why}"),
            "give it in a file or a pipe on standard input",
        )),
    }
}

/// All of standard input, where it is no terminal.
pub fn piped(what: &str) -> Result<Secret, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(secret_file::MAX_SECRET + 1)
        .read_to_string(&mut text)
        .map_err(|e| CliError::io(format!("cannot read the {what}: {e}")))?;
    if text.len() as u64 > secret_file::MAX_SECRET {
        return Err(CliError::io(format!("the {what} is longer than 1 MiB")));
    }
    Ok(trim(&text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_prefix_is_dropped() {
        for (text, token) in [
            (" Bearer  abc\n", "abc"),
            ("bearer abc", "abc"),
            ("\u{feff}Bearer abc\r\n", "abc"),
            ("abc", "abc"),
            ("é", "é"),
            ("bearerabc", "bearerabc"),
            ("Bearer ", ""),
            ("", ""),
        ] {
            assert_eq!(bare_token(text).expose(), token, "{text:?}");
        }
    }
}
