//! Every setting and where it comes from: flag, then environment, then profile, then default.
//!
//! `resolve.rs` is the one place that knows this order. It takes the environment as a function, so that it is a pure
//! computation; [`Settings::from_process`] passes the real one. Nothing below the commands reads either.

pub mod automation;
mod config;
mod config_update;
#[cfg(test)]
mod documented;
pub mod environment;
mod files;
mod paths;
mod resolve;
mod secret;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

pub use self::config::{Config, KEYS};
pub use self::config_update::{ProfileUpdate, check_update, update_profile};
pub use self::files::FILES;
pub use self::paths::Paths;
use self::secret::ClientSecret;
pub use self::variables::VARIABLES;
use super::error::CliError;
use super::store::StoreKind;
use crate::Secret;

/// The profile of a run that names none.
pub const DEFAULT_PROFILE: &str = "default";

/// Where a value comes from, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Env(&'static str),
    Profile,
    Default,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Source,
}

/// The settings of a run.
#[derive(Debug)]
pub struct Settings {
    pub profile: Sourced<String>,
    pub base_url: Option<Sourced<String>>,
    pub client_id: Option<Sourced<String>>,
    /// The client's secret, or the file that it is in; see [`Settings::client_secret`].
    client_secret: Option<ClientSecret>,
    pub store: Sourced<StoreKind>,
    pub timeout: Duration,
    pub ca_cert: Option<PathBuf>,
    /// `NOESIS_TOKEN`: an access token for this run, instead of the stored session.
    pub token: Option<Secret>,
    /// The command that opens the browser: `NOESIS_BROWSER`, then the profile, then `BROWSER`.
    pub browser: Option<Sourced<String>>,
    /// The SSH session that this program runs in, if any.
    pub ssh: Option<SshSession>,
    pub no_input: bool,
    pub paths: Paths,
    /// The config file as it was read; `logout --all` iterates over its profiles.
    pub config: Config,
    /// Why the config file could not be used, where it counts as empty for that: see [`Settings::require_config`].
    config_error: Option<CliError>,
}

/// An SSH session that this program runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSession {
    /// The user's name on this machine, if known.
    pub user: Option<String>,
    /// `SSH_CONNECTION`: the client's address and port, then this machine's (ssh(1)).
    pub connection: String,
}

impl Settings {
    /// The error of a config file that could not be used. It stops only what needs something of the file: a run that has all
    /// by flags and variables goes on without it.
    pub fn require_config(&self) -> Result<(), CliError> {
        match &self.config_error {
            Some(CliError::Config { message, hint }) => Err(CliError::Config {
                message: message.clone(),
                hint: hint.clone(),
            }),
            Some(other) => Err(CliError::config(other.to_string(), None)),
            None => Ok(()),
        }
    }
}
