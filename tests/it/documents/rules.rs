//! Every rule that is cited has its heading in `docs/rules.md`, and every heading a test whose name begins with it.

use std::collections::{BTreeMap, BTreeSet};

use super::headings;
use crate::support::repository::{paths_below, read};

/// The letters that rules begin with.
const LETTERS: &str = "TKNLSGX";

/// Whether a word is the identifier of a rule: a letter and one or two digits.
fn is_rule(word: &str) -> bool {
    let digits = word.get(1..).unwrap_or_default();
    word.starts_with(|c| LETTERS.contains(c))
        && matches!(digits.len(), 1 | 2)
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

/// The rules that have a heading.
fn rules() -> BTreeSet<String> {
    let headings = headings(&read("docs/rules.md"));
    let third = headings.iter().filter(|(level, _)| *level == 3);
    let rules: BTreeSet<String> = third
        .map(|(_, name)| name.split(' ').next().unwrap().to_owned())
        .collect();
    assert!(rules.len() > 50 && rules.iter().all(|rule| is_rule(rule)), "{rules:?}");
    rules
}

#[test]
fn every_rule_that_is_cited_has_a_heading() {
    let rules = rules();
    let mut unknown: BTreeMap<String, String> = BTreeMap::new();
    let folders = ["src", "tests", "fuzz", "benches", "examples", "docs"];
    let ends = [".rs", ".py", ".md"];
    let files = folders
        .iter()
        .flat_map(|folder| ends.iter().flat_map(|end| paths_below(folder, end)));
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        for word in words.filter(|word| is_rule(word) && !rules.contains(*word)) {
            unknown.insert(word.to_owned(), path.display().to_string());
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_rule_has_a_test_that_names_it() {
    let mut named = BTreeSet::new();
    for path in ["src", "tests"]
        .into_iter()
        .flat_map(|folder| paths_below(folder, ".rs"))
    {
        let text = std::fs::read_to_string(path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            // The contract of the stores makes a test of each of its clauses.
            let clause = line
                .strip_suffix(',')
                .filter(|name| name.starts_with('s') && !name.contains(' '));
            let name = match (is_test, line.split_once("fn ")) {
                (true, Some((_, rest))) => rest.split('(').next(),
                _ => clause,
            };
            // A test may hold several rules: `n1_n2_…`.
            let prefixes = name.unwrap_or_default().split('_').map(str::to_uppercase);
            named.extend(prefixes.take_while(|word| is_rule(word)));
            is_test &= !line.contains("fn ");
        }
    }
    let missing: Vec<String> = rules().into_iter().filter(|rule| !named.contains(rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
