//! `docs/cli.md` has every key of `config.toml` and every variable that the program reads, and no other.

use std::collections::BTreeSet;

use super::{blocks, code, rows, section};
use crate::support::repository::{paths_below, read};
use crate::support::{Home, stderr};

/// What is between backticks after some words of a message.
fn listed(message: &str, after: &str) -> BTreeSet<String> {
    let (_, list) = message.split_once(after).unwrap_or_else(|| panic!("{message}"));
    code(list.lines().next().unwrap())
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_keys_of_the_config_file_are_documented() {
    let cli = read("docs/cli.md");
    let text = section(&cli, "## `config.toml`");
    let home = Home::new();
    let folder = home.path().join(".config/noesis");
    std::fs::create_dir_all(&folder).unwrap();
    let status = |config: &str| {
        std::fs::write(folder.join("config.toml"), config).unwrap();
        stderr(&home.noesis(&["status"]).output().unwrap())
    };
    let keys = listed(&status("[profile.default]\nno_such_key = 1\n"), "expected one of");
    let documented: BTreeSet<String> = rows(text).iter().map(|row| code(&row[0])[0].to_owned()).collect();
    assert_eq!(documented, keys);

    let example: toml::Table = toml::from_str(blocks(text, "toml")[0]).unwrap();
    let written: BTreeSet<String> = example["profile"]["default"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(written, keys);
    let printed = status(blocks(text, "toml")[0]);
    assert!(!printed.contains("config.toml"), "{printed}");
}

/// The variables of this program that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    let name = |c: char| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit();
    let mut all = BTreeSet::new();
    for (at, _) in text.match_indices("NOESIS_") {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let end = text[at..].find(|c| !name(c)).map_or(text.len(), |end| at + end);
        // `X-NOESIS_SUB` is a spelling of a header, and the tests have variables of their own.
        if before != '-' && !name(before) && !text[at..end].starts_with("NOESIS_TEST_") {
            all.insert(text[at..end].to_owned());
        }
    }
    all
}

#[test]
fn every_variable_that_the_program_names_is_documented_and_no_other() {
    let sources = paths_below("src", ".rs")
        .into_iter()
        .map(|path| std::fs::read_to_string(path).unwrap());
    let named: BTreeSet<String> = sources.flat_map(|text| variables(&text)).collect();
    let cli = read("docs/cli.md");
    assert!(named.contains("NOESIS_CONFIG_DIR"), "{named:?}");
    assert_eq!(variables(section(&cli, "## Variables")), named);
}
