//! Where sessions are kept: one trait, three stores, one contract (rules S1–S4).
//!
//! A store keeps one opaque text for each profile; what is in the text is `session.rs`'s business. [`open`] picks the
//! store by its [`StoreKind`]; the contract suite in `contract.rs` is run over all three.

use std::path::PathBuf;

use crate::Secret;

/// Which store a profile's session is kept in, as `--store` and `config.toml` spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
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

/// Keeps the sessions of all profiles.
///
/// Absent is not failure: `load` answers `None` and `delete` answers `false` where there is nothing. Everything else
/// that keeps a store from doing its work is a [`StoreError`] (rule S2).
pub trait TokenStore: Send + Sync {
    /// Which store this is.
    fn kind(&self) -> StoreKind;

    /// Proves that a session could be saved now, by saving, reading and deleting one of no meaning (rule L8).
    fn probe(&self) -> Result<(), StoreError>;

    /// The text kept for `profile`, if there is one.
    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError>;

    /// Keeps `session` for `profile` in the place of what was there: wholly old or wholly new, never torn (rule S4).
    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError>;

    /// Forgets what is kept for `profile`; says whether there was anything.
    fn delete(&self, profile: &str) -> Result<bool, StoreError>;
}

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
    TimedOut(std::time::Duration),
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
