//! A key cache, as its users hold it.

use std::sync::Arc;

use super::super::key_set::KeySet;
use super::fetch::WHAT;
#[cfg(feature = "cli")]
use super::fetch::key_set_request;
use super::refresh::Shared;
use super::state::Freshness;
use super::stats::{KeyCacheStats, count};
use crate::error::{AuthError, ErrorCode};
#[cfg(feature = "cli")]
use crate::http::{self, Request, Response};

/// The key set of one URL, fetched when it is needed and cached. A clone is the same cache.
///
/// ```
/// # async fn example() -> Result<(), noesis::AuthError> {
/// let cache = noesis::KeyCache::builder("https://noesis.example/.well-known/jwks.json").build()?;
/// let keys = cache.keys(1_782_208_800).await?;
/// assert_eq!(cache.stats().fetches, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct KeyCache(pub(super) Arc<Shared>);

impl KeyCache {
    /// The URL of the key set.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The set to verify with at `now` (Unix seconds), fetched first if there is none that may be used.
    ///
    /// It has to be called within a Tokio runtime.
    ///
    /// # Errors
    /// Why there is no set: [`ErrorCode::NetworkError`], [`ErrorCode::InvalidResponse`], [`ErrorCode::TokenInvalid`] with
    /// the status; within 30 seconds of a failed fetch the same error, without another fetch.
    pub async fn keys(&self, now: i64) -> Result<Arc<KeySet>, AuthError> {
        match self.available(now) {
            Some(set) => Ok(set),
            // Between two tries of an endpoint that is down, no caller waits.
            None if self.0.is_settled(now, None) => self.0.outcome(now),
            None => self.renewed(now, None).await,
        }
    }

    /// The set for a token that names its key. If the cached set lacks the key, it is fetched again, at most once in 30
    /// seconds (rule T7); a set that still lacks it is returned as well.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub async fn keys_for(&self, kid: &str, now: i64) -> Result<Arc<KeySet>, AuthError> {
        let set = self.keys(now).await?;
        if set.has(kid) {
            return Ok(set);
        }
        if self.0.offline || self.0.is_settled(now, Some(kid)) {
            count(&self.0.counters.unknown_keys);
            return Ok(set);
        }
        let set = self.renewed(now, Some(kid.to_owned())).await?;
        if !set.has(kid) {
            count(&self.0.counters.unknown_keys);
        }
        Ok(set)
    }

    /// The set that may be used without waiting. Past its time to live, a refresh starts in the background.
    pub(crate) fn available(&self, now: i64) -> Option<Arc<KeySet>> {
        let inner = &self.0;
        let (set, freshness, was_tried) = {
            let state = inner.state();
            let set = state.set.clone()?;
            let freshness = state.freshness(&set, &inner.lifetime, now);
            (set, freshness, state.has_just_failed(now))
        };
        match freshness {
            Freshness::Fresh => {
                count(&inner.counters.hits);
                Some(set)
            }
            _ if inner.offline => Some(set),
            Freshness::Stale if was_tried || !inner.waits_for_refresh => {
                if !was_tried && inner.fetch_lock.try_lock().is_ok() {
                    let cache = self.clone();
                    tokio::spawn(async move { cache.renewed(now, None).await.map(drop) });
                }
                count(&inner.counters.stale_hits);
                Some(set)
            }
            Freshness::Stale | Freshness::Expired => None,
        }
    }

    /// Sends the request for the key set once, and leaves the cache as it is: for a diagnosis, which needs the response
    /// itself. Its body is a JSON object or an error; `secrets` are removed from what the server says.
    #[cfg(feature = "cli")]
    pub(crate) async fn probe(&self, secrets: Vec<&str>) -> Result<Response, AuthError> {
        let request = Request {
            secrets,
            ..key_set_request(self.0.path.clone())
        };
        let response = self.0.http.exchange(&request).await?;
        let is_object = |body: &Vec<u8>| http::object(body, &request).map(drop);
        Ok(Response {
            body: response.body.and_then(|body| is_object(&body).map(|()| body)),
            ..response
        })
    }

    /// The set that was used last.
    #[cfg(feature = "cli")]
    pub(crate) fn current(&self) -> Option<Arc<KeySet>> {
        self.0.state().set.clone()
    }

    /// Declares the set expired: the next call fetches it again, and uses it until then.
    pub fn expire(&self) {
        let mut state = self.0.state_mut();
        state.is_expired = true;
        state.failure = None;
    }

    /// Why the last fetch failed, if it did: a set that is used since is an old one.
    pub fn last_failure(&self) -> Option<AuthError> {
        self.0.state().failure.clone()
    }

    /// The counters of the cache.
    pub fn stats(&self) -> KeyCacheStats {
        self.0.counters.read()
    }

    /// The set after the fetch in progress, or after one of its own.
    async fn renewed(&self, now: i64, kid: Option<String>) -> Result<Arc<KeySet>, AuthError> {
        let inner = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let _lock = inner.fetch_lock.lock().await;
            // The previous holder may have fetched already.
            if !inner.is_settled(now, kid.as_deref()) {
                inner.renew(now, kid.as_deref()).await;
            }
            inner.outcome(now)
        });
        task.await.unwrap_or_else(|_| {
            Err(AuthError::new(
                ErrorCode::NetworkError,
                format!("the {WHAT} failed internally"),
            ))
        })
    }
}
