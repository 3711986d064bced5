//! Text in lines of whole words, and commands in it so that they can be pasted.

use console::measure_text_width;

/// What ends a line of a command that goes on in the next one. Only POSIX shells read it so.
const CONTINUED: Option<&str> = if cfg!(windows) { None } else { Some(" \\") };

/// Lines of whole words, each at most `room` columns wide where its words allow it.
///
/// A longer word, such as a URL, stays unbroken, so that it can be copied. What is in backticks stays on one line where it
/// fits on one; where not, it is continued as a shell reads it.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for unit in units(text) {
        let width = measure_text_width(unit);
        let is_first = match lines.last_mut() {
            Some(line) if line.is_empty() => {
                if width <= room || !unit.contains(' ') {
                    line.push_str(unit);
                    continue;
                }
                true
            }
            Some(line) if measure_text_width(line) + 1 + width <= room => {
                line.push(' ');
                line.push_str(unit);
                continue;
            }
            _ => false,
        };
        if width <= room || !unit.contains(' ') {
            lines.push(unit.to_owned());
            continue;
        }
        if is_first {
            lines.pop();
        }
        lines.extend(continued(unit, room));
    }
    lines
}

/// The words of a text, where what is in backticks counts as one with what touches it.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let (mut from, mut in_backticks) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            // One without its counterpart is a character as any other.
            '`' => in_backticks = !in_backticks && text.get(at + 1..).is_some_and(|rest| rest.contains('`')),
            ' ' if !in_backticks => {
                units.extend(text.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    units.extend(text.get(from..));
    units
}

/// The lines of a command that does not fit on one.
fn continued(command: &str, room: usize) -> Vec<String> {
    let Some(mark) = CONTINUED else {
        return vec![command.to_owned()];
    };
    let mut lines: Vec<String> = Vec::new();
    for word in shell_words(command) {
        match lines.last_mut() {
            Some(line) if measure_text_width(line) + 1 + measure_text_width(word) + mark.len() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) => {
                line.push_str(mark);
                lines.push(word.to_owned());
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The words of a command, with their quotes.
fn shell_words(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut from, mut quote) = (0, None);
    for (at, c) in command.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => {
                words.extend(command.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    words.extend(command.get(from..));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINT: &str = "put `--` before the command: run `noesis exec --min-ttl 5m -- curl 'my file' --json`, or look \
                        at https://platform.example/a/long/path";

    #[test]
    fn lines_end_between_words_at_any_width() {
        let words: Vec<&str> = HINT.split(' ').collect();
        for room in 0..130 {
            let lines = wrap(HINT, room);
            for line in &lines {
                let fits = measure_text_width(line) <= room;
                // Of a line that is too long, no word could be moved to the next.
                let bare = line.trim_end_matches(CONTINUED.unwrap_or_default());
                assert!(
                    fits || shell_words(bare).len() == 1 || !bare.contains(' '),
                    "{room}: {line}"
                );
            }
            let joined = lines.join(" ").replace(" \\ ", " ");
            assert_eq!(joined.split(' ').collect::<Vec<_>>(), words, "{room}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_command_in_backticks_can_be_pasted_at_any_width() {
        for room in 0..130 {
            let text = wrap(HINT, room).join("\n  ");
            let command = text.split('`').nth(3).unwrap();
            let words = shlex::split(command).unwrap();
            let words: Vec<&str> = words.iter().map(|word| word.trim()).filter(|w| !w.is_empty()).collect();
            assert_eq!(
                words,
                ["noesis", "exec", "--min-ttl", "5m", "--", "curl", "my file", "--json"],
                "{room}: {text}"
            );
        }
    }

    #[test]
    fn what_is_in_backticks_stays_on_one_line_where_it_fits() {
        assert_eq!(
            wrap("first run `noesis login`, then go on", 22),
            ["first run", "`noesis login`, then", "go on"]
        );
        assert_eq!(wrap("a ` alone", 4), ["a `", "alone"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("two  spaces", 40), ["two  spaces"]);
    }
}
