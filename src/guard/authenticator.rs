//! Authenticates a request: its bearer token, verified now or found in the cache of verdicts.

use std::sync::{Arc, PoisonError, RwLock};

use http::HeaderMap;

use super::verdict_cache::{CachedVerdict, VerdictCache};
use crate::JwtValidator;
use crate::jwt::AvailableKeys;
use crate::middleware::{Denial, authenticate, bearer_token};

/// Builds a validator from the configured keys and secrets, or says in a sentence why it cannot.
pub type LoadValidator = Box<dyn Fn() -> Result<JwtValidator, String> + Send + Sync>;

/// The current validator and the verdicts that it has reached.
pub(super) struct Authenticator {
    load: LoadValidator,
    current: RwLock<Arc<Loaded>>,
}

/// What one load yields, in use until the next. Verdicts are discarded with the keys and secrets that they were reached by.
struct Loaded {
    validator: JwtValidator,
    verdicts: VerdictCache,
}

/// Whether the cache had a verdict for a request's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// The request had no usable credentials, so there was nothing to look up.
    None,
    Hit,
    Miss,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

impl Loaded {
    fn new(validator: JwtValidator) -> Arc<Self> {
        let verdicts = VerdictCache::new();
        Arc::new(Self { validator, verdicts })
    }
}

impl Authenticator {
    pub fn new(validator: JwtValidator, load: LoadValidator) -> Self {
        let current = RwLock::new(Loaded::new(validator));
        Self { load, current }
    }

    /// Reads keys and secrets again; if that fails, the previous ones stay in use.
    pub fn reload(&self) -> Result<(), String> {
        let loaded = Loaded::new((self.load)()?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    pub fn validator(&self) -> JwtValidator {
        self.current().validator.clone()
    }

    fn current(&self) -> Arc<Loaded> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The verified token of a request at `now` (Unix seconds), or why there is none.
    pub async fn authenticate(&self, headers: &HeaderMap, now: i64) -> (Result<Arc<CachedVerdict>, Denial>, Lookup) {
        let token = match bearer_token(headers) {
            Ok(token) => token,
            Err(kind) => return (Err(kind.into()), Lookup::None),
        };
        let current = self.current();
        let keys = current.validator.available_keys(now);
        let slot = current.verdicts.slot(token);
        if let (AvailableKeys::Ready(set), Some(slot)) = (&keys, &slot)
            && let Some(verdict) = slot.get(set.as_ref(), now)
        {
            return (Ok(verdict), Lookup::Hit);
        }
        let (result, set) = match current.validator.verify_with(keys, token, now).await {
            Ok((verdict, set)) => (Ok(verdict), set),
            Err(error) => (Err(error), None),
        };
        let verdict = authenticate(result).map(|payload| {
            let verdict = CachedVerdict::new(payload, set, now, current.validator.leeway());
            let verdict = Arc::new(verdict);
            if let Some(slot) = slot {
                slot.insert(&verdict);
            }
            verdict
        });
        (verdict, Lookup::Miss)
    }
}
