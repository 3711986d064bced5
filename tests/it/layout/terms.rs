//! Sources and documents use the field's terms: no word that only this project used in that meaning comes back.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::repository::{files_below, read, rust_files};

/// What is no longer written, and what is written instead. The former is matched in lower case, as whole words.
const REPLACED: &[(&str, &str)] = &[
    ("anew", "again"),
    ("judge", "verify, decide"),
    ("judged", "verified, decided"),
    ("judging", "verifying, deciding"),
    ("judgement", "verdict, decision"),
    ("stranger", "another user, an unpublished key, an unknown client"),
    ("is asked", "is requested, receives a request"),
    ("was asked", "was requested, received a request"),
    ("be asked", "be requested, receive a request, be prompted"),
    ("whoever", "the holder, the caller, the client"),
    ("let go of", "released"),
    ("came to a bad end", "failed internally"),
    ("is no duration", "invalid duration"),
    ("is no token", "invalid token"),
    ("is no profile name", "invalid profile name"),
];

/// Whether a text in lower case holds a term, with no letter before or after it.
fn holds(text: &str, term: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    text.match_indices(term)
        .any(|(at, _)| !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + term.len()..].chars().next()))
}

/// Names and comments of code, where a request and a prompt have names of their own.
const REPLACED_IN_CODE: &[(&str, &str)] = &[("asked", "received, request, required; prompted")];

#[test]
fn sources_and_documents_use_the_fields_terms() {
    let mut files = rust_files(&["src", "tests", "benches", "examples", "fuzz/src", "fuzz/fuzz_targets"]);
    // It holds the terms themselves.
    files.retain(|file| file != "tests/it/layout/terms.rs");
    files.extend(files_below("src", "toml"));
    files.extend(files_below("tests/verifier", "py"));
    let configurations = ["cfg", "conf", "service", "sh", "yaml"];
    files.extend(
        configurations
            .map(|extension| files_below("examples", extension))
            .concat(),
    );
    files.extend(
        [
            "examples/caddy/Caddyfile",
            "examples/docker/Dockerfile",
            "packaging/linux",
        ]
        .map(str::to_owned),
    );
    files.extend(files_below("docs", "md"));
    files.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned));
    let mut found = Vec::new();
    for file in &files {
        let more = if file.ends_with(".rs") { REPLACED_IN_CODE } else { &[] };
        for (number, line) in read(file).lines().enumerate() {
            let line = line.to_lowercase();
            let terms = REPLACED.iter().chain(more).filter(|(term, _)| holds(&line, term));
            found.extend(terms.map(|(term, instead)| format!("{file}:{}: `{term}`, write: {instead}", number + 1)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(holds("fetches anew.", "anew") && !holds("renewed, a newer", "anew") && !holds("manewer", "anew"));
}

/// Names of types that several files define, and why.
const SHARED_NAMES: &[(&str, &str)] = &[
    ("Args", "the arguments of each command"),
    ("Batch", "the batch of each command that has one"),
    ("Body", "what a request sends, and what the guard forwards"),
    ("Entitlement", "the sandbox shares no code with the client"),
    ("Options", "the options of each server"),
    ("User", "as the seed names one, and as the sandbox keeps one"),
];

#[test]
fn a_name_of_a_type_has_one_meaning() {
    let mut defined = BTreeMap::<String, BTreeSet<String>>::new();
    for file in rust_files(&["src"]) {
        for line in read(&file).lines() {
            let mut words = line.trim_start().split([' ', '<', '(', '{', ';', '=']);
            let is_public = line.trim_start().starts_with("pub");
            if is_public && let Some(_) = words.find(|word| ["struct", "enum", "trait", "type"].contains(word)) {
                let name = words.next().unwrap_or_default().to_owned();
                defined.entry(name).or_default().insert(file.clone());
            }
        }
    }
    let is_shared = |name: &str| SHARED_NAMES.iter().any(|(shared, _)| *shared == name);
    defined.retain(|name, files| files.len() > 1 && !is_shared(name));
    assert!(defined.is_empty(), "{defined:?}");
}
