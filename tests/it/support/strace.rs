//! The program under `strace`: its system calls, and faults in them.

use std::ffi::OsStr;
use std::process::Command;

use super::{Home, NOESIS, has, skipped};

/// A program under `strace` with flags of its own.
pub fn traced(home: &Home, program: &Command, flags: &[impl AsRef<OsStr>]) -> Command {
    let mut command = home.command("strace");
    command.args(["-qq", "-y", "-o", "strace.log"]).args(flags);
    command.arg(NOESIS).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The flags of `strace` that kill a run where it puts a new session in the place of the old one, and nowhere before.
pub fn killed_at_its_store(home: &Home) -> [String; 5] {
    let renames = "rename,renameat,renameat2";
    let file = home.session_file("default").canonicalize().unwrap();
    [
        "-f".into(),
        format!("--trace-path={}", file.display()),
        format!("--trace={renames}"),
        format!("--inject={renames}:signal=KILL"),
        "--signal=none".into(),
    ]
}

/// Whether `strace` can trace here.
pub fn can_trace() -> bool {
    if !has("strace") {
        return false;
    }
    let output = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let can = output.is_ok_and(|output| output.status.success());
    if !can {
        skipped("`strace` cannot trace here");
    }
    can
}
