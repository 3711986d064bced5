//! Runs the test binary as a child process, for tests of SIGKILL, umask and locks.
//!
//! Such a child is an `#[ignore]`d test that does its part where [`dir`] returns a folder, and nothing otherwise.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const VARIABLE: &str = "NOESIS_TEST_CHILD";

/// Runs `test` of this binary, in a shell that first runs `setup`, with `dir` as its folder.
pub(super) fn command(test: &str, dir: &Path, setup: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{setup}\nexec \"$@\""))
        .arg("sh")
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(VARIABLE, dir)
        .stdout(Stdio::null());
    command
}

/// The folder of this process, if it is a child.
pub(super) fn dir() -> Option<PathBuf> {
    let dir = std::env::var_os(VARIABLE).map(PathBuf::from);
    if dir.is_none() {
        skipped("a part of other tests, which start it themselves");
    }
    dir
}

/// Reports why a test is skipped.
pub fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    // Directly, as the test harness captures `eprintln!`.
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}

/// Waits until `done`, 30 s at most.
pub(super) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
