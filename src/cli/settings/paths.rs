//! Where the user's files are. Nothing here accesses the disk.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy as _, AppStrategyArgs, choose_app_strategy};

use super::variables::{Env, set};
use crate::cli::error::CliError;
use crate::cli::store::StoreKind;

/// The folders of the user. A missing one is an error only where it is needed, so that other commands run without a home folder.
#[derive(Debug, Clone)]
pub struct Paths {
    config: Option<PathBuf>,
    state: Option<PathBuf>,
    cache: Option<PathBuf>,
    /// Whether the user chose the folder by `NOESIS_CONFIG_DIR`.
    is_chosen: bool,
}

impl Paths {
    /// `NOESIS_CONFIG_DIR`, or the platform's folders for `noesis`: on Linux and macOS those of the XDG base directories.
    pub(super) fn resolve(env: Env<'_>) -> Self {
        // What the user names is taken from the current folder on, as every path that is given.
        let named = |name| set(env, name).map(|dir| std::path::absolute(&dir).unwrap_or(dir.into()));
        let cache = named("NOESIS_CACHE_DIR");
        if let Some(dir) = named("NOESIS_CONFIG_DIR") {
            // A chosen folder contains everything, so that two of them share nothing.
            return Self {
                state: Some(dir.join("state")),
                cache: cache.or_else(|| Some(dir.join("cache"))),
                config: Some(dir),
                is_chosen: true,
            };
        }
        let strategy = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "io".into(),
            author: "noesis".into(),
            app_name: "noesis".into(),
        })
        .ok();
        // A relative `HOME` would put them into whichever folder is the current one.
        let own = |folder: Option<PathBuf>| folder.filter(|path| path.is_absolute());
        let strategy = strategy.as_ref();
        Self {
            is_chosen: false,
            cache: cache.or_else(|| own(strategy.map(|s| s.cache_dir()))),
            config: own(strategy.map(|s| s.config_dir())),
            state: own(strategy.map(|s| s.state_dir().unwrap_or_else(|| s.data_dir().join("state")))),
        }
    }

    /// No folder at all.
    pub(super) fn nowhere() -> Self {
        Self {
            config: None,
            state: None,
            cache: None,
            is_chosen: false,
        }
    }

    /// The folders of a user who chose one.
    #[cfg(test)]
    pub(super) fn chosen(dir: &Path) -> Self {
        Self::resolve(&|name| (name == "NOESIS_CONFIG_DIR").then(|| dir.as_os_str().to_owned()))
    }

    /// The config file.
    pub fn config_file(&self) -> Result<PathBuf, CliError> {
        required(self.config.as_deref()).map(|dir| dir.join("config.toml"))
    }

    /// The folder of the file store.
    pub fn sessions(&self) -> Result<PathBuf, CliError> {
        required(self.config.as_deref()).map(|dir| dir.join("sessions"))
    }

    /// A session's name in a store. A store that all configuration folders share has the folder in the name, where the user
    /// chose one; no profile has an `@` in its own name.
    pub fn item(&self, profile: &str, store: StoreKind) -> String {
        match &self.config {
            Some(dir) if self.is_chosen && store.describe().is_shared => format!("{profile}@{}", dir.display()),
            _ => profile.to_owned(),
        }
    }

    /// The folder of the cached key sets; without it they are fetched again.
    pub fn keys(&self) -> Option<PathBuf> {
        self.cache.as_ref().map(|dir| dir.join("keys"))
    }

    /// The folder of the lock files.
    pub fn locks(&self) -> Result<PathBuf, CliError> {
        required(self.state.as_deref()).map(|dir| dir.join("locks"))
    }
}

fn required(dir: Option<&Path>) -> Result<&Path, CliError> {
    dir.ok_or_else(|| {
        CliError::config(
            "there is no home folder: `HOME` is not set, or is a relative path",
            Some("set `NOESIS_CONFIG_DIR` to a folder of your own"),
        )
    })
}
