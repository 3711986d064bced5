//! The invariants of the house, read off the sources: who imports whom, who touches terminal, environment, network and
//! clock, and that every rule of the product has a test with its name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder.
fn files_below(dir: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(dir)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// What ships: every source file by its path below `src`, without comments and without its tests.
fn shipped() -> Vec<(String, String)> {
    let src = root().join("src");
    let sources: Vec<(String, String)> = files_below("src")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    // A module that its parent declares for tests alone does not ship.
    let mut test_only = BTreeSet::new();
    for (name, text) in &sources {
        let folder = match name.strip_suffix("/mod.rs") {
            Some(folder) => folder.to_owned(),
            None => name.strip_suffix(".rs").unwrap().to_owned(),
        };
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
            if let Some(module) = pair[1].strip_prefix("mod ").and_then(|m| m.strip_suffix(';')) {
                test_only.insert(format!("{folder}/{module}"));
            }
        }
    }
    sources
        .into_iter()
        .filter(|(name, _)| {
            let below = |m: &String| *name == format!("{m}.rs") || name.starts_with(&format!("{m}/"));
            !name.ends_with("_tests.rs") && !test_only.iter().any(below)
        })
        .map(|(name, text)| {
            // The tests of a file stand at its end.
            let end = text
                .find("\nmod tests {")
                .and_then(|at| text[..at].rfind("\n#[cfg(test)]"));
            let text = text[..end.unwrap_or(text.len())].to_owned();
            let code: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            (name, code.join("\n"))
        })
        .collect()
}

/// The files, of those that `among` picks, that hold one of the words and are not in `allowed`.
fn offenders(among: impl Fn(&str) -> bool, words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in shipped() {
        if among(&name) && !allowed.iter().any(|a| name.starts_with(a)) {
            let hits = words.iter().filter(|word| text.contains(**word));
            found.extend(hits.map(|word| format!("{name}: {word}")));
        }
    }
    found
}

const NONE: &[String] = &[];

#[test]
fn the_library_knows_nothing_of_the_program() {
    let library = |name: &str| {
        !["cli/", "guard/", "sandbox/", "lib.rs", "main.rs"]
            .iter()
            .any(|p| name.starts_with(p))
    };
    assert_eq!(
        offenders(library, &["crate::cli", "crate::sandbox", "crate::guard"], &[]),
        NONE
    );
    let jwt = |name: &str| name.starts_with("jwt/");
    assert_eq!(
        offenders(jwt, &["crate::http", "crate::client", "reqwest"], &["jwt/cache/"]),
        NONE
    );
}

#[test]
fn the_sandbox_shares_no_code_with_the_client() {
    for (name, text) in shipped().into_iter().filter(|(name, _)| name.starts_with("sandbox/")) {
        let text = text.replace("crate::sandbox", "");
        assert!(!text.contains("crate::") && !text.contains("noesis::"), "{name}");
    }
}

#[test]
fn commands_do_not_import_each_other_and_their_context_stops_with_them() {
    let commands = |name: &str| name.starts_with("cli/commands/") && name != "cli/commands/mod.rs";
    assert_eq!(offenders(commands, &["commands::", "super::super::"], &[]), NONE);
    let below = |name: &str| {
        ["cli/login/", "cli/store/", "cli/session", "cli/output/", "cli/settings"]
            .iter()
            .any(|p| name.starts_with(p))
    };
    assert_eq!(offenders(below, &["context::", "Context", "cli::commands"], &[]), NONE);
}

#[test]
fn only_output_writes_to_the_terminal() {
    let words = ["io::stdout", "io::stderr", "stdout()", "stderr()", "print!", "println!"];
    assert_eq!(offenders(|_| true, &words, &["cli/output/"]), NONE);
}

#[test]
fn only_args_and_settings_read_the_environment() {
    let words = ["env::var", "env::vars", "env::args", "args_os", "var_os"];
    assert_eq!(offenders(|_| true, &words, &["cli/args/", "cli/settings/"]), NONE);
}

#[test]
fn only_http_builds_a_client() {
    let words = ["reqwest::Client", "Client::new", "ClientBuilder"];
    assert_eq!(offenders(|_| true, &words, &["http/", "client/mod.rs", "lib.rs"]), NONE);
}

#[test]
fn the_clock_is_read_in_three_places() {
    let words = ["SystemTime::now", "Timestamp::now", "Zoned::now"];
    let allowed = ["time.rs", "http/rejection.rs", "sandbox/time.rs"];
    assert_eq!(offenders(|_| true, &words, &allowed), NONE);
}

#[test]
fn every_file_says_why_it_exists() {
    for path in ["src", "tests", "benches"].into_iter().flat_map(files_below) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//! ") && text.lines().next().unwrap().len() > 20,
            "{}",
            path.display()
        );
    }
}

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
    for path in ["src", "tests"].into_iter().flat_map(files_below) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut is_test = false;
        for line in text.lines().map(str::trim) {
            is_test |= line == "#[test]" || line == "#[tokio::test]";
            // The contract of the stores makes a test of each of its clauses.
            let clause = line
                .strip_suffix(',')
                .filter(|name| name.starts_with('s') && !name.contains(' '));
            let name = match (is_test, line.split_once("fn ")) {
                (true, Some((_, rest))) => rest.split('(').next(),
                _ => clause,
            };
            if let Some(name) = name {
                named.extend(name.split('_').map(str::to_owned));
            }
            is_test &= !line.contains("fn ");
        }
    }
    let missing: Vec<&&str> = RULES.iter().filter(|rule| !named.contains(**rule)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Every package that is built for these features, this one and the build scripts' included, as `name version`.
fn packages(features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--no-default-features", "--features", features])
        .args(["--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The names of those packages.
fn crates(features: &str) -> BTreeSet<String> {
    let packages = packages(features);
    packages
        .iter()
        .map(|p| p.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn verification_alone_builds_at_most_30_crates_and_neither_an_http_client_nor_a_runtime_nor_a_macro() {
    let packages = packages("");
    assert!(packages.len() <= 30, "{}: {packages:#?}", packages.len());
    for features in ["", "middleware"] {
        let crates = crates(features);
        assert!(crates.contains("aws-lc-rs"), "{crates:?}");
        for unwanted in ["reqwest", "hyper", "rustls", "tokio", "url", "tracing", "syn"] {
            assert!(!crates.contains(unwanted), "[{features}] builds {unwanted}");
        }
    }
}

#[test]
fn the_library_alone_brings_no_program_with_it() {
    let crates = crates("fetch,middleware");
    assert!(crates.contains("reqwest"), "{crates:?}");
    for program in [
        "clap",
        "keyring",
        "dialoguer",
        "axum",
        "comfy-table",
        "maud",
        "toml",
        "open",
        "tracing-subscriber",
    ] {
        assert!(!crates.contains(program), "{program}");
    }
    for unwanted in ["ring", "openssl", "h2", "native-tls"] {
        assert!(!crates.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn the_readme_has_the_two_commands_and_the_changelog_the_version() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let readme = read("README.md");
    for command in [
        "cargo run -- sandbox run --auto-approve -- sh examples/tour.sh",
        "tests/run",
    ] {
        assert!(readme.contains(command), "{command}");
    }
    assert!(read("CHANGELOG.md").contains(concat!("## ", env!("CARGO_PKG_VERSION"))));
}
