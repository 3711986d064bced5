//! What a person means by the value of `--browser`, `NOESIS_BROWSER` or `BROWSER`.

use std::path::Path;

use super::BrowserError;

/// The commands that a value stands for, each in words, without the URL, which is to become the last argument:
/// - the path of a file that exists is that program, whatever characters it has;
/// - else it is split into words as a shell would, with nothing expanded. A word `%s`, the place of the URL in the old convention
///   for `BROWSER`, is left out; a `%s` inside a word is refused;
/// - where a colon stands in the first word or follows a `%s`, it is a list by that convention (except on Windows).
///
/// # Errors
///
/// [`BrowserError::Command`] where a quote has no end, a `%s` is not a word of its own, or no program is named.
pub fn parse(command: &str) -> Result<Vec<Vec<String>>, BrowserError> {
    let path = Path::new(command);
    // A bare name is looked for in `PATH`, whatever lies in the current folder.
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
    let unreadable = |reason| unreadable(command, reason);
    let mut words = shlex::split(command).ok_or_else(|| unreadable("a quote has no end"))?;
    words.retain(|word| word != "%s");
    if words.iter().any(|word| word.contains("%s")) {
        return Err(unreadable("`%s` must be a word of its own"));
    }
    if words.is_empty() {
        return Err(names_nothing(command));
    }
    Ok(words)
}

/// The error for a command without a program in it.
pub fn names_nothing(command: &str) -> BrowserError {
    unreadable(command, "it names no program")
}

fn unreadable(command: &str, reason: &'static str) -> BrowserError {
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
    fn the_old_convention_of_browser_is_a_list() {
        assert_eq!(parse("a:b").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("a %s:b").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("a::b:").unwrap(), [["a"], ["b"]]);
        assert_eq!(parse("/a/b:c %s:d").unwrap(), [["/a/b"], ["c"], ["d"]]);
    }

    #[test]
    fn l9_what_cannot_be_read_is_refused_with_the_reason() {
        for (command, reason) in [
            ("firefox 'x", "a quote has no end"),
            ("firefox --open=%s", "must be a word of its own"),
            ("%s", "names no program"),
        ] {
            let refused = parse(command).unwrap_err().to_string();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
