//! Messages, hints and help on terminals of many widths.

use crate::support::pty::Terminal;
use crate::support::{Home, stderr};

/// What a command shows on a terminal so many columns wide, without colours.
fn shown(home: &Home, args: &[&str], columns: u16) -> Vec<String> {
    let mut command = home.noesis(args);
    command.env("NO_COLOR", "1");
    let mut terminal = Terminal::start(home, &command, columns);
    terminal.end();
    terminal
        .shown()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// The words of lines, of which some go on in the next as a shell reads it.
fn words(lines: &[String]) -> Vec<String> {
    let text = lines.join(" ");
    let words = text.split_whitespace().filter(|word| *word != "\\");
    words.map(str::to_owned).collect()
}

#[test]
fn messages_and_hints_end_their_lines_between_words_at_any_width() {
    let home = Home::new();
    for args in [
        &["sandbox", "serve", "--auto-approve", "ada"][..],
        &["status", "--tool", "x"],
        &["introspect", "x", "--base-url", "http://127.0.0.1:1"],
        &["upgrade"],
    ] {
        let piped = stderr(&home.noesis(args).output().unwrap());
        let whole: Vec<&str> = piped.split_whitespace().collect();
        for columns in [10, 20, 40, 80, 120] {
            let lines = shown(&home, args, columns);
            assert_eq!(words(&lines), whole, "{columns}: {lines:#?}");
            for line in &lines {
                let fits = line.chars().count() <= columns.into();
                // A word is never divided, however narrow the terminal is.
                let is_one_word = words(std::slice::from_ref(line)).len() == 1;
                assert!(fits || is_one_word, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn a_command_in_a_hint_can_be_pasted_into_a_shell_at_any_width() {
    let home = Home::new();
    for columns in [10, 20, 40, 80, 120] {
        let lines = shown(&home, &["sandbox", "serve", "--auto-approve", "ada"], columns).join("\n");
        let command = lines.split('`').nth_back(1).unwrap();
        let mut shell = home.command("sh");
        shell.args(["-c", &format!("printf '%s|' {command}")]);
        let output = shell.output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "noesis|sandbox|serve|--auto-approve=ada|",
            "{columns}: {lines}"
        );
    }
}

#[test]
fn the_help_ends_its_lines_between_words_on_a_narrow_terminal() {
    let home = Home::new();
    for args in [&["--help"][..], &["help", "exec"]] {
        for columns in [40, 60] {
            for line in shown(&home, args, columns) {
                assert!(line.chars().count() <= columns.into(), "{columns}: {line}");
            }
        }
    }
    let lines = shown(&home, &["--help"], 40);
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("Account:") && line.contains("login")),
        "{lines:#?}"
    );
}
