//! `noesis man`: every page renders.

use std::path::PathBuf;

use crate::support::{Home, has, stdout, text};

#[test]
fn every_manual_page_renders_without_a_warning() {
    let home = Home::new();
    let output = home.noesis(&["man", "--out", "man1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let pages: Vec<PathBuf> = std::fs::read_dir(home.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(pages.len() > 15, "{pages:?}");
    for page in &pages {
        let name = page.file_stem().unwrap().to_string_lossy().to_uppercase();
        let source = std::fs::read_to_string(page).unwrap();
        // Its own name, and not that of another command.
        assert!(source.to_uppercase().contains(&format!(".TH {name} 1")), "{name}");
    }
    let alone = home.noesis(&["man"]).output().unwrap();
    assert_eq!(alone.stdout, std::fs::read(home.path().join("man1/noesis.1")).unwrap());

    if !has("man") {
        return;
    }
    for page in &pages {
        let output = home
            .command("man")
            .args(["--warnings", "-l"])
            .arg(page)
            .output()
            .unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{}: {}",
            page.display(),
            text(&output)
        );
        assert!(stdout(&output).contains("NAME"), "{}", page.display());
    }
}

#[test]
fn every_page_has_exit_statuses_variables_files_and_the_examples_as_they_are_typed() {
    if !has("man") {
        return;
    }
    let home = Home::new();
    let output = home.noesis(&["man", "--out", "man1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    for (page, command) in [
        ("noesis", &[][..]),
        ("noesis-exec", &["exec"]),
        ("noesis-completions", &["completions"]),
        ("noesis-exchange", &["exchange"]),
        ("noesis-sandbox-serve", &["sandbox", "serve"]),
    ] {
        let mut man = home.command("man");
        man.env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
        let output = man
            .arg("-l")
            .arg(home.path().join(format!("man1/{page}.1")))
            .output()
            .unwrap();
        let shown = stdout(&output);
        let section = |name: &str| {
            let (_, rest) = shown
                .split_once(&format!("\n{name}\n"))
                .unwrap_or_else(|| panic!("{page} has no {name}: {shown}"));
            let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
            lines.collect::<Vec<_>>().join("\n")
        };
        let statuses = section("EXIT STATUS");
        for status in ["0", "1", "2", "3", "4", "5", "126", "127", "130"] {
            let is_named = |line: &str| line.split_whitespace().next() == Some(status);
            assert!(statuses.lines().any(is_named), "{status}: {statuses}");
        }
        let variables = section("ENVIRONMENT");
        for variable in ["NOESIS_TOKEN", "NOESIS_CLIENT_SECRET", "HTTPS_PROXY"] {
            assert!(variables.contains(variable), "{variables}");
        }
        let files = section("FILES");
        for name in [
            "~/.config/noesis/config.toml",
            "client_secret_file",
            "base_url",
            "browser",
        ] {
            assert!(files.contains(name), "{name}: {files}");
        }
        let help = stdout(&home.noesis(command).arg("--help").output().unwrap());
        let (_, examples) = help.split_once("Examples:\n").unwrap();
        let shown = section("EXAMPLES");
        for example in examples.lines().map(str::trim).filter(|line| !line.is_empty()) {
            assert!(shown.contains(example), "{example}: {shown}");
        }
    }
}
