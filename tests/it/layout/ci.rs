//! The workflows of the hosting service run pinned actions, with no more permission than each job needs, in bounded time.
//!
//! Their syntax is checked by `tests/run`, against GitHub's schema and by `zizmor`.

use super::sources::{files_below, read};

/// The workflows by their paths.
fn workflows() -> Vec<(String, String)> {
    let files = files_below(".github/workflows", "yml");
    assert!(files.len() >= 2, "{files:?}");
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

#[test]
fn actions_are_pinned_by_their_commit() {
    for (file, text) in workflows() {
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
    for (file, text) in workflows() {
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
