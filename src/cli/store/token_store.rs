//! The interface of a store, and what all stores check alike.

use zeroize::Zeroize as _;

use super::error::{MAX_SESSION_BYTES, StoreError};
use super::kind::StoreKind;
use crate::Secret;

/// Stores the sessions of all profiles.
///
/// An absent session is not an error: `load` returns `None` and `delete` returns `false`. Any other failure is a
/// [`StoreError`] (rule S2).
///
/// Threads of one process may call concurrently. Processes that write one profile must hold its
/// [`SessionLock`](super::lock::SessionLock): without it the last writer wins on the file store, and on a keyring that
/// stores a session in chunks two writers may corrupt each other's.
pub trait TokenStore: Send + Sync {
    /// Which store this is.
    fn kind(&self) -> StoreKind;

    /// Checks that a session could be saved now, by saving, reading and deleting a meaningless one (rule L8).
    fn probe(&self) -> Result<(), StoreError>;

    /// The text stored for `profile`, if there is one.
    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError>;

    /// Stores `session` for `profile`, replacing the one before atomically: a reader finds the old one or the new one (rule
    /// S4).
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`] above [`MAX_SESSION_BYTES`]. After any error the old session is still stored, except for
    /// [`StoreError::TimedOut`]: a keyring may complete later what was requested in time.
    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError>;

    /// Deletes the session of `profile`; whether there was one.
    fn delete(&self, profile: &str) -> Result<bool, StoreError>;
}

/// Refuses a session that could be written but not read back.
pub(super) fn check_size(session: &Secret) -> Result<(), StoreError> {
    let bytes = session.expose().len();
    if bytes > MAX_SESSION_BYTES {
        return Err(StoreError::TooLarge { bytes });
    }
    Ok(())
}

/// The bytes as text; zeroized where they are not UTF-8.
pub(super) fn text(bytes: Vec<u8>) -> Option<Secret> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(Secret::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    }
}
