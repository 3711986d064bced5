//! The README is a landing page: short, with the commands that a newcomer begins with, and compiled where it shows Rust.

use super::{blocks, code, documents, headings, read, root, rows, section};

#[test]
fn the_readme_has_at_most_8_kib() {
    assert!(read("README.md").len() <= 8192, "{}", read("README.md").len());
}

#[test]
fn the_readme_has_the_two_commands_and_the_changelog_the_version() {
    let readme = read("README.md");
    for command in [
        "cargo run -- sandbox run --auto-approve -- sh examples/tour.sh",
        "tests/run",
    ] {
        assert!(readme.contains(command), "{command}");
    }
    assert!(read("CHANGELOG.md").contains(concat!("## ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_table_has_every_command() {
    let readme = read("README.md");
    let cells: Vec<String> = rows(section(&readme, "## Commands"))
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    let listed: Vec<&str> = cells.iter().flat_map(|cell| code(cell)).collect();
    let has = |command: &str| {
        listed
            .iter()
            .any(|cell| *cell == command || cell.starts_with(&format!("{command} ")))
    };
    for (_, heading) in headings(section(&read("docs/cli.md"), "## Commands")) {
        let command = heading.trim_matches('`');
        assert!(has(command), "{command}");
    }
}

#[test]
fn rust_in_a_document_is_compiled() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (name, text) in documents() {
        let rust = ["rust", "rust,no_run", "rust,ignore", "rust,should_panic"];
        if rust.iter().any(|language| !blocks(&text, language).is_empty()) {
            assert!(library.contains(&format!("include_str!(\"../{name}\")")), "{name}");
        }
    }
}
