//! The program that `packaging/linux` built: `NOESIS_PACKAGED` names it.

use std::path::PathBuf;

use super::skipped;

/// The program, where there is one.
pub fn packaged() -> Option<PathBuf> {
    let path = std::env::var_os("NOESIS_PACKAGED").map(PathBuf::from);
    if path.is_none() {
        skipped("NOESIS_PACKAGED names no program that packaging/linux has built");
    }
    path
}
