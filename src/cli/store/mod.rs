//! Where sessions are kept: one trait, three stores, one contract (rules S1–S4).
//!
//! A store keeps one opaque text for each profile; what is in the text is the business of `session`. [`open()`] picks the
//! store by its [`StoreKind`]; the contract suite in `contract.rs` is run over all three. [`lock::SessionLock`] is what
//! the writers of one profile take turns by (rule S5), and [`refresh_marker::RefreshMarker`] what they tell each other of a renewal.

mod chunked;
mod deadline;
mod error;
mod file;
mod folder;
mod keyring;
mod keyring_error;
pub mod lock;
mod memory;
mod name;
pub mod refresh_marker;
mod temporary;

#[cfg(test)]
mod child;
#[cfg(test)]
mod contract;

use std::path::Path;

use zeroize::Zeroize;

use crate::Secret;

pub use error::StoreError;
pub use file::{profiles_in, session_file};
pub use name::valid_profile_name;

/// The longest text that a store takes, in bytes: sixteen times the token of rule S3.
pub const MAX_SESSION_BYTES: usize = 1 << 20;

/// The store of that kind; `sessions_dir` is the folder of the file store.
///
/// Nothing is opened yet, no D-Bus connection and no file, until one of its methods is called.
pub fn open(kind: StoreKind, sessions_dir: &Path) -> Box<dyn TokenStore> {
    match kind {
        StoreKind::Keyring => Box::new(keyring::KeyringStore::new()),
        StoreKind::File => Box::new(file::FileStore::new(sessions_dir)),
        StoreKind::Memory => Box::new(memory::MemoryStore::of_this_process()),
    }
}

/// Keeps the sessions of all profiles.
///
/// Absent is not failure: `load` answers `None` and `delete` answers `false` where there is nothing. Everything else
/// that keeps a store from doing its work is a [`StoreError`] (rule S2).
///
/// Threads of one process may call as they like. Processes that write one profile are to hold its
/// [`SessionLock`](lock::SessionLock): without it the last writer wins on the file store, and on a keyring that keeps
/// a session in parts two writers may spoil each other's.
pub trait TokenStore: Send + Sync {
    /// Which store this is.
    fn kind(&self) -> StoreKind;

    /// Proves that a session could be saved now, by saving, reading and deleting one of no meaning (rule L8).
    fn probe(&self) -> Result<(), StoreError>;

    /// The text kept for `profile`, if there is one.
    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError>;

    /// Keeps `session` for `profile` in the place of what was there: wholly old or wholly new, never torn (rule S4).
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`] above [`MAX_SESSION_BYTES`]. After any error what was kept before is kept still, save
    /// for [`StoreError::TimedOut`]: a keyring may carry out later what it was asked in time.
    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError>;

    /// Forgets what is kept for `profile`; says whether there was anything.
    fn delete(&self, profile: &str) -> Result<bool, StoreError>;
}

/// Which store a profile's session is kept in, as `--store` and `config.toml` spell it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// The operating system's keyring.
    #[default]
    Keyring,
    /// A file of the user's own, mode 0600.
    File,
    /// This process alone: gone when it ends.
    Memory,
}

impl StoreKind {
    /// The name as flags, configuration and documents spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}

/// Refuses what could be written but never read again.
fn check_size(session: &Secret) -> Result<(), StoreError> {
    let bytes = session.expose().len();
    if bytes > MAX_SESSION_BYTES {
        return Err(StoreError::TooLarge { bytes });
    }
    Ok(())
}

/// Bytes that were read, as text; wiped where they are none.
fn text(bytes: Vec<u8>) -> Option<Secret> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(Secret::from(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    }
}
