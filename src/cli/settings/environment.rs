//! What commands need of the environment besides settings: colour, the display, `PATH` and the temporary folder.

#[cfg(feature = "sandbox")]
use std::ffi::OsString;
use std::path::Path;
#[cfg(feature = "sandbox")]
use std::path::PathBuf;

use super::variables::set;
#[cfg(feature = "sandbox")]
use crate::cli::error::CliError;

/// Whether the environment disables colour, which has to be known before anything else can fail.
pub fn colour_unwanted() -> bool {
    set(&|name| std::env::var_os(name), "NO_COLOR").is_some() || std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// Whether a window can be shown, as far as the environment says.
pub fn has_display() -> bool {
    let variables = ["DISPLAY", "WAYLAND_DISPLAY"];
    let is_set = |name: &&str| set(&|name| std::env::var_os(name), name).is_some();
    cfg!(any(windows, target_os = "macos")) || variables.iter().any(is_set)
}

/// Whether there is an executable program of that name or path.
pub fn is_program(name: &str) -> bool {
    let path = Path::new(name);
    if path.components().count() > 1 {
        return is_executable(path);
    }
    let dirs = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&dirs).any(|dir| is_executable(&dir.join(name)))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

/// `PATH` with a folder in front, for a child process.
#[cfg(feature = "sandbox")]
pub fn path_with(first: &Path) -> Result<OsString, CliError> {
    // Without a `PATH` there is no other folder; an empty one would mean the current folder.
    let path = std::env::var_os("PATH").filter(|path| !path.is_empty());
    let others: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
    let dirs = std::iter::once(first.to_owned()).chain(others);
    std::env::join_paths(dirs).map_err(|_| CliError::io(format!("`{}` cannot be put on `PATH`", first.display())))
}

/// The folder of temporary files, absolute: `TMPDIR` on Unix, where one that is set to nothing counts as unset.
#[cfg(feature = "sandbox")]
pub fn temporary_folder() -> std::io::Result<PathBuf> {
    let dir = std::env::temp_dir();
    match dir.as_os_str().is_empty() {
        true => Ok(PathBuf::from("/tmp")),
        false => std::path::absolute(dir),
    }
}
