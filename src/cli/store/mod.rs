//! Where sessions are kept: one trait, three stores, one contract (rules S1–S4).
//!
//! A store keeps one opaque text for each profile; `session` gives it its meaning. [`open()`] picks the store by its
//! [`StoreKind`]; the contract suite in `contract.rs` runs over every store. [`lock::SessionLock`] gives the writers of one
//! profile their turns (rule S5), and [`refresh_marker::RefreshMarker`] tells the next one of a refresh that was interrupted.
//!
//! `docs/architecture.md` says how to add a store.

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
mod token_store;

#[cfg(test)]
pub mod child;
#[cfg(test)]
mod contract;

use std::path::Path;

pub use error::StoreError;
pub use file::session_file;
pub use kind::StoreKind;
pub use name::valid_profile_name;
pub use token_store::TokenStore;

/// The store of that kind; `sessions_dir` is the folder of the file store.
///
/// No D-Bus connection and no file is opened until one of its methods is called.
pub fn open(kind: StoreKind, sessions_dir: &Path) -> Box<dyn TokenStore> {
    match kind {
        StoreKind::Keyring => Box::new(keyring::KeyringStore::new()),
        StoreKind::File => Box::new(file::FileStore::new(sessions_dir)),
        StoreKind::Memory => Box::new(memory::MemoryStore::of_process()),
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
