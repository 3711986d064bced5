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
