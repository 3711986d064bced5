//! What a key cache remembers, and how fresh its key set is.

use std::sync::Arc;

use super::super::key_set::KeySet;
use crate::error::AuthError;

/// The time between two tries of an endpoint that is down, and between two fetches for unknown keys, in seconds.
pub(super) const RETRY_INTERVAL: i64 = 30;

#[derive(Debug, Default)]
pub(super) struct CacheState {
    pub set: Option<Arc<KeySet>>,
    /// When a fetch was last tried, in Unix seconds, and its error if it failed.
    pub tried_at: Option<i64>,
    pub failure: Option<AuthError>,
    /// When a fetch was last tried for a key that the set lacked.
    pub unknown_key_fetched_at: Option<i64>,
    /// Whether the set was declared expired, whatever its age.
    pub is_expired: bool,
}

/// How fresh a set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Within its time to live.
    Fresh,
    /// Past its time to live, and usable while it cannot be renewed.
    Stale,
    /// Past the stale limit.
    Expired,
}

/// How long a set may be used, in seconds.
#[derive(Debug)]
pub(super) struct Lifetime {
    pub ttl: i64,
    pub stale_limit: i64,
}

impl CacheState {
    /// How fresh a set is at `now`.
    pub fn freshness(&self, set: &KeySet, lifetime: &Lifetime, now: i64) -> Freshness {
        let age = now.saturating_sub(set.origin.fetched_at.unwrap_or(i64::MIN));
        match age {
            // A set from the future was fetched before the clock was set back.
            ..0 => Freshness::Stale,
            age if age < lifetime.ttl && !self.is_expired => Freshness::Fresh,
            age if age < lifetime.ttl.saturating_add(lifetime.stale_limit) => Freshness::Stale,
            _ => Freshness::Expired,
        }
    }

    /// Whether a fetch failed so recently that it is not tried again.
    pub fn has_just_failed(&self, now: i64) -> bool {
        self.failure.is_some() && is_recent(self.tried_at, now)
    }
}

/// Whether a moment is less than thirty seconds ago. One in the future is from before the clock was set back.
pub(super) fn is_recent(at: Option<i64>, now: i64) -> bool {
    at.is_some_and(|at| (0..RETRY_INTERVAL).contains(&now.saturating_sub(at)))
}
