//! The workflows of the hosting service, and the one that `docs/cli.md` shows, run pinned actions, with no more permission than each job needs, in bounded time.
//!
//! Their syntax is checked by `tests/run`, against GitHub's schema and by `zizmor`.

use crate::support::repository::{files_below, read};

/// The workflows by their paths.
fn workflows() -> Vec<(String, String)> {
    let files = files_below(".github/workflows", "yml");
    assert!(files.len() >= 2, "{files:?}");
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

/// The blocks of `docs/cli.md` that are files of a CI service, which begin with the name of the file.
fn recipes() -> Vec<(String, String)> {
    let document = read("docs/cli.md");
    let blocks = document.split("```yaml\n# ").skip(1);
    let recipes = blocks.map(|block| block.split("```").next().unwrap().split_once('\n').unwrap());
    recipes.map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

#[test]
fn actions_are_pinned_by_their_commit() {
    for (file, text) in workflows().into_iter().chain(recipes()) {
        for line in text.lines().filter(|line| line.contains("uses:")) {
            let (_, action) = line.split_once("uses: ").unwrap();
            let (_, pin) = action.split_once('@').unwrap_or_else(|| panic!("{file}: {line}"));
            let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{file}: {line}"));
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{file}: {line}");
        }
    }
}

#[test]
fn each_job_has_its_own_permissions_and_a_limit_of_time() {
    let github = recipes().into_iter().filter(|(file, _)| file.starts_with(".github/"));
    for (file, text) in workflows().into_iter().chain(github) {
        assert!(text.contains("\npermissions: {}\n"), "{file}");
        let (_, jobs) = text.split_once("\njobs:\n").unwrap();
        let count = |line: &str| jobs.lines().filter(|l| l.starts_with(line)).count();
        let runners = count("    runs-on: ");
        assert!(runners > 0 && count("    permissions:") == runners, "{file}");
        assert_eq!(count("    timeout-minutes: "), runners, "{file}");
        assert!(!jobs.contains(": write"), "{file}");
    }
}

#[test]
fn the_minimum_rust_version_macos_windows_and_the_fuzz_targets_have_their_jobs() {
    let all: String = workflows().into_iter().map(|(_, text)| text).collect();
    for part in [
        "run: .ci/run",
        "runs-on: macos-latest",
        "runs-on: windows-latest",
        "^rust-version = ",
        "cargo deny check",
        "tests/fuzz 600",
    ] {
        assert!(all.contains(part), "{part}");
    }
}

#[test]
fn the_recipes_install_the_program_before_they_run_it() {
    let recipes = recipes();
    let names: Vec<&str> = recipes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [".github/workflows/access.yml", ".gitlab-ci.yml"]);
    for (name, text) in &recipes {
        let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{name}: {words}"));
        assert!(
            at("cargo install --locked --path noesis") < at("noesis introspect"),
            "{name}"
        );
    }
    // What they check out is the action that the workflows here use.
    let used = |text: &str| {
        text.lines()
            .find_map(|line| line.split_once("uses: "))
            .map(|(_, action)| action.to_owned())
    };
    assert_eq!(used(&recipes[0].1), used(&read(".github/workflows/ci.yml")));
}
