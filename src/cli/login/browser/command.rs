//! Parses the value of `--browser`, `NOESIS_BROWSER` or `BROWSER`.

use std::path::Path;

use super::error::BrowserError;

/// The commands in a value, each split into words, without the URL, which becomes the last argument:
/// - the path of an existing file is that program, whatever characters it has;
/// - otherwise it is split into words as a shell would, without expansion. A word `%s`, the placeholder of the URL in the convention
///   of `BROWSER`, is dropped; a `%s` inside another word than the program is an error;
/// - where a colon outside quotes is in the first word or follows a `%s`, it is a list by that convention (except on Windows).
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
    items(command)
        .into_iter()
        .filter(|item| !item.trim().is_empty())
        .map(words)
        .collect()
}

/// The commands of a list, or the whole as the only one.
fn items(command: &str) -> Vec<&str> {
    let command = command.trim_start();
    let plain = unquoted(command);
    let first_word = plain.iter().find(|(_, c)| c.is_whitespace());
    let first_word = first_word.map_or(command.len(), |(end, _)| *end);
    let colons = plain.into_iter().filter(|(_, c)| *c == ':').map(|(at, _)| at);
    let colons: Vec<usize> = colons.collect();
    let separates = |at: usize| at < first_word || command.get(..at).is_some_and(|before| before.ends_with("%s"));
    if cfg!(windows) || !colons.iter().any(|at| separates(*at)) {
        return vec![command];
    }
    let starts = std::iter::once(0).chain(colons.iter().map(|colon| colon + 1));
    let ends = colons.iter().copied().chain([command.len()]);
    starts
        .zip(ends)
        .filter_map(|(start, end)| command.get(start..end))
        .collect()
}

/// The characters that a shell takes as they are, outside quotes and not after a backslash, with their positions.
fn unquoted(command: &str) -> Vec<(usize, char)> {
    let (mut quote, mut is_escaped) = (None, false);
    let is_plain = |(_, c): &(usize, char)| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match (quote, *c) {
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(*c),
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, _) => return true,
        }
        false
    };
    command.char_indices().filter(is_plain).collect()
}

fn words(command: &str) -> Result<Vec<String>, BrowserError> {
    let invalid = |reason| invalid(command, reason);
    let mut words = shlex::split(command).ok_or_else(|| invalid("a quote is not closed"))?;
    words.retain(|word| word != "%s");
    // In the program's own name `%s` is literal: a folder may be called so.
    if words.iter().skip(1).any(|word| word.contains("%s")) {
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
    fn l9_the_program_may_have_any_characters() {
        for folder in ["/a %s/b", "/a:b", "/it's", "/a\"b", "/a\\b", "/%s:%s"] {
            let quoted = format!("'{}/noesis'", folder.replace('\'', r"'\''"));
            let words = parse(&format!("{quoted} sandbox browse")).unwrap();
            assert_eq!(words, [[&format!("{folder}/noesis"), "sandbox", "browse"]], "{folder}");
        }
        #[cfg(not(windows))]
        assert_eq!(parse("'/a:b' %s:\"c:d\"").unwrap(), [["/a:b"], ["c:d"]]);
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
