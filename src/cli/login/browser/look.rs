//! Which program would open a page, without opening one.

use std::io;

use super::{BrowserError, command};

/// The program that [`open`](super::open()) would start first of those that are there; `is_program` tells which are.
///
/// # Errors
///
/// The [`BrowserError`] that a sign-in would meet.
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
    fn l9_the_program_that_would_be_started_is_the_first_of_a_list_that_is_there() {
        let there = |name: &str| name == "good" || name == "/a b/c";
        assert_eq!(would_open(Some("good --x %s"), there).unwrap(), "good");
        #[cfg(not(windows))]
        assert_eq!(would_open(Some("bad:good %s:worse"), there).unwrap(), "good");
        assert_eq!(would_open(Some("'/a b/c' x"), there).unwrap(), "/a b/c");
        for (command, words) in [
            ("bad", "cannot start `bad`"),
            ("'", "a quote has no end"),
            ("%s", "names no program"),
        ] {
            let error = would_open(Some(command), there).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        assert!(matches!(would_open(Some(" "), |_| false), Err(BrowserError::System(_))));
        assert!(would_open(None, |_| true).is_ok());
    }
}
