//! Every source file is compiled somewhere, says what it is for, and stands where its module is looked for.

use std::collections::BTreeSet;

use super::tokens::{Token, child_file, group, tokens};
use crate::support::repository::{read, root, rust_files};

/// A module that a file declares with `mod name;`.
struct Declared {
    name: String,
    /// The file that `#[path]` names.
    path: Option<String>,
    /// The condition of `#[cfg]`.
    condition: Option<String>,
}

/// The modules that a source declares, blocks left out.
fn declared(source: &str) -> Vec<Declared> {
    let code = tokens(source);
    let word = |n: usize| code.get(n).map_or("", Token::text);
    let (mut found, mut i) = (Vec::new(), 0);
    let (mut path, mut condition) = (None, None);
    while i < code.len() {
        match word(i) {
            "#" => {
                let end = i + 1 + group(&code[i + 1..]);
                match word(i + 2) {
                    "path" => path = Some(word(i + 4).trim_matches('"').to_owned()),
                    "cfg" => condition = Some(text(&code[i + 4..end - 2])),
                    _ => {}
                }
                i = end;
                continue;
            }
            "pub" => {}
            "mod" if word(i + 2) == ";" => {
                found.push(Declared {
                    name: word(i + 1).to_owned(),
                    path: path.take(),
                    condition: condition.take(),
                });
                i += 2;
            }
            "{" | "(" | "[" => {
                (path, condition) = (None, None);
                i += group(&code[i..]);
                continue;
            }
            _ => (path, condition) = (None, None),
        }
        i += 1;
    }
    found
}

/// Tokens as text, without what is in no word or literal.
fn text(code: &[Token]) -> String {
    let words = code.iter().map(Token::text).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The files that some roots reach through `mod`, and the conditions on the way.
fn reached(roots: &[&str]) -> (BTreeSet<String>, BTreeSet<(String, String)>) {
    let (mut files, mut conditions) = (BTreeSet::new(), BTreeSet::new());
    let mut open: Vec<String> = roots.iter().map(|root| (*root).to_owned()).collect();
    while let Some(file) = open.pop() {
        let folder = file.rsplit_once('/').unwrap().0.to_owned();
        let is_root = roots.contains(&file.as_str());
        for child in declared(&read(&file)) {
            let exists = |name: &str| root().join(&folder).join(name).is_file();
            let name = &file[folder.len() + 1..];
            let found = match &child.path {
                Some(path) => Some(path.clone()),
                // The root of a crate has its children beside it.
                None => child_file(if is_root { "lib.rs" } else { name }, &child.name, &|name| exists(name))
                    .or_else(|| child_file("lib.rs", &child.name, &|name| name_is_mod(&file) && exists(name))),
            };
            let found = found.unwrap_or_else(|| panic!("`mod {}` of {file} has no file", child.name));
            let path = format!("{folder}/{found}");
            if let Some(condition) = child.condition {
                conditions.insert((path.clone(), condition));
            }
            open.push(path);
        }
        files.insert(file);
    }
    (files, conditions)
}

fn name_is_mod(file: &str) -> bool {
    file.ends_with("/mod.rs")
}

/// The roots of the crates below a folder.
const ROOTS: [(&str, &[&str]); 2] = [
    ("src", &["src/lib.rs", "src/main.rs"]),
    ("tests/it", &["tests/it/main.rs"]),
];

#[test]
fn no_file_is_forgotten() {
    for (folder, roots) in ROOTS {
        let (found, _) = reached(roots);
        let forgotten: Vec<String> = rust_files(&[folder])
            .into_iter()
            .filter(|file| !found.contains(file))
            .collect();
        assert!(forgotten.is_empty(), "no `mod` reaches {forgotten:?}");
    }
    // Cargo compiles each file of `tests` itself: one binary is linked once.
    let others: Vec<String> = rust_files(&["tests"])
        .into_iter()
        .filter(|file| !file.starts_with("tests/it/"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

/// The tests that are compiled for some systems alone: all others run on Windows too.
const CONDITIONAL: &[(&str, &str)] = &[
    ("tests/it/commands/exec.rs", "unix"),
    ("tests/it/commands/login/environment.rs", "unix"),
    ("tests/it/commands/login/terminal.rs", "unix"),
    ("tests/it/deployment.rs", LINUX),
    ("tests/it/documents/console.rs", "unix"),
    ("tests/it/help/widths.rs", "unix"),
    ("tests/it/hostile_input/mod.rs", "unix"),
    ("tests/it/keyring/mod.rs", LINUX),
    ("tests/it/network_faults/mod.rs", LINUX),
    ("tests/it/prompts/mod.rs", LINUX),
    ("tests/it/proxies.rs", "unix"),
    ("tests/it/races/lock_holder.rs", LINUX),
    ("tests/it/robustness/another_user.rs", "unix"),
    ("tests/it/robustness/mod.rs", "unix"),
    ("tests/it/sandbox/run.rs", "unix"),
    ("tests/it/startup.rs", LINUX),
    ("tests/it/support/pty.rs", "unix"),
    ("tests/it/tls/mod.rs", "unix"),
];

const LINUX: &str = "target_os = \"linux\"";

#[test]
fn the_tests_that_not_every_system_runs_are_these() {
    let (files, mut conditions) = reached(ROOTS[1].1);
    for file in files {
        if let Some((_, rest)) = read(&file).split_once("\n#![cfg(") {
            let condition = rest.split_once(")]").unwrap().0;
            conditions.insert((file, condition.to_owned()));
        }
    }
    let found: Vec<(&str, &str)> = conditions
        .iter()
        .map(|(file, cfg)| (file.as_str(), cfg.as_str()))
        .collect();
    assert_eq!(found, CONDITIONAL);
}

#[test]
fn every_file_says_why_it_exists() {
    for file in rust_files(&["src", "tests", "benches", "examples", "fuzz/src", "fuzz/fuzz_targets"]) {
        let text = read(&file);
        assert!(
            text.starts_with("//! ") && text.lines().next().unwrap().len() > 20,
            "{file}"
        );
    }
}

#[test]
fn a_module_with_children_is_the_file_mod_rs_of_its_folder() {
    for file in rust_files(&["src", "tests", "benches", "fuzz/src"]) {
        let folder = root().join(file.strip_suffix(".rs").unwrap());
        assert!(!folder.is_dir(), "{file} stands beside its folder");
    }
}
