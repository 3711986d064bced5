//! What tokens are judged by, as a command line names it: keys, a secret, and the policy.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::args::duration_or_zero;
use super::error::CliError;
use crate::{HmacSecret, KeySet, Policy};

/// Where a platform has its key set.
const PATH: &str = "/.well-known/jwks.json";

/// The most that is read of a secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// What every command that judges tokens is told to judge them by.
#[derive(Debug, clap::Args)]
pub struct JudgedBy {
    /// The key set: a file, or a URL [default: the platform's]
    #[arg(long, value_name = "FILE|URL")]
    jwks: Option<String>,
    /// A file with the secret that HS256 tokens are made with, at least 32 bytes
    #[arg(long, value_name = "PATH")]
    pub hs256_secret_file: Option<PathBuf>,
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

/// Where a key set is.
pub enum Place {
    /// There is none: a secret is all there is.
    Nowhere,
    File(PathBuf),
    Url(String),
}

impl JudgedBy {
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

    /// Where the key set is: where the flag says, or at the platform.
    pub fn place(&self, base_url: Option<&str>) -> Result<Place, CliError> {
        match (&self.jwks, base_url) {
            (Some(url), _) if url.contains("://") => Ok(Place::Url(url.clone())),
            (Some(path), _) => Ok(Place::File(path.into())),
            (None, Some(base)) => Ok(Place::Url(format!("{}{PATH}", base.trim().trim_end_matches('/')))),
            (None, None) if self.hs256_secret_file.is_some() => Ok(Place::Nowhere),
            (None, None) => Err(CliError::config(
                "there is nothing to verify with: no platform is named, and no keys are given",
                Some("give `--base-url https://…`, `--jwks FILE`, or `--hs256-secret-file PATH`"),
            )),
        }
    }
}

/// The key set in a file.
pub fn file(path: &Path) -> Result<KeySet, CliError> {
    KeySet::from_file(path).map_err(|e| {
        CliError::config(
            e.to_string(),
            Some("give a file with a JWK Set, a JSON object with a list `keys`; or the URL of one"),
        )
    })
}

/// The secret in a file, without the newline that editors put at its end.
pub fn secret(path: &Path) -> Result<HmacSecret, CliError> {
    let bad = |why: String| {
        CliError::config(
            format!("the HS256 secret in `{}` cannot be used: {why}", path.display()),
            None,
        )
    };
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_SECRET).read_to_end(&mut text));
    read.map_err(|e| bad(e.to_string()))?;
    let text = Zeroizing::new(text);
    let secret = text.strip_suffix(b"\n").unwrap_or(&text);
    let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
    HmacSecret::new(secret).map_err(|e| bad(e.to_string()))
}
