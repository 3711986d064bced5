//! TOKEN and CODE arguments: a literal, `-` for standard input, or `@FILE`.

use std::io::Read as _;

use super::error::CliError;
use super::output::{prompt, terminal};
use crate::Secret;

/// The most that is read for one secret, in bytes: far more than any token.
const MAX_INPUT: u64 = 1024 * 1024;

/// The token that an argument names; `what` is what it is called in errors. A `Bearer ` before it is dropped.
pub fn token(what: &str, argument: &str) -> Result<Secret, CliError> {
    text(what, argument).map(|text| bare_token(text.expose()))
}

/// The secret that an argument names, without the white space around it.
pub fn text(what: &str, argument: &str) -> Result<Secret, CliError> {
    let text = match (argument, argument.strip_prefix('@')) {
        // A person who types a secret does not want it seen, and would not know that ^D ends it.
        ("-", _) if is_asked_for(argument) => prompt::secret(&format!("The {what}"))?,
        ("-", _) => stdin(what)?,
        (_, Some(path)) => {
            let file = std::fs::File::open(path)
                .map_err(|e| CliError::io(format!("cannot read the {what} from `{path}`: {e}")))?;
            read(what, file)?
        }
        (literal, None) => literal.into(),
    };
    let text = Secret::from(text.expose().trim());
    if text.is_empty() {
        return Err(CliError::usage(
            format!("the {what} is empty"),
            "give it as an argument, as `-` with text on standard input, or as `@FILE`",
        ));
    }
    Ok(text)
}

/// Whether a person at the terminal will be asked for what an argument names.
pub fn is_asked_for(argument: &str) -> bool {
    argument == "-" && terminal::can_ask()
}

/// A token without the `Bearer ` that people copy along with it.
pub fn bare_token(text: &str) -> Secret {
    bare(text).into()
}

/// The part of a text that is the token.
pub fn bare(text: &str) -> &str {
    let text = text.trim();
    match text.get(..6) {
        Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => match text.get(6..) {
            Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => rest.trim(),
            _ => text,
        },
        _ => text,
    }
}

/// All of standard input.
pub fn stdin(what: &str) -> Result<Secret, CliError> {
    read(what, std::io::stdin().lock())
}

fn read(what: &str, source: impl std::io::Read) -> Result<Secret, CliError> {
    let mut text = String::new();
    source
        .take(MAX_INPUT + 1)
        .read_to_string(&mut text)
        .map_err(|e| CliError::io(format!("cannot read the {what}: {e}")))?;
    if text.len() as u64 > MAX_INPUT {
        return Err(CliError::io(format!("the {what} is longer than 1 MiB")));
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_prefix_is_dropped() {
        for (text, token) in [
            (" Bearer  abc\n", "abc"),
            ("bearer abc", "abc"),
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
