//! What can go wrong with a store, in the user's words.
//!
//! The text of a [`StoreError`] never contains anything that is stored. `cli/error/` adds the hint.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest text that a store takes, in bytes: sixteen times the token of rule S3.
pub const MAX_SESSION_BYTES: usize = 1 << 20;

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no keyring service: no session bus, a container, SSH.
    #[error("no keyring is available: {0}")]
    Unavailable(String),
    /// The keyring is locked, or the user dismissed its prompt.
    #[error("the keyring is locked")]
    Locked,
    /// The keyring did not answer in time.
    #[error("the keyring did not answer within {}", crate::time::span(*.0))]
    TimedOut(Duration),
    /// The keyring refused to store or return the item.
    #[error("the keyring refused: {0}")]
    Refused(String),
    /// Another program has an item with the name of the session, so that the name is ambiguous.
    #[error("the keyring holds more than one item named `{service}` for `{profile}`")]
    Ambiguous {
        /// The keyring's service name.
        service: String,
        /// The profile whose session was requested.
        profile: String,
    },
    /// The stored text is not one that this program wrote.
    #[error("the stored session of profile `{profile}` cannot be read: {reason}")]
    Corrupt {
        /// The profile whose session was requested.
        profile: String,
        /// What is wrong with it, without its content.
        reason: String,
    },
    /// The session is longer than [`MAX_SESSION_BYTES`].
    #[error("a session of {bytes} bytes is too large: a store takes {MAX_SESSION_BYTES}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Another process did not release the profile's lock in time.
    #[error(
        "another `noesis` is using the session of profile `{profile}`, still after {} (lock file `{}`)",
        crate::time::span(*waited),
        lock.display()
    )]
    Busy {
        /// The profile whose lock was requested.
        profile: String,
        /// The lock file.
        lock: PathBuf,
        /// How long this process waited.
        waited: Duration,
    },
    /// A file or folder could not be used.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What failed, as a verb: `read`, `write`, `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
}

impl StoreError {
    /// For `map_err` after an operation on `path`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// The text stored for `profile` is not one that this program wrote.
    pub(super) fn corrupt(profile: &str, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            profile: profile.to_owned(),
            reason: reason.into(),
        }
    }
}
