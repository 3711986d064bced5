//! An exclusive lock on the session of a profile, across threads and processes (rule S5).
//!
//! The lock is on a file of its own that is never deleted: a session's file is replaced by each save, and deleting a lock
//! file would admit two holders, one with the old file and one with the new. The system releases the lock when its holder
//! exits, however it exits.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::StoreError;
use super::{folder, name};

/// How often a held lock is retried.
const POLL: Duration = Duration::from_millis(10);

/// After how long a wait is reported to the user.
const NOTICE_AFTER: Duration = Duration::from_secs(2);

/// The right to write the session of one profile, until it is dropped.
///
/// `flock` belongs to the open file, not to the process, so that threads exclude each other as processes do. It is not
/// reentrant: a thread that acquires it twice waits for itself, until the time-out.
#[derive(Debug)]
#[must_use = "the lock is released when this is dropped"]
pub struct SessionLock {
    file: File,
}

impl SessionLock {
    /// Waits at most `wait` for the lock of `profile`, whose file is in `dir`: a folder of this program, created with mode
    /// 0700 where it is missing. `on_wait` is called once, after 2 s of waiting.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] after `wait`; [`StoreError::Io`] where the folder or the file cannot be used.
    pub fn acquire(dir: &Path, profile: &str, wait: Duration, on_wait: impl FnMut()) -> Result<Self, StoreError> {
        acquire(dir, profile, wait, NOTICE_AFTER, on_wait)
    }
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a child between fork and exec may have it open too.
        let _ = self.file.unlock();
    }
}

fn acquire(
    dir: &Path,
    profile: &str,
    wait: Duration,
    notice_after: Duration,
    mut on_wait: impl FnMut(),
) -> Result<SessionLock, StoreError> {
    folder::private(dir)?;
    let path = dir.join(format!("{}.lock", name::caseless(profile)));
    let file = open(&path).map_err(StoreError::io("open", &path))?;
    let start = Instant::now();
    let mut notified = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(SessionLock { file }),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
        }
        let waited = start.elapsed();
        if waited >= wait {
            return Err(StoreError::Busy {
                profile: profile.to_owned(),
                lock: path,
                waited: wait,
            });
        }
        if waited >= notice_after && !notified {
            notified = true;
            on_wait();
        }
        std::thread::sleep(POLL.min(wait.saturating_sub(waited)));
    }
}

/// The file is empty: it is neither truncated nor read.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(test)]
#[cfg(unix)]
#[path = "lock_tests.rs"]
mod tests;
