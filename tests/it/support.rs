//! What every test stands on: a home of its own, and the program started in it with nothing inherited.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A home folder that goes away with the test.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The program, with this home and an environment that holds nothing else but `PATH`.
    pub fn noesis(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_noesis"))
    }

    /// Any program, in the same environment.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir(self.path());
        command
    }
}

/// The test data of `shared/vectors`; where it is not there, the test that asks for it says so and passes.
pub fn vectors() -> Option<PathBuf> {
    let dir = std::env::var_os("NOESIS_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"),
        PathBuf::from,
    );
    dir.is_dir().then_some(dir)
}
