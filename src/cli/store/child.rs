//! The test binary as a process of its own, for what only a process can show: being killed, a umask, a lock.
//!
//! Such a child is an `#[ignore]`d test that does its part where [`dir`] gives it a folder, and nothing otherwise.

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

/// The folder this process was given as a child.
pub(super) fn dir() -> Option<PathBuf> {
    let dir = std::env::var_os(VARIABLE).map(PathBuf::from);
    if dir.is_none() {
        skipped("a part of other tests, which start it themselves");
    }
    dir
}

/// Says why a test proves nothing here.
pub(super) fn skipped(why: &str) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}

/// Waits until `done`, 30 s at most.
pub(super) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
