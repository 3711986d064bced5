//! Words as a POSIX shell takes them, for the command lines that are printed to be pasted.

use std::borrow::Cow;

/// A word, quoted where a shell needs it; `None` for one that no shell can be given, which is one with a NUL.
///
/// `--flag=value` needs no quotes, and stays as people write it.
pub fn quote(word: &str) -> Option<Cow<'_, str>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Some(Cow::Borrowed(word));
    }
    shlex::try_quote(word).ok()
}

/// Words as one command line; `None` where one of them cannot be quoted.
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let quoted: Option<Vec<Cow<'_, str>>> = words.into_iter().map(quote).collect();
    quoted.map(|words| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_read_back_as_the_words_it_was_made_of() {
        for words in [
            vec!["noesis", "introspect", "--batch=my file", "it's", "", "$(id)", "ä"],
            vec!["a", "--url=http://127.0.0.1:1/?x", "b;c", "~", "*"],
        ] {
            assert_eq!(shlex::split(&join(words.iter().copied()).unwrap()).unwrap(), words);
        }
        assert_eq!(quote("--store=file").as_deref(), Some("--store=file"));
        assert_eq!(quote("a b").as_deref(), Some("'a b'"));
        assert_eq!(quote("a\0b"), None);
    }
}
