//! Every `console` block runs, line by line, in a sandbox of its own, and prints the lines that it shows.

use std::process::Command;

use super::{blocks, documents};
use crate::support::{Home, NOESIS, text};

/// One block: its commands, and the lines that they print.
struct Block {
    script: String,
    shown: Vec<String>,
}

impl Block {
    /// `$ ` begins a command and `> ` goes on with it; every other line is output.
    fn read(text: &str) -> Self {
        // What the commands print is compared in the order in which a terminal shows it.
        let mut script = String::from("exec 2>&1\n");
        let mut shown = Vec::new();
        for line in text.lines() {
            match line.strip_prefix("$ ").or_else(|| line.strip_prefix("> ")) {
                Some(command) => script.extend([command, "\n"]),
                None => shown.extend((!line.is_empty()).then(|| line.to_owned())),
            }
        }
        Self { script, shown }
    }

    /// The first line shown that was not printed after those before it.
    fn missing<'b>(&'b self, printed: &str) -> Option<&'b str> {
        let mut lines = printed.lines();
        let mut was_printed = |shown: &str| lines.any(|line| fits(shown, line));
        self.shown.iter().map(String::as_str).find(|shown| !was_printed(shown))
    }
}

/// Whether a line is the one shown, where `…` stands for any text.
fn fits(shown: &str, line: &str) -> bool {
    let mut parts = shown.trim_end().split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.trim_end().strip_prefix(first)) else {
        return false;
    };
    let mut exact = true;
    for part in parts {
        let Some(at) = (if part.is_empty() {
            Some(rest.len())
        } else {
            rest.rfind(part)
        }) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        exact = true;
    }
    exact && rest.is_empty()
}

fn in_a_sandbox(home: &Home, script: &[&str]) -> Command {
    let mut command = home.command(NOESIS);
    command.args(["sandbox", "run", "--auto-approve", "--"]).args(script);
    command
}

#[test]
fn every_console_block_runs_and_prints_what_it_shows() {
    let mut count = 0;
    for (name, document) in documents() {
        for block in blocks(&document, "console").into_iter().map(Block::read) {
            count += 1;
            let home = Home::new();
            let output = in_a_sandbox(&home, &["sh", "-eux", "-c", &block.script])
                .output()
                .unwrap();
            let (script, printed) = (&block.script, text(&output));
            assert_eq!(output.status.code(), Some(0), "{name}:\n{script}\n{printed}");
            assert_eq!(block.missing(&printed), None, "{name}:\n{script}\n{printed}");
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn a_line_that_is_shown_has_to_be_printed_in_its_place() {
    let block = Block::read("$ a \\\n> b\none … three\n\n$ c\nlast\n");
    assert_eq!(block.script, "exec 2>&1\na \\\nb\nc\n");
    assert_eq!(block.missing("zero\none two three\nlast\n"), None);
    assert_eq!(block.missing("last\none two three\n"), Some("last"));
    assert_eq!(block.missing("one two\nlast\n"), Some("one … three"));
    assert!(fits("kept in …", "kept in a file") && !fits("kept", "kept in a file"));
}

#[test]
fn the_tour_runs_from_beginning_to_end() {
    let home = Home::new();
    let tour = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tour.sh");
    let output = in_a_sandbox(&home, &["sh", tour]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let printed = text(&output);
    for word in [
        "signed in to",
        "redeemed: Vision Lab",
        "vision-lab: granted",
        "NOT VERIFIED",
        "refreshed the session",
        "signed out",
        "exit code 4",
    ] {
        assert!(printed.contains(word), "{word}: {printed}");
    }
}
