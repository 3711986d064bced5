//! What can go wrong with a store, in the user's words.
//!
//! The text of a [`StoreError`] never holds any of what is stored; what to do about it is `cli/error.rs`'s to say, save
//! for the lock, where there is only one thing to do.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::MAX_SESSION_BYTES;

/// Why a store could not do its work. Its text never holds any of what is stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no keyring to talk to: no session bus, no service, a container, SSH.
    #[error("no keyring can be reached: {0}")]
    Unavailable(String),
    /// The keyring is there and locked, or the user dismissed its prompt.
    #[error("the keyring is locked")]
    Locked,
    /// The keyring did not answer in time.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The keyring answered, and will not take or give the item.
    #[error("the keyring refused: {0}")]
    Refused(String),
    /// More than one item of another maker answers to the session's name.
    #[error("the keyring holds more than one item named `{service}` for `{profile}`")]
    Ambiguous {
        /// The keyring's service name.
        service: String,
        /// The profile whose session was asked for.
        profile: String,
    },
    /// What is stored is not what this program wrote.
    #[error("the stored session of profile `{profile}` cannot be read: {reason}")]
    Corrupt {
        /// The profile whose session was asked for.
        profile: String,
        /// What is wrong with it, without any of its content.
        reason: String,
    },
    /// The session is longer than [`MAX_SESSION_BYTES`].
    #[error("a session of {bytes} bytes is too large: a store takes {MAX_SESSION_BYTES}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Another process did not let go of the profile's lock in time.
    #[error(
        "another `noesis` is using the session of profile `{profile}`, still after {waited:?} (lock file `{}`)",
        lock.display()
    )]
    Busy {
        /// The profile whose lock was asked for.
        profile: String,
        /// The lock file.
        lock: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// A file or folder could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as a verb: `read`, `write`, `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl StoreError {
    /// For `map_err` on what was tried with `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What is stored for `profile` is not what this program wrote.
    pub(super) fn corrupt(profile: &str, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            profile: profile.to_owned(),
            reason: reason.into(),
        }
    }
}
