//! The documents are true: what README and `docs/` show runs, what they list is what the program has, and their links lead
//! somewhere.

#[cfg(unix)]
mod console;
mod figures;
mod flags;
mod json_documents;
mod links;
mod lists;
mod readme;
mod rules;
mod service;
mod settings;

use crate::support::repository::{paths_below, read, root};

/// Every document by its path in the repository: those at its root and those of `docs/`.
fn documents() -> Vec<(String, String)> {
    let mut names = Vec::new();
    for folder in ["", "docs/"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                names.push(format!("{folder}{name}"));
            }
        }
    }
    names.sort();
    assert!(names.len() >= 10, "{names:?}");
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

/// The blocks of code of one language, each without its fences.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    let after = text.split(&*fence).skip(1);
    after.map(|rest| rest.split("```").next().unwrap()).collect()
}

/// A document without its blocks of code.
fn prose(text: &str) -> String {
    let outside = text.split("```").step_by(2);
    outside.collect::<Vec<_>>().join("\n")
}

/// The level and the text of each heading.
fn headings(text: &str) -> Vec<(usize, String)> {
    let prose = prose(text);
    let lines = prose.lines().filter(|line| line.starts_with('#'));
    let heading = |line: &str| {
        let name = line.trim_start_matches('#');
        (line.len() - name.len(), name.trim().to_owned())
    };
    lines.map(heading).collect()
}

/// What stands below a heading, up to the next one of its level or above.
#[track_caller]
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let start = format!("{heading}\n");
    let at = match text.starts_with(&start) {
        true => 0,
        false => {
            1 + text
                .find(&format!("\n{start}"))
                .unwrap_or_else(|| panic!("no `{heading}`"))
        }
    };
    let body = &text[at + start.len()..];
    let level = heading.len() - heading.trim_start_matches('#').len();
    let ends = (1..=level).filter_map(|level| body.find(&format!("\n{} ", "#".repeat(level))));
    &body[..ends.min().unwrap_or(body.len())]
}

/// The rows of the tables in a text, without their heads: each as its cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_head = lines.peek().is_some_and(|next| next.starts_with("|---"));
        if line.starts_with('|') && !line.starts_with("|---") && !is_head {
            // A bar within a cell is escaped.
            let line = line.replace("\\|", "\u{0}");
            let cells = line.trim().trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().replace('\u{0}', "|")).collect());
        }
    }
    rows
}

/// The texts between backticks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn tables_and_sections_are_read_as_they_stand() {
    let text = "# A\n\n| x | y |\n|---|---|\n| `a\\|b` | c `d` |\n\n## B\n\nb\n\n### C\n\nc\n\n## D\n";
    assert_eq!(rows(text), [["`a|b`", "c `d`"]]);
    assert_eq!(code("c `d` e `f`"), ["d", "f"]);
    assert_eq!(section(text, "## B"), "\nb\n\n### C\n\nc\n");
    assert_eq!(headings(text).len(), 4);
}

#[test]
fn the_map_has_every_folder_and_the_recipes_name_files_that_are_there() {
    let architecture = read("docs/architecture.md");
    let map: String = rows(section(&architecture, "## Map"))
        .into_iter()
        .map(|row| row[0].clone() + " ")
        .collect();
    for folder in ["src", "src/cli"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            // `args/` of `src/cli/args/`, `command_line/`.
            let is_named = code(&map)
                .iter()
                .any(|path| path.trim_end_matches('/').ends_with(&name));
            assert!(!entry.path().is_dir() || is_named || name == "cli", "{folder}/{name}");
        }
    }
    for path in code(section(&architecture, "## Recipes")) {
        let is_path = ["src/", "tests/", "docs/"].iter().any(|start| path.starts_with(start));
        if is_path && !path.contains("/x.") {
            assert!(root().join(path).exists(), "{path}");
        }
    }
    // The tests that hold the invariants are there by their names.
    let tests: String = paths_below("tests/it/layout", ".rs")
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for row in rows(section(&architecture, "## Invariants")) {
        for name in code(&row[1])
            .into_iter()
            .filter_map(|name| name.strip_prefix("layout::"))
        {
            let name = name.rsplit("::").next().unwrap();
            assert!(tests.contains(&format!("fn {name}()")), "{name}");
        }
    }
}
