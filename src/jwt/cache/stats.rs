//! The counters of a key cache.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of a [`KeyCache`](crate::KeyCache).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyCacheStats {
    /// Requests sent to the endpoint.
    pub fetches: u64,
    /// Requests that yielded no usable set.
    pub failures: u64,
    /// Calls that got a fresh set at once.
    pub hits: u64,
    /// Calls that got a set past its time to live.
    pub stale_hits: u64,
    /// Calls that got no set.
    pub refusals: u64,
    /// Calls for a key that the set lacked, after a fetch or within thirty seconds of one.
    pub unknown_keys: u64,
}

#[derive(Debug, Default)]
pub(super) struct CacheCounters {
    pub fetches: AtomicU64,
    pub failures: AtomicU64,
    pub hits: AtomicU64,
    pub stale_hits: AtomicU64,
    pub refusals: AtomicU64,
    pub unknown_keys: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl CacheCounters {
    pub fn read(&self) -> KeyCacheStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        KeyCacheStats {
            fetches: read(&self.fetches),
            failures: read(&self.failures),
            hits: read(&self.hits),
            stale_hits: read(&self.stale_hits),
            refusals: read(&self.refusals),
            unknown_keys: read(&self.unknown_keys),
        }
    }
}
