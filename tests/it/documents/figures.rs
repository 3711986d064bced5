//! The figures of `docs/reliability.md` are those that the tests print: each group of cases has its row, and each row its group.

use std::collections::BTreeSet;

use super::{code, rows};
use crate::support::repository::{paths_below, read};

/// What follows these words in the sources of the tests, up to the next quotation mark.
fn after(words: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in paths_below("tests/it", ".rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        let rest = text.split(words).skip(1);
        found.extend(rest.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    found
}

#[test]
fn every_group_of_cases_has_its_row_and_every_row_its_groups() {
    let document = read("docs/reliability.md");
    let mut listed = BTreeSet::new();
    for row in rows(&document) {
        listed.extend(code(&row[1]).into_iter().map(str::to_owned));
    }
    let mut printed = after(concat!("Cases", "::of(\""));
    printed.extend(["network", "TLS", "races"].map(str::to_owned));
    assert_eq!(listed, printed);
}

#[test]
fn the_rounds_and_the_mutants_are_those_of_the_defaults() {
    let document = read("docs/reliability.md");
    let shows = |words: &str| assert!(document.contains(words), "{words}");
    shows(&format!("in {} rounds | `races` | {0} refreshes", crate::races::ROUNDS));
    let soak = read("tests/soak");
    let (_, rounds) = soak.split_once("${NOESIS_ROUNDS:-").unwrap();
    shows(&format!("with {} rounds", rounds.split('}').next().unwrap()));
    let cases = read("tests/verifier/cases.jsonl").lines().count();
    shows(&format!("{},{:03} cases", cases / 1000, cases % 1000));
    assert!(read("tests/it/jwt/second_verifier.rs").contains("\"NOESIS_MUTANTS\", 20_000"));
    shows("20,000 in `tests/run`");
}
