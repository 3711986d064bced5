//! Each rule has a test that names it.

use std::collections::BTreeSet;

use super::sources::{read, rust_files};

/// The rules of the product that something stands behind already; the others come with what they are about.
const RULES: &[&str] = &[
    "n1", "n2", "n3", "n4", "n5", "n6", "n7", "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "s1", "s2",
    "s3", "s4", "s5", "s6", "s7", "s8", "x1", "x2", "x3", "x4", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9",
    "t10", "t11", "t12", "t13", "t14", "t15", "k1", "k2", "k3", "k4", "k5", "k6", "g1", "g2", "g3", "g4", "g5", "g6",
    "g7",
];

#[test]
fn every_rule_has_a_test_that_names_it() {
    let mut named = BTreeSet::new();
    for file in rust_files(&["src", "tests"]) {
        let mut is_test = false;
        for line in read(&file).lines().map(str::trim) {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            // The contract of the stores makes a test of each of its clauses.
            let clause = line
                .strip_suffix(',')
                .filter(|name| name.starts_with('s') && !name.contains(' '));
            let name = match (is_test, line.split_once("fn ")) {
                (true, Some((_, rest))) => rest.split('(').next(),
                _ => clause,
            };
            named.extend(name.into_iter().flat_map(|name| name.split('_')).map(str::to_uppercase));
            is_test &= !line.contains("fn ");
        }
    }
    let missing: Vec<String> = RULES
        .iter()
        .map(|rule| rule.to_uppercase())
        .filter(|rule| !named.contains(rule))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
