//! Builds a key cache.

use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::disk::Disk;
use super::key_cache::KeyCache;
use super::refresh::Shared;
use super::state::Lifetime;
use super::stats::CacheCounters;
use crate::error::AuthError;
use crate::http::{BaseUrl, Http, HttpOptions};

/// The default time to live: the SDK's six hours.
const DEFAULT_TTL: Duration = Duration::from_secs(6 * 60 * 60);
/// How long after that a set may be used if it cannot be renewed (rule K4).
const DEFAULT_STALE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// Builds a [`KeyCache`].
#[derive(Debug, Clone)]
pub struct KeyCacheBuilder {
    url: String,
    ttl: Duration,
    stale_limit: Duration,
    http: HttpOptions,
    folder: Option<PathBuf>,
    waits_for_refresh: bool,
    offline: bool,
}

impl KeyCache {
    /// A cache of the key set at a URL.
    pub fn builder(url: impl Into<String>) -> KeyCacheBuilder {
        KeyCacheBuilder {
            url: url.into(),
            ttl: DEFAULT_TTL,
            stale_limit: DEFAULT_STALE_LIMIT,
            http: HttpOptions::default(),
            folder: None,
            waits_for_refresh: false,
            offline: false,
        }
    }
}

impl KeyCacheBuilder {
    /// The time to live of a set; 6 hours by default.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self { ttl, ..self }
    }

    /// How long after that a set may be used if it cannot be renewed; 24 hours by default.
    pub fn stale_limit(self, stale_limit: Duration) -> Self {
        Self { stale_limit, ..self }
    }

    /// The time-out of one request and its response; 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// Trusts the certificates in a PEM file in addition to the system's.
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

    /// Stores the set in a folder, and shares it there with other processes (rule K6).
    pub fn disk(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: Some(folder.into()),
            ..self
        }
    }

    /// Whether a call waits for the refresh of a set past its time to live, as a one-shot command does: it makes no later
    /// call that a background refresh would help.
    pub fn waits_for_refresh(self, waits: bool) -> Self {
        Self {
            waits_for_refresh: waits,
            ..self
        }
    }

    /// Whether nothing is ever fetched: the set on disk is used, however old it is.
    pub fn offline(self, offline: bool) -> Self {
        Self { offline, ..self }
    }

    /// Builds the cache; nothing is fetched yet.
    ///
    /// # Errors
    /// [`ErrorCode::Config`](crate::ErrorCode::Config) if the URL is neither `https://` nor `http://` to this machine, or if
    /// a PEM file contains no certificate.
    pub fn build(self) -> Result<KeyCache, AuthError> {
        let (base, path) = BaseUrl::of_document("URL of the key set", &self.url)?;
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Ok(KeyCache(Arc::new(Shared {
            disk: self.folder.map(|folder| Disk::new(folder, &base, &path)),
            url: base.join(&path).into(),
            http: Http::new(base, &self.http)?,
            path,
            lifetime: Lifetime {
                ttl: seconds(self.ttl),
                stale_limit: seconds(self.stale_limit),
            },
            timeout: self.http.timeout,
            waits_for_refresh: self.waits_for_refresh,
            offline: self.offline,
            state: RwLock::default(),
            fetch_lock: tokio::sync::Mutex::default(),
            counters: CacheCounters::default(),
        })))
    }
}
