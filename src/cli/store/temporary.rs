//! Temporary files that are renamed to a session's file, or removed later if their writer was killed.
//!
//! A writer holds a lock on its file. A file that is not locked has no writer any more; the next operation removes it, as
//! it may contain a token that is still valid.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

const PREFIX: &str = ".noesis-";
const SUFFIX: &str = ".tmp";

/// An empty file in `dir` of mode 0600, whatever the umask; it is removed when dropped.
pub(super) fn create(dir: &Path) -> io::Result<NamedTempFile> {
    let mut attempts = 0;
    loop {
        let file = tempfile::Builder::new()
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .tempfile_in(dir)?;
        // Where locks are not supported, a sweep gets none either, and leaves the file alone.
        let is_locked = matches!(file.as_file().try_lock(), Err(TryLockError::WouldBlock));
        if !is_locked && !unlinked(file.as_file())? {
            make_private(file.as_file())?;
            return Ok(file);
        }
        // A concurrent sweep removed the file before it was locked. That may happen again, but not for ever.
        attempts += 1;
        if attempts == 100 {
            return Err(io::Error::other("its temporary files are removed by another process"));
        }
    }
}

/// Removes the files of writers that were killed; best effort.
pub(super) fn sweep(dir: &Path) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // Locked until the file is removed: see `create`.
            let file = File::open(entry.path());
            if file.as_ref().is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(unix)]
fn unlinked(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() == 0)
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn unlinked(_file: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // It was created with at most these permissions; a umask may have removed some.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn make_private(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_writer_is_removed_and_others_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in [".noesis-stale.tmp", "work.json", ".noesis-other"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let live = create(dir.path()).unwrap();

        sweep(dir.path());

        assert!(!at(".noesis-stale.tmp").exists());
        assert!(at("work.json").exists() && at(".noesis-other").exists());
        assert!(live.path().exists());
    }

    #[test]
    fn concurrent_sweeps_and_writers_do_not_disturb_each_other() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..200).for_each(|_| sweep(dir.path())));
                scope.spawn(|| {
                    for _ in 0..200 {
                        let file = create(dir.path()).unwrap();
                        assert!(file.path().exists());
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
