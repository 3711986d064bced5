//! `docs/cli.md` and the program have the same commands and the same flags, each with the same value and variable.

use std::collections::BTreeSet;

use super::{code, read, rows, section};
use crate::support::{Home, stdout};

/// What `noesis COMMAND --help` says.
fn help(command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
    let output = Home::new().noesis(&words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{command}");
    stdout(&output)
}

/// Every command that is shown, those below others by all their words.
fn commands() -> BTreeSet<String> {
    let help_of_all = help("");
    let top = help_of_all.lines().filter_map(|line| {
        // The overview has a name at this column, after the room for a group's heading.
        let (group, rest) = line.split_at_checked(18)?;
        let named = rest.starts_with(|c: char| c.is_ascii_lowercase());
        let heading = group.trim().is_empty() || group.trim().ends_with(':');
        (named && heading && !group.starts_with("  -")).then(|| rest.split(' ').next().unwrap().to_owned())
    });
    let mut all = BTreeSet::new();
    for name in top {
        let below = help(&name);
        if let Some((_, list)) = below.split_once("Commands:\n") {
            let names = list.lines().take_while(|line| !line.is_empty());
            let names = names.map(|line| line.split_whitespace().next().unwrap());
            all.extend(names.map(|below| format!("{name} {below}")));
        }
        all.insert(name);
    }
    all
}

/// The options in a part of a help text, as `docs/cli.md` writes them: `-q`, `--quiet`, `--port N`.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('-') && !line.starts_with("- "));
    let mut all = BTreeSet::new();
    for line in lines {
        // Between an option and its description there are two spaces.
        let line = line.split("  ").next().unwrap();
        for option in line.split(", ") {
            all.insert(option.replace(['<', '>'], ""));
        }
    }
    all
}

/// The options in the tables of a section of `docs/cli.md`.
fn documented(section: &str) -> BTreeSet<String> {
    let cells = rows(section).into_iter().map(|row| row[0].clone());
    let spans = cells.flat_map(|cell| code(&cell).into_iter().map(str::to_owned).collect::<Vec<_>>());
    spans.filter(|span| span.starts_with('-')).collect()
}

/// The help of a command, divided into its own options and the global ones.
fn divided(command: &str) -> (BTreeSet<String>, String) {
    let help = help(command);
    let (own, global) = help.split_once("\nGlobal options:\n").unwrap();
    let own = own.split_once("\nOptions:\n").map_or("", |(_, options)| options);
    let global = global.split("\nExamples:").next().unwrap();
    let mut own = options(own);
    own.retain(|option| !["-h", "--help"].contains(&option.as_str()));
    (own, global.to_owned())
}

#[test]
fn every_command_has_its_section_and_every_section_its_command() {
    let cli = read("docs/cli.md");
    let sections = section(&cli, "## Commands")
        .lines()
        .filter_map(|line| line.strip_prefix("### "));
    let documented: BTreeSet<String> = sections.map(|heading| heading.trim_matches('`').to_owned()).collect();
    let commands = commands();
    assert!(commands.contains("sandbox mint") && commands.len() > 20, "{commands:?}");
    assert_eq!(documented, commands);
}

#[test]
fn every_flag_of_every_command_is_documented_and_no_other() {
    let cli = read("docs/cli.md");
    for command in commands() {
        let (own, _) = divided(&command);
        assert_eq!(documented(section(&cli, &format!("### `{command}`"))), own, "{command}");
    }
}

#[test]
fn the_global_options_are_documented_with_their_variables_and_defaults() {
    let cli = read("docs/cli.md");
    let table = section(&cli, "## Global options");
    let (_, global) = divided("status");
    let mut all = options(&global);
    all.extend(["-h".to_owned(), "--help".to_owned()]);
    assert_eq!(documented(table), all);

    for row in rows(table) {
        let flag = code(&row[0])[0].split(' ').next().unwrap();
        let described: String = global
            .lines()
            .skip_while(|line| !line.trim_start().starts_with(flag))
            .enumerate()
            .take_while(|(at, line)| *at == 0 || !line.trim_start().starts_with('-'))
            .flat_map(|(_, line)| line.split_whitespace().flat_map(|word| [word, " "]))
            .collect();
        let in_brackets = |name: &str| {
            let (_, after) = described.split_once(&format!("[{name}: "))?;
            after.split([']', ',']).next()
        };
        if let Some(variable) = in_brackets("env") {
            assert_eq!(code(&row[2]).first(), Some(&variable), "{flag}");
        }
        if let Some(default) = in_brackets("default") {
            assert_eq!(code(&row[3]).first(), Some(&default), "{flag}");
        }
    }
}
