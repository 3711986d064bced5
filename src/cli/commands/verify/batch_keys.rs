//! The keys of a batch, shared by its threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Runtime;

use super::key_warnings;
use crate::cli::context::{Context, now};
use crate::cli::error::CliError;
use crate::cli::output::time;
use crate::cli::verification_args::VerificationKeys;
use crate::descriptors;
use crate::jwt::{AvailableKeys, MissingKey};
use crate::{AuthError, HmacSecret, KeySet, KeySource, Keys, Policy, Verdict};

pub struct BatchKeys {
    source: KeySource,
    secret: Option<HmacSecret>,
    /// Runs the fetches, one at a time: the thread that holds it is the one that fetches.
    runtime: Mutex<Runtime>,
}

impl BatchKeys {
    /// Fetches what has to be fetched, before the first token is read.
    pub fn prepare(ctx: &Context, keys: VerificationKeys) -> Result<Self, CliError> {
        let runtime = descriptors::check_free()
            .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build())
            .map_err(|e| CliError::io(format!("cannot start the network: {e}")))?;
        let keys = Self {
            source: keys.source,
            secret: keys.secret,
            runtime: Mutex::new(runtime),
        };
        if keys.source.is_fetched() {
            let line = format!(
                "waiting for the platform's keys, at most {} …",
                time::span(ctx.settings.timeout)
            );
            ctx.out.patiently(&line, || keys.set(now()))?;
        }
        key_warnings::show(ctx, &keys.source);
        Ok(keys)
    }

    /// The key set for a few milliseconds to come.
    pub fn set(&self, now: i64) -> Result<Option<Arc<KeySet>>, AuthError> {
        match self.source.available(now) {
            AvailableKeys::Ready(set) => Ok(set),
            AvailableKeys::FetchRequired => self.runtime().block_on(self.source.keys(now)),
        }
    }

    /// Verifies a token against that set, or a newer one where it names a key that is not in it.
    pub fn verify(
        &self,
        policy: &Policy,
        set: &mut Option<Arc<KeySet>>,
        token: &str,
        now: i64,
    ) -> Result<Verdict, AuthError> {
        let verdict = policy.verify(token, self.keys(set.as_deref()), now);
        let Some(missing @ MissingKey::Named(_)) = verdict.missing_key() else {
            return Ok(verdict);
        };
        if !self.source.is_fetched() {
            return Ok(verdict);
        }
        let newer = self.runtime().block_on(self.source.keys_for(missing, now))?;
        if newer.as_ref().map(Arc::as_ptr) == set.as_ref().map(Arc::as_ptr) {
            return Ok(verdict);
        }
        *set = newer;
        Ok(policy.verify(token, self.keys(set.as_deref()), now))
    }

    fn keys<'a>(&'a self, set: Option<&'a KeySet>) -> Keys<'a> {
        Keys {
            set,
            secret: self.secret.as_ref(),
        }
    }

    fn runtime(&self) -> MutexGuard<'_, Runtime> {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
