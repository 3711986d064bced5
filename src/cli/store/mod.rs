//! Where sessions are kept: one trait, three stores, one contract (rules S1–S4).
//!
//! A store keeps one opaque text for each profile; `session` gives it its meaning. [`open()`] picks the store by its
//! [`StoreKind`]; the contract suite in `contract.rs` runs over every store. [`lock::SessionLock`] gives the writers of one
//! profile their turns (rule S5), and [`refresh_marker::RefreshMarker`] tells the next one of a refresh that was interrupted.
//!
//! # How to add a store
//!
//! 1. Implement [`TokenStore`] in a file of its own here, and run the contract over it in its tests: `contract!(bench)`
//!    with a `bench()` that makes a store, as `memory.rs` does.
//! 2. Add the variant to [`StoreKind`] in `kind.rs`. Its doc comment is the help of `--store`; the flag, `NOESIS_STORE`,
//!    `config.toml`, the completions and the messages derive from it.
//! 3. Follow the compiler: [`StoreKind::describe`], [`open()`] and [`profiles()`] here, the folder that the store needs in
//!    `context.rs`, and what `doctor` checks first in `commands/doctor/store.rs` are exhaustive matches.
//! 4. Follow the tests: the list of stores in `docs/cli.md` and in the overview of `noesis --help`, and the completions.
//!
//! A new way to fail is a variant of [`StoreError`], whose hint `cli/error.rs` gives.

mod chunked;
mod deadline;
mod error;
mod file;
mod folder;
mod keyring;
mod keyring_error;
mod kind;
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
pub use file::session_file;
pub use kind::StoreKind;
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

/// The profiles that have a session in a store of that kind, as far as it can list them.
///
/// # Errors
///
/// [`StoreError::Io`] where the folder of the file store cannot be read.
pub fn profiles(kind: StoreKind, sessions_dir: &Path) -> Result<Vec<String>, StoreError> {
    match kind {
        StoreKind::File => file::profiles_in(sessions_dir),
        // No keyring lists its items without asking for each to be unlocked; the config file knows their profiles.
        StoreKind::Keyring => Ok(Vec::new()),
        StoreKind::Memory => Ok(Vec::new()),
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
