//! Brings a new key set into the cache: from the file that another process wrote, or from the endpoint.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::super::key_set::{KeySet, KeySetOrigin};
use super::disk::Disk;
use super::fetch::{WHAT, key_set_request};
use super::state::{CacheState, Freshness, Lifetime, RETRY_INTERVAL, is_recent};
use super::stats::{CacheCounters, count};
use crate::error::{AuthError, ErrorCode};
use crate::http::{self, Http, Response, invalid_response};

/// The pause before the one retry (rule K3).
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// A difference between the clocks of at most this many seconds is attributed to the time that a response takes.
const CLOCK_TOLERANCE: i64 = 5;

/// The cache behind all its handles.
#[derive(Debug)]
pub(super) struct Shared {
    pub url: Arc<str>,
    pub path: String,
    pub http: Http,
    pub lifetime: Lifetime,
    pub timeout: Duration,
    pub disk: Option<Disk>,
    pub waits_for_refresh: bool,
    pub offline: bool,
    pub state: RwLock<CacheState>,
    /// Held while fetching.
    pub fetch_lock: tokio::sync::Mutex<()>,
    pub counters: CacheCounters,
}

impl Shared {
    pub fn state(&self) -> RwLockReadGuard<'_, CacheState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state_mut(&self) -> RwLockWriteGuard<'_, CacheState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no fetch is due: the set is fresh, or the last try was too recent.
    pub fn is_settled(&self, now: i64, kid: Option<&str>) -> bool {
        let state = self.state();
        let is_fresh = state.set.as_ref().is_some_and(|set| {
            state.freshness(set, &self.lifetime, now) == Freshness::Fresh && kid.is_none_or(|kid| set.has(kid))
        });
        let was_tried = kid.is_some() && is_recent(state.unknown_key_fetched_at, now);
        is_fresh || was_tried || state.has_just_failed(now)
    }

    /// The set that may be used without another fetch, or why there is none.
    pub fn outcome(&self, now: i64) -> Result<Arc<KeySet>, AuthError> {
        let state = self.state();
        if let Some(set) = &state.set {
            match state.freshness(set, &self.lifetime, now) {
                Freshness::Fresh => return Ok(Arc::clone(set)),
                Freshness::Stale => {
                    count(&self.counters.stale_hits);
                    return Ok(Arc::clone(set));
                }
                Freshness::Expired if self.offline => return Ok(Arc::clone(set)),
                Freshness::Expired => {}
            }
        }
        count(&self.counters.refusals);
        let Some(failure) = &state.failure else {
            return Err(AuthError::new(
                ErrorCode::Config,
                format!(
                    "no keys of `{}` were fetched before, and none may be fetched now",
                    self.url
                ),
            ));
        };
        let mut error = failure.clone();
        let wait = state
            .tried_at
            .map_or(0, |at| at.saturating_add(RETRY_INTERVAL).saturating_sub(now));
        // A process that ends now and keeps no set on disk waits for nothing. Two different waits would contradict each other.
        let waits = !self.waits_for_refresh || state.set.is_some();
        let retry_after = error.retry_after.map_or(0, |wait| wait.as_secs());
        if let Ok(wait @ 1..) = u64::try_from(wait)
            && waits
            && retry_after < wait
        {
            error.retry_after = None;
            error.message = format!("{}; the next try is in {wait} s", error.message);
        }
        Err(error)
    }

    /// Brings a new set: that of another process, or a fetched one.
    pub async fn renew(&self, now: i64, kid: Option<&str>) {
        let _lock = match &self.disk {
            Some(disk) => {
                self.read(disk, now);
                if self.offline || self.is_settled(now, kid) {
                    return;
                }
                // The holder needs at most two requests and the pause between them.
                let lock = disk.lock(self.timeout * 2 + RETRY_DELAY).await;
                self.read(disk, now);
                if self.is_settled(now, kid) {
                    return;
                }
                lock
            }
            None if self.offline => return,
            None => None,
        };
        // The one retry is for an endpoint that worked before; one that is down is tried once (rule K3).
        let was_up = self.state().failure.is_none();
        let mut fetched = self.fetch(now).await;
        if fetched.is_err() && was_up {
            tokio::time::sleep(RETRY_DELAY).await;
            fetched = self.fetch(now).await;
        }
        if let Some(disk) = &self.disk {
            match &fetched {
                Ok((set, text)) => disk.write(&self.url, text, &set.origin, now),
                // So that the next process does not wait for the same failure.
                Err(_) => disk.record_failure(&self.url, now),
            }
        }
        let mut state = self.state_mut();
        state.tried_at = Some(now);
        if kid.is_some() {
            state.unknown_key_fetched_at = Some(now);
        }
        match fetched {
            Ok((set, _)) => {
                state.failure = None;
                state.is_expired = false;
                state.set = Some(Arc::new(set));
            }
            Err(failure) => state.failure = Some(failure),
        }
    }

    /// Loads the set on disk if it is newer than the one in memory.
    fn read(&self, disk: &Disk, now: i64) {
        let Some(entry) = disk.read(&self.url, now) else {
            return;
        };
        let mut state = self.state_mut();
        let loaded = state.set.as_ref().and_then(|set| set.origin.fetched_at);
        if loaded.is_some_and(|at| at >= entry.fetched_at) {
            return;
        }
        let Ok(set) = KeySet::parse(entry.set.as_bytes()) else {
            return;
        };
        state.is_expired = false;
        state.tried_at = Some(entry.tried_at);
        // One-shot processes share the limit of fetches for unknown keys.
        state.unknown_key_fetched_at = Some(entry.tried_at);
        state.failure = (entry.tried_at > entry.fetched_at).then(|| {
            AuthError::new(
                ErrorCode::NetworkError,
                format!("the last {WHAT} from `{}` failed", self.url),
            )
        });
        state.set = Some(Arc::new(set.from(KeySetOrigin {
            name: Some(Arc::clone(&self.url)),
            fetched_at: Some(entry.fetched_at),
            clock_ahead: entry.clock_ahead,
        })));
    }

    async fn fetch(&self, now: i64) -> Result<(KeySet, String), AuthError> {
        count(&self.counters.fetches);
        let request = key_set_request(self.path.clone());
        let response = self.http.exchange(&request).await;
        let outcome = response.and_then(|response| self.set(response, now));
        if outcome.is_err() {
            count(&self.counters.failures);
        }
        outcome
    }

    /// The key set in a response. A set without a usable key is an error, and does not replace a good set (T9).
    fn set(&self, response: Response, now: i64) -> Result<(KeySet, String), AuthError> {
        let body = response.body?;
        let mut text = std::str::from_utf8(http::without_bom(&body))
            .map_err(|_| invalid_response(WHAT, "it is not UTF-8 text"))?
            .to_owned();
        let set = KeySet::parse(text.as_bytes()).or_else(|bad| {
            text = String::from_utf8(http::repaired(text.as_bytes())).unwrap_or_default();
            KeySet::parse(text.as_bytes()).map_err(|_| invalid_response(WHAT, &bad.to_string()))
        })?;
        if set.is_empty() {
            let why = match set.ignored() {
                [] => "its array `keys` is empty".to_owned(),
                [first, ..] => format!("it has no key to verify with: {first}"),
            };
            return Err(invalid_response(WHAT, &why));
        }
        let ahead = response.date.map_or(0, |date| date.saturating_sub(now));
        let origin = KeySetOrigin {
            name: Some(Arc::clone(&self.url)),
            fetched_at: Some(now),
            clock_ahead: if ahead.abs() <= CLOCK_TOLERANCE { 0 } else { ahead },
        };
        Ok((set.from(origin), text))
    }
}
