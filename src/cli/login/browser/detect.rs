//! Which program would open a page, without opening one.

use std::io;

use super::command;
use super::error::BrowserError;

/// The first existing program that [`open`](super::open()) would start; `is_program` tells which exist.
///
/// # Errors
///
/// The [`BrowserError`] of a sign-in.
pub fn would_open(command: Option<&str>, is_program: impl Fn(&str) -> bool) -> Result<String, BrowserError> {
    let Some(command) = command.filter(|command| !command.trim().is_empty()) else {
        let launchers = open::commands("https://noesis.example");
        let names = launchers
            .iter()
            .map(|launcher| launcher.get_program().to_string_lossy());
        return names
            .map(|name| name.into_owned())
            .find(|name| is_program(name))
            .ok_or_else(|| BrowserError::System(io::ErrorKind::NotFound.into()));
    };
    let mut missing = command::names_nothing(command);
    for words in command::parse(command)? {
        let program = words.into_iter().next().unwrap_or_default();
        if is_program(&program) {
            return Ok(program);
        }
        missing = BrowserError::Start {
            program,
            source: io::ErrorKind::NotFound.into(),
        };
    }
    Err(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l9_the_detected_program_is_the_first_of_a_list_that_exists() {
        let exists = |name: &str| name == "good" || name == "/a b/c";
        assert_eq!(would_open(Some("good --x %s"), exists).unwrap(), "good");
        #[cfg(not(windows))]
        assert_eq!(would_open(Some("bad:good %s:worse"), exists).unwrap(), "good");
        assert_eq!(would_open(Some("'/a b/c' x"), exists).unwrap(), "/a b/c");
        for (command, message) in [
            ("bad", "cannot start `bad`"),
            ("'", "a quote is not closed"),
            ("%s", "names no program"),
        ] {
            let error = would_open(Some(command), exists).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        assert!(matches!(would_open(Some(" "), |_| false), Err(BrowserError::System(_))));
        assert!(would_open(None, |_| true).is_ok());
    }
}
