//! Every link of every document leads to a file that there is, and to a heading of it.

use super::{documents, headings, prose};
use crate::support::repository::{paths_below, read, root};

/// The name that a heading gets in a link, as the hosting service makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    for (name, text) in documents() {
        let folder = root().join(&name);
        let folder = folder.parent().unwrap();
        for target in prose(&text).split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => root().join(&name),
                path => folder.join(path),
            };
            assert!(file.exists(), "{name}: {target}");
            if !heading.is_empty() {
                let text = std::fs::read_to_string(file).unwrap();
                let found = headings(&text).iter().any(|(_, name)| anchor(name) == heading);
                assert!(found, "{name}: {target}");
            }
        }
    }
}

#[test]
fn documents_that_sources_name_are_there() {
    for path in ["src", "tests", "benches"]
        .into_iter()
        .flat_map(|folder| paths_below(folder, ".rs"))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("docs/") {
            let name = text[at..]
                .split(|c: char| !c.is_ascii_alphanumeric() && !"/._-".contains(c))
                .next()
                .unwrap();
            let name = name.trim_end_matches('.');
            if name.ends_with(".md") {
                assert!(root().join(name).exists(), "{}: {name}", path.display());
            }
        }
    }
}

#[test]
fn a_heading_gets_the_name_that_the_hosting_service_gives_it() {
    assert_eq!(anchor("`config.toml`"), "configtoml");
    assert_eq!(anchor("T. Tokens"), "t-tokens");
    assert_eq!(anchor("T7 Key selection by `kid`"), "t7-key-selection-by-kid");
    assert!(!read("README.md").is_empty());
}
