//! The key cache: one fetch of a key set for everybody who needs it, and the last good set for as long as it may serve
//! (rules K1 to K6, T7 and T9).
//!
//! A set is fresh for its time to live (six hours). After that a server goes on with it at once while one refresh runs
//! behind; a one-shot command waits for that refresh. Where it fails the old set serves for another day, and the endpoint
//! is tried once in thirty seconds at most. Whoever needs a fetch waits for the one that is under way; it runs in a task of
//! its own, so that a waiter who gives up takes nothing from the others.
//!
//! `now` is a parameter of every call, in Unix seconds: the cache asks no clock. On disk (`disk`), processes share a set.

mod disk;
mod fetch;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use self::disk::Disk;
use self::fetch::WHAT;
pub(crate) use self::fetch::{JWKS_PATH, WHAT as KEY_FETCH, key_set_request};
use super::key_set::{KeySet, Origin};
use crate::http::{self, BaseUrl, Http, HttpOptions, Request, Response, invalid_response};
use crate::{AuthError, ErrorCode};

/// How long a set is fresh when nobody says otherwise: the SDK's six hours.
const TTL: Duration = Duration::from_secs(6 * 60 * 60);
/// How long past that it may serve where it cannot be renewed (rule K4).
const STALE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// The time between two tries of an endpoint that is down, and between two fetches for unknown keys, in seconds.
const COOL_DOWN: i64 = 30;
/// The time before the one retry (rule K3).
const RETRY: Duration = Duration::from_secs(1);
/// A difference between two clocks that is no more than this, in seconds, is the time that an answer takes.
const SAME_CLOCK: i64 = 5;

/// The key set of one URL, fetched when it is needed, and kept. A clone is the same cache.
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
pub struct KeyCache(Arc<Inner>);

/// Builds a [`KeyCache`].
#[derive(Debug, Clone)]
pub struct KeyCacheBuilder {
    url: String,
    ttl: Duration,
    stale_limit: Duration,
    http: HttpOptions,
    folder: Option<PathBuf>,
    waits: bool,
    offline: bool,
}

/// What a cache has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyCacheStats {
    /// Requests sent to the endpoint.
    pub fetches: u64,
    /// Those of them that brought no usable set.
    pub failures: u64,
    /// Calls answered with a fresh set at once.
    pub hits: u64,
    /// Calls answered with a set past its time.
    pub stale_hits: u64,
    /// Calls that got no set.
    pub refusals: u64,
    /// Calls for a key that no set had, after a fetch or within thirty seconds of one.
    pub unknown_keys: u64,
}

#[derive(Debug)]
struct Inner {
    url: Arc<str>,
    path: String,
    http: Http,
    ttl: i64,
    stale_limit: i64,
    timeout: Duration,
    disk: Option<Disk>,
    waits: bool,
    offline: bool,
    state: RwLock<State>,
    /// Held by who fetches.
    flight: tokio::sync::Mutex<()>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct State {
    set: Option<Arc<KeySet>>,
    /// When the endpoint was last asked, in Unix seconds, and what it failed with.
    tried_at: Option<i64>,
    failure: Option<AuthError>,
    /// When it was last asked for a key that the set did not have.
    sought_at: Option<i64>,
    /// Whether the set counts as expired, whatever its age.
    expired: bool,
}

#[derive(Debug, Default)]
struct Counts {
    fetches: AtomicU64,
    failures: AtomicU64,
    hits: AtomicU64,
    stale_hits: AtomicU64,
    refusals: AtomicU64,
    unknown_keys: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// How good a set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    Stale,
    TooOld,
}

impl KeyCacheBuilder {
    /// How long a set is fresh; 6 hours by default.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }

    /// How long past that a set may serve where it cannot be renewed; 24 hours by default.
    pub fn stale_limit(self, stale_limit: Duration) -> Self {
        Self { stale_limit, ..self }
    }

    /// How long one request may take with its answer; 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Trusts the certificates in a PEM file beside the system's.
    pub fn ca_cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.http.ca_cert_pem.push(pem.into());
        self
    }

    /// Whether the fetch goes through the proxy that the environment names; off by default. See
    /// [`AuthClientBuilder::environment_proxy`](crate::AuthClientBuilder::environment_proxy).
    pub fn environment_proxy(mut self, on: bool) -> Self {
        self.http.environment_proxy = on;
        self
    }

    /// Keeps the set in a folder, and shares it there with other processes (rule K6).
    pub fn disk(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
            ..self
        }
    }

    /// Whether a call waits for the refresh of a set past its time, as a one-shot command does, which has no later call
    /// to profit from a refresh behind.
    pub fn waits_for_refresh(self, waits: bool) -> Self {
        Self { waits, ..self }
    }

    /// Whether nothing is ever fetched: the set on disk serves, however old it is.
    pub fn offline(self, offline: bool) -> Self {
        Self { offline, ..self }
    }

    /// Builds the cache; nothing is fetched yet.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where the URL is not `https://`, nor `http://` to this machine, or where a PEM file holds no
    /// certificate.
    pub fn build(self) -> Result<KeyCache, AuthError> {
        let (base, path) = BaseUrl::of_document("URL of the key set", &self.url)?;
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Ok(KeyCache(Arc::new(Inner {
            disk: self.folder.map(|folder| Disk::new(folder, &base, &path)),
            url: base.join(&path).into(),
            http: Http::new(base, &self.http)?,
            path,
            ttl: seconds(self.ttl),
            stale_limit: seconds(self.stale_limit),
            timeout: self.http.timeout,
            waits: self.waits,
            offline: self.offline,
            state: RwLock::default(),
            flight: tokio::sync::Mutex::default(),
            counts: Counts::default(),
        })))
    }
}

impl KeyCache {
    /// A cache of the key set at a URL.
    pub fn builder(url: impl Into<String>) -> KeyCacheBuilder {
        KeyCacheBuilder {
            url: url.into(),
            ttl: TTL,
            stale_limit: STALE_LIMIT,
            http: HttpOptions::default(),
            folder: None,
            waits: false,
            offline: false,
        }
    }

    /// The URL of the key set.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The set to judge by at `now` (Unix seconds), fetched first where there is none that may serve.
    ///
    /// It has to be called within a Tokio runtime.
    ///
    /// # Errors
    /// Why there is no set: [`ErrorCode::NetworkError`], [`ErrorCode::InvalidResponse`], [`ErrorCode::TokenInvalid`] with
    /// the status; within 30 seconds of a failed try the same error again, without another.
    pub async fn keys(&self, now: i64) -> Result<Arc<KeySet>, AuthError> {
        match self.available(now) {
            Some(set) => Ok(set),
            // While an endpoint that is down is left alone, nobody waits for anything.
            None if self.0.is_settled(now, None) => self.0.outcome(now),
            None => self.renewed(now, None).await,
        }
    }

    /// The set to judge a token by that names its key. Where the set at hand has no such key, it is fetched anew, once in
    /// 30 seconds at most (rule T7); a set that still has none is returned all the same.
    ///
    /// # Errors
    /// As [`Self::keys`].
    pub async fn keys_for(&self, kid: &str, now: i64) -> Result<Arc<KeySet>, AuthError> {
        let set = self.keys(now).await?;
        if set.has(kid) {
            return Ok(set);
        }
        if self.0.offline || self.0.is_settled(now, Some(kid)) {
            count(&self.0.counts.unknown_keys);
            return Ok(set);
        }
        let set = self.renewed(now, Some(kid.to_owned())).await?;
        if !set.has(kid) {
            count(&self.0.counts.unknown_keys);
        }
        Ok(set)
    }

    /// The set that may serve without waiting; where its time is over, a refresh begins behind.
    pub(crate) fn available(&self, now: i64) -> Option<Arc<KeySet>> {
        let inner = &self.0;
        let (set, age, tried) = {
            let state = inner.state();
            let set = state.set.clone()?;
            let age = inner.age(&state, &set, now);
            (set, age, state.has_just_failed(now))
        };
        match age {
            Age::Fresh => {
                count(&inner.counts.hits);
                Some(set)
            }
            _ if inner.offline => Some(set),
            Age::Stale if tried || !inner.waits => {
                if !tried && inner.flight.try_lock().is_ok() {
                    let cache = self.clone();
                    tokio::spawn(async move { cache.renewed(now, None).await.map(drop) });
                }
                count(&inner.counts.stale_hits);
                Some(set)
            }
            Age::Stale | Age::TooOld => None,
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

    /// The set that was served last, if any was.
    #[cfg(feature = "cli")]
    pub(crate) fn current(&self) -> Option<Arc<KeySet>> {
        self.0.state().set.clone()
    }

    /// From now on the set counts as expired: the next call has it fetched anew, and goes on with it meanwhile.
    pub fn expire(&self) {
        let mut state = self.0.state_mut();
        state.expired = true;
        state.failure = None;
    }

    /// Why the last fetch failed, where it did: a set that is served since is an old one.
    pub fn last_failure(&self) -> Option<AuthError> {
        self.0.state().failure.clone()
    }

    /// What the cache has done so far.
    pub fn stats(&self) -> KeyCacheStats {
        let counts = &self.0.counts;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        KeyCacheStats {
            fetches: read(&counts.fetches),
            failures: read(&counts.failures),
            hits: read(&counts.hits),
            stale_hits: read(&counts.stale_hits),
            refusals: read(&counts.refusals),
            unknown_keys: read(&counts.unknown_keys),
        }
    }

    /// The set after the fetch that is under way, or after one of our own.
    async fn renewed(&self, now: i64, kid: Option<String>) -> Result<Arc<KeySet>, AuthError> {
        let inner = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let _flight = inner.flight.lock().await;
            // Whoever held it before may have done what is to be done here.
            if !inner.is_settled(now, kid.as_deref()) {
                inner.renew(now, kid.as_deref()).await;
            }
            inner.outcome(now)
        });
        task.await.unwrap_or_else(|_| {
            Err(AuthError::new(
                ErrorCode::NetworkError,
                format!("the {WHAT} came to a bad end"),
            ))
        })
    }
}

impl State {
    /// Whether the endpoint failed so shortly before that it is not asked again.
    fn has_just_failed(&self, now: i64) -> bool {
        self.failure.is_some() && is_recent(self.tried_at, now)
    }
}

/// Whether a moment is less than thirty seconds ago; one ahead of now is one of a clock that was set back since.
fn is_recent(at: Option<i64>, now: i64) -> bool {
    at.is_some_and(|at| (0..COOL_DOWN).contains(&now.saturating_sub(at)))
}

impl Inner {
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self, state: &State, set: &KeySet, now: i64) -> Age {
        let age = now.saturating_sub(set.origin.fetched_at.unwrap_or(i64::MIN));
        match age {
            // A set from the future was fetched by a clock that has been set back since.
            ..0 => Age::Stale,
            age if age < self.ttl && !state.expired => Age::Fresh,
            age if age < self.ttl.saturating_add(self.stale_limit) => Age::Stale,
            _ => Age::TooOld,
        }
    }

    /// Whether there is nothing to be fetched: somebody did, or nobody may yet.
    fn is_settled(&self, now: i64, kid: Option<&str>) -> bool {
        let state = self.state();
        let fresh = state
            .set
            .as_ref()
            .is_some_and(|set| self.age(&state, set, now) == Age::Fresh && kid.is_none_or(|kid| set.has(kid)));
        let sought = kid.is_some() && is_recent(state.sought_at, now);
        fresh || sought || state.has_just_failed(now)
    }

    /// What there is to say when nobody fetches any more.
    fn outcome(&self, now: i64) -> Result<Arc<KeySet>, AuthError> {
        let state = self.state();
        if let Some(set) = &state.set {
            match self.age(&state, set, now) {
                Age::Fresh => return Ok(Arc::clone(set)),
                Age::Stale => {
                    count(&self.counts.stale_hits);
                    return Ok(Arc::clone(set));
                }
                Age::TooOld if self.offline => return Ok(Arc::clone(set)),
                Age::TooOld => {}
            }
        }
        count(&self.counts.refusals);
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
            .map_or(0, |at| at.saturating_add(COOL_DOWN).saturating_sub(now));
        if let Ok(wait @ 1..) = u64::try_from(wait) {
            error.message = format!("{}; the next try is in {wait} s", error.message);
        }
        Err(error)
    }

    /// Brings a new set: that of another process, or one fetched.
    async fn renew(&self, now: i64, kid: Option<&str>) {
        let _shared = match &self.disk {
            Some(disk) => {
                self.read(disk, now);
                if self.offline || self.is_settled(now, kid) {
                    return;
                }
                // Two requests and the pause between them are the most that whoever holds it takes.
                let lock = disk.lock(self.timeout * 2 + RETRY).await;
                self.read(disk, now);
                if self.is_settled(now, kid) {
                    return;
                }
                lock
            }
            None if self.offline => return,
            None => None,
        };
        // The one retry is for an endpoint that was well before; one that is down is asked once (rule K3).
        let was_well = self.state().failure.is_none();
        let mut fetched = self.fetch(now).await;
        if fetched.is_err() && was_well {
            tokio::time::sleep(RETRY).await;
            fetched = self.fetch(now).await;
        }
        if let Some(disk) = &self.disk {
            match &fetched {
                Ok((set, text)) => disk.write(&self.url, text, &set.origin, now),
                // The next process need not wait for the same failure.
                Err(_) => disk.record_failure(&self.url, now),
            }
        }
        let mut state = self.state_mut();
        state.tried_at = Some(now);
        if kid.is_some() {
            state.sought_at = Some(now);
        }
        match fetched {
            Ok((set, _)) => {
                state.failure = None;
                state.expired = false;
                state.set = Some(Arc::new(set));
            }
            Err(failure) => state.failure = Some(failure),
        }
    }

    /// Takes the set on disk where it is newer than the one in memory.
    fn read(&self, disk: &Disk, now: i64) {
        let Some(kept) = disk.read(&self.url, now) else {
            return;
        };
        let mut state = self.state_mut();
        let known = state.set.as_ref().and_then(|set| set.origin.fetched_at);
        if known.is_some_and(|known| known >= kept.fetched_at) {
            return;
        }
        let Ok(set) = KeySet::parse(kept.set.as_bytes()) else {
            return;
        };
        state.expired = false;
        state.tried_at = Some(kept.tried_at);
        // Processes that live for one token seek for all of them together.
        state.sought_at = Some(kept.tried_at);
        state.failure = (kept.tried_at > kept.fetched_at).then(|| {
            AuthError::new(
                ErrorCode::NetworkError,
                format!("the last {WHAT} from `{}` failed", self.url),
            )
        });
        state.set = Some(Arc::new(set.from(Origin {
            name: Some(Arc::clone(&self.url)),
            fetched_at: Some(kept.fetched_at),
            clock_ahead: kept.clock_ahead,
        })));
    }

    async fn fetch(&self, now: i64) -> Result<(KeySet, String), AuthError> {
        count(&self.counts.fetches);
        let request = key_set_request(self.path.clone());
        let response = self.http.exchange(&request).await;
        let outcome = response.and_then(|response| self.set(response, now));
        if outcome.is_err() {
            count(&self.counts.failures);
        }
        outcome
    }

    /// The set that an answer is. One that nothing can be verified with is none: it would not replace a good one (T9).
    fn set(&self, response: Response, now: i64) -> Result<(KeySet, String), AuthError> {
        let body = response.body?;
        let text = std::str::from_utf8(http::without_bom(&body))
            .map_err(|_| invalid_response(WHAT, "it is not UTF-8 text"))?
            .to_owned();
        let set = KeySet::parse(text.as_bytes()).map_err(|bad| invalid_response(WHAT, &bad.to_string()))?;
        if set.is_empty() {
            let why = match set.ignored() {
                [] => "its array `keys` is empty".to_owned(),
                [first, ..] => format!("it has no key to verify with: {first}"),
            };
            return Err(invalid_response(WHAT, &why));
        }
        let ahead = response.date.map_or(0, |date| date.saturating_sub(now));
        let origin = Origin {
            name: Some(Arc::clone(&self.url)),
            fetched_at: Some(now),
            clock_ahead: if ahead.abs() <= SAME_CLOCK { 0 } else { ahead },
        };
        Ok((set.from(origin), text))
    }
}
