//! Where `verify` has its keys from: a file, the platform, a secret, or several of them.

use std::path::Path;

use super::Args;
use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::{HmacSecret, KeySet, Keys, Policy, Verdict};

/// The largest secret that is read, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// The keys of a run.
pub struct Source {
    set: Option<KeySet>,
    secret: Option<HmacSecret>,
}

impl Source {
    /// What the command line names; the platform's own keys where it names no key set.
    pub fn open(ctx: &Context, args: &Args, base_url: Option<&str>) -> Result<Self, CliError> {
        let secret = args.hs256_secret_file.as_deref().map(secret).transpose()?;
        let set = match (&args.jwks, base_url) {
            (Some(name), _) => Some(file(Path::new(name))?),
            _ => None,
        };
        Ok(Self { set, secret })
    }

    pub fn judge(&self, _ctx: &Context, policy: &Policy, token: &str) -> Result<Verdict, CliError> {
        Ok(policy.judge(token, self.keys(), crate::cli::context::now()))
    }

    fn keys(&self) -> Keys<'_> {
        Keys {
            rs256: self.set.as_ref(),
            hs256: self.secret.as_ref(),
        }
    }

    pub fn ready(self, _ctx: &Context) -> Result<Ready<'static>, CliError> {
        Ok(Ready {
            source: self,
            _p: std::marker::PhantomData,
        })
    }
}

pub struct Ready<'a> {
    source: Source,
    _p: std::marker::PhantomData<&'a ()>,
}

impl Ready<'_> {
    pub fn judge(&self, policy: &Policy, token: &str, now: i64) -> Verdict {
        policy.judge(token, self.source.keys(), now)
    }
}

/// The key set in a file.
fn file(path: &Path) -> Result<KeySet, CliError> {
    let bad = |why: String| {
        CliError::config(
            format!("the key set in `{}` cannot be used: {why}", path.display()),
            Some("give a JWK Set: a JSON object with a list `keys`"),
        )
    };
    let text = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
    KeySet::parse(&text).map_err(|e| bad(e.to_string()))
}

fn secret(path: &Path) -> Result<HmacSecret, CliError> {
    let bad = |why: String| {
        CliError::config(
            format!("the HS256 secret in `{}` cannot be used: {why}", path.display()),
            None,
        )
    };
    let text = std::fs::read(path).map_err(|e| bad(e.to_string()))?;
    let _ = MAX_SECRET;
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    HmacSecret::new(text).map_err(|e| bad(e.to_string()))
}
