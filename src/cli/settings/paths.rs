//! Where this user's files are. Nothing here touches a disk.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy as _, AppStrategyArgs, choose_app_strategy};

use super::{Env, set};
use crate::cli::exit::CliError;

/// The folders of this user; each is asked for when it is needed, so that a command that needs none runs without a home.
#[derive(Debug, Clone)]
pub struct Paths {
    config: Option<PathBuf>,
    state: Option<PathBuf>,
}

impl Paths {
    /// `NOESIS_CONFIG_DIR`, or the platform's folders for `noesis`: on Linux and macOS those of the XDG base directories.
    pub(super) fn resolve(env: Env<'_>) -> Self {
        if let Some(dir) = set(env, "NOESIS_CONFIG_DIR").map(PathBuf::from) {
            // A folder of one's own choosing holds everything, so that two of them share nothing.
            return Self {
                state: Some(dir.join("state")),
                config: Some(dir),
            };
        }
        let strategy = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "io".into(),
            author: "noesis".into(),
            app_name: "noesis".into(),
        })
        .ok();
        Self {
            config: strategy.as_ref().map(|s| s.config_dir()),
            state: strategy
                .as_ref()
                .map(|s| s.state_dir().unwrap_or_else(|| s.data_dir().join("state"))),
        }
    }

    /// The config file.
    pub fn config_file(&self) -> Result<PathBuf, CliError> {
        needed(self.config.as_deref()).map(|dir| dir.join("config.toml"))
    }

    /// The folder of the file store.
    pub fn sessions(&self) -> Result<PathBuf, CliError> {
        needed(self.config.as_deref()).map(|dir| dir.join("sessions"))
    }

    /// The folder of the lock files.
    pub fn locks(&self) -> Result<PathBuf, CliError> {
        needed(self.state.as_deref()).map(|dir| dir.join("locks"))
    }
}

fn needed(dir: Option<&Path>) -> Result<&Path, CliError> {
    dir.ok_or_else(|| {
        CliError::config(
            "there is no home folder to keep anything in: `HOME` is not set",
            Some("set `NOESIS_CONFIG_DIR` to a folder of your own"),
        )
    })
}
