//! The arguments of every command that verifies tokens: the policy, the key source and the secret.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::duration_or_zero;
use super::error::CliError;
use super::input::secret_file;
use crate::jwt::JWKS_PATH;
use crate::{HmacSecret, KeyCache, KeySource, Policy};

/// What tokens are verified by.
#[derive(Debug, clap::Args)]
pub struct VerificationArgs {
    /// The key set: a file, or a URL [default: the platform's]
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,
    /// A file with the secret that HS256 tokens are made with, at least 32 bytes
    #[arg(long, value_name = "PATH")]
    hs256_secret_file: Option<PathBuf>,
    /// The issuer that has to be in the token
    #[arg(long, value_name = "I")]
    issuer: Option<String>,
    /// The audience that has to be in the token
    #[arg(long, value_name = "A")]
    audience: Option<String>,
    /// How far this machine's clock may be off
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration_or_zero)]
    leeway: Duration,
}

/// The keys that tokens are verified with.
pub struct VerificationKeys {
    pub source: KeySource,
    pub secret: Option<HmacSecret>,
}

impl VerificationArgs {
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::new().leeway(self.leeway);
        if let Some(issuer) = &self.issuer {
            policy = policy.issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            policy = policy.audience(audience);
        }
        policy
    }

    /// The keys that the arguments name, or the platform's. `cache` makes the key cache of a URL.
    pub fn keys(
        &self,
        base_url: Option<&str>,
        cache: impl FnOnce(&str) -> Result<KeyCache, CliError>,
    ) -> Result<VerificationKeys, CliError> {
        Ok(VerificationKeys {
            secret: self.secret_file().read()?,
            source: self.key_source(base_url, cache)?,
        })
    }

    /// The key source that `--jwks` names, or the platform's.
    pub fn key_source(
        &self,
        base_url: Option<&str>,
        cache: impl FnOnce(&str) -> Result<KeyCache, CliError>,
    ) -> Result<KeySource, CliError> {
        match (&self.jwks, base_url) {
            (Some(url), _) if url.contains("://") => Ok(cache(url)?.into()),
            (Some(path), _) => KeySource::file(path).map_err(|e| {
                CliError::config(
                    e.to_string(),
                    Some("give a file with a JWK Set, a JSON object with an array `keys`; or the URL of one"),
                )
            }),
            (None, Some(base)) => {
                let base = base.trim().trim_end_matches('/');
                Ok(cache(&format!("{base}{JWKS_PATH}"))?.into())
            }
            (None, None) if self.hs256_secret_file.is_some() => Ok(KeySource::None),
            (None, None) => Err(CliError::config(
                "there is nothing to verify with: no platform is named, and no keys are given",
                Some("give `--base-url https://…`, `--jwks FILE`, or `--hs256-secret-file PATH`"),
            )),
        }
    }

    /// The file of `--hs256-secret-file`, to be read now or later.
    pub fn secret_file(&self) -> SecretFile {
        SecretFile(self.hs256_secret_file.clone())
    }
}

/// The file with the HS256 secret, where one is named.
pub struct SecretFile(Option<PathBuf>);

impl SecretFile {
    pub fn read(&self) -> Result<Option<HmacSecret>, CliError> {
        self.0.as_deref().map(read_secret).transpose()
    }
}

/// The secret in a file.
fn read_secret(path: &Path) -> Result<HmacSecret, CliError> {
    let bad = |why: String| {
        CliError::config(
            format!("the HS256 secret in `{}` cannot be used: {why}", path.display()),
            None,
        )
    };
    let secret = secret_file::read(path).map_err(|e| bad(e.to_string()))?;
    HmacSecret::new(&secret).map_err(|e| bad(e.to_string()))
}
