//! Parses the value of `--browser`, `NOESIS_BROWSER` or `BROWSER`.

use std::path::Path;

use super::error::BrowserError;

/// The commands in a value, each split into words, without the URL, which becomes the last argument:
/// - the path of an existing file is that program, whatever characters it has;
/// - otherwise it is split into words as a shell would, without expansion. A word `%s`, the placeholder of the URL in the convention
///   of `BROWSER`, is dropped; a `%s` inside a word is an error;
/// - where a colon is in the first word or follows a `%s`, it is a list by that convention (except on Windows).
///
/// # Errors
///
/// [`BrowserError::Command`] where a quote is not closed, a `%s` is part of a word, or no program is named.
pub fn parse(command: &str) -> Result<Vec<Vec<String>>, BrowserError> {
    let path = Path::new(command);
    // A bare name is looked up in `PATH`, not in the current folder.
    if path.components().count() > 1 && path.is_file() {
        return Ok(vec![vec![command.to_owned()]]);
    }
    let first_word = command.split_whitespace().next().unwrap_or_default();
    let is_list = cfg!(not(windows)) && (first_word.contains(':') || command.contains("%s:"));
    let items: Vec<&str> = match is_list {
        true => command.split(':').collect(),
        false => vec![command],
    };
    items
        .into_iter()
        .filter(|item| !item.trim().is_empty())
        .map(words)
        .collect()
}

fn words(command: &str) -> Result<Vec<String>, BrowserError> {
    let invalid = |reason| invalid(command, reason);
    let mut words = shlex::split(command).ok_or_else(|| invalid("a quote is not closed"))?;
    words.retain(|word| word != "%s");
    if words.iter().any(|word| word.contains("%s")) {
        return Err(invalid("`%s` must be a word of its own"));
    }
    if words.is_empty() {
        return Err(names_nothing(command));
    }
    Ok(words)
}

/// The error for a command without a program in it.
pub fn names_nothing(command: &str) -> BrowserError {
    invalid(command, "it names no program")
}

fn invalid(command: &str, reason: &'static str) -> BrowserError {
    BrowserError::Command {
        command: command.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l9_a_command_is_split_into_words_and_nothing_is_expanded() {
        assert_eq!(parse("firefox").unwrap(), [["firefox"]]);
        assert_eq!(
            parse("firefox -P 'my profile' $HOME `id` \"%s\"").unwrap(),
            [["firefox", "-P", "my profile", "$HOME", "`id`"]]
        );
        assert_eq!(
            parse("chromium --proxy=http://b:80").unwrap(),
            [["chromium", "--proxy=http://b:80"]]
        );
    }

    #[cfg(not(windows))]
    #[test]
    fn browser_is_a_list_of_commands_separated_by_colons() {
        assert_eq!(parse("a:b").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("a %s:b").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("a::b:").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("/a/b:c %s:d").unwrap(), [["/a/b"], ["c"], ["d"]]);
    }

    #[test]
    fn l9_an_invalid_command_is_refused_with_the_reason() {
        for (command, reason) in [
            ("firefox 'x", "a quote is not closed"),
            ("firefox --open=%s", "must be a word of its own"),
            ("%s", "names no program"),
        ] {
            let refused = parse(command).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
