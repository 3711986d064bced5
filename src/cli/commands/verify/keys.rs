//! Where `verify` has its keys from: a file, the platform, a secret, or two of them.

use std::sync::{Arc, Mutex, PoisonError};

use super::Args;
use crate::cli::context::{Context, now};
use crate::cli::error::CliError;
use crate::cli::keys::{Place, file, secret};
use crate::cli::output::time;
use crate::jwt::MissingKey;
use crate::{AuthError, HmacSecret, JwtValidator, KeyCache, KeySet, Keys, Policy, Verdict};

/// The keys of a run.
pub struct Source {
    set: Set,
    secret: Option<HmacSecret>,
}

/// Where RS256 keys are from.
enum Set {
    Nowhere,
    File(Arc<KeySet>),
    Cache(KeyCache),
}

impl Source {
    /// What the command line names; the platform's own keys where it names no key set.
    pub fn open(ctx: &Context, args: &Args, base_url: Option<&str>) -> Result<Self, CliError> {
        let secret = args.by.hs256_secret_file.as_deref().map(secret).transpose()?;
        let set = match args.by.place(base_url)? {
            Place::Nowhere => Set::Nowhere,
            Place::File(path) => {
                let set = Arc::new(file(&path)?);
                warn_of_left_out(ctx, &set);
                Set::File(set)
            }
            Place::Url(url) => Set::Cache(cache(ctx, args, &url)?),
        };
        Ok(Self { set, secret })
    }

    /// Judges one token. Keys are fetched only where the token takes one.
    pub fn judge(self, ctx: &Context, policy: Policy, token: &str) -> Result<Verdict, CliError> {
        let cache = match self.set {
            Set::Nowhere => return Ok(policy.judge(token, keys(None, self.secret.as_ref()), now())),
            Set::File(set) => return Ok(policy.judge(token, keys(Some(&set), self.secret.as_ref()), now())),
            Set::Cache(cache) => cache,
        };
        ctx.catch_interrupts();
        let mut validator = JwtValidator::builder().policy(policy).cache(cache.clone());
        if let Some(secret) = self.secret {
            validator = validator.hmac_secret(secret);
        }
        let validator = validator.build()?;
        let verdict = ctx.request(async { Ok(validator.judge(token, now()).await?) })?;
        if let Some(set) = cache.current() {
            warn_of_left_out(ctx, &set);
        }
        warn_of_age(ctx, &cache);
        Ok(verdict)
    }

    /// Makes ready for many tokens: what has to be fetched is fetched.
    pub fn ready(self, ctx: &Context) -> Result<Ready, CliError> {
        let set = match self.set {
            Set::Nowhere => Sets::Given(None),
            Set::File(set) => Sets::Given(Some(set)),
            Set::Cache(cache) => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|e| CliError::io(format!("cannot start the network: {e}")))?;
                let line = format!(
                    "waiting for the platform's keys, at most {} …",
                    time::span(ctx.settings.timeout)
                );
                let set = ctx.out.patiently(&line, || runtime.block_on(cache.keys(now())))?;
                warn_of_left_out(ctx, &set);
                warn_of_age(ctx, &cache);
                Sets::Kept(cache, Mutex::new(runtime))
            }
        };
        Ok(Ready {
            set,
            secret: self.secret,
        })
    }
}

/// The keys of a batch, for all its threads.
pub struct Ready {
    set: Sets,
    secret: Option<HmacSecret>,
}

enum Sets {
    Given(Option<Arc<KeySet>>),
    /// The runtime is what fetches; whoever holds it is the one who does.
    Kept(KeyCache, Mutex<tokio::runtime::Runtime>),
}

impl Ready {
    /// The set for a few milliseconds to come.
    pub fn set(&self, now: i64) -> Result<Option<Arc<KeySet>>, AuthError> {
        match &self.set {
            Sets::Given(set) => Ok(set.clone()),
            Sets::Kept(cache, runtime) => {
                let runtime = runtime.lock().unwrap_or_else(PoisonError::into_inner);
                runtime.block_on(cache.keys(now)).map(Some)
            }
        }
    }

    /// Judges a token by that set, and by a newer one where it names a key that is not in it.
    pub fn judge(
        &self,
        policy: &Policy,
        set: &mut Option<Arc<KeySet>>,
        token: &str,
        now: i64,
    ) -> Result<Verdict, AuthError> {
        let secret = self.secret.as_ref();
        let verdict = policy.judge(token, keys(set.as_deref(), secret), now);
        if let Sets::Kept(cache, runtime) = &self.set
            && let Some(MissingKey::Named(kid)) = verdict.missing_key()
        {
            let runtime = runtime.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = runtime.block_on(cache.keys_for(kid, now))?;
            if set.as_ref().is_none_or(|set| !Arc::ptr_eq(set, &newer)) {
                let verdict = policy.judge(token, keys(Some(&newer), secret), now);
                *set = Some(newer);
                return Ok(verdict);
            }
        }
        Ok(verdict)
    }
}

fn keys<'a>(set: Option<&'a KeySet>, secret: Option<&'a HmacSecret>) -> Keys<'a> {
    Keys { set, secret }
}

fn cache(ctx: &Context, args: &Args, url: &str) -> Result<KeyCache, CliError> {
    let mut cache = ctx.key_cache(url)?.waits_for_refresh(true).offline(args.offline);
    if let Some(folder) = ctx.settings.paths.keys() {
        cache = cache.disk(folder);
    }
    Ok(cache.build()?)
}

/// A key of the set that verifies nothing is a mistake of somebody's (rule T8).
fn warn_of_left_out(ctx: &Context, set: &KeySet) {
    for key in set.left_out() {
        ctx.out.warn(&key.to_string());
    }
}

/// Old keys serve where new ones cannot be had (rule K2).
fn warn_of_age(ctx: &Context, cache: &KeyCache) {
    if let Some(failure) = cache.last_failure() {
        ctx.out
            .warn(&format!("judged by keys that were fetched before: {failure}"));
    }
}
