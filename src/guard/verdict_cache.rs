//! The cache of verdicts: a bounded number of valid tokens that were verified before (rule G7).
//!
//! An entry is keyed by the SHA-256 digest of its token, so that no token is kept. It never outlives the token, the holder's
//! first entitlement to end, the key set that the token was verified with, or a minute; and it is not used for a time before
//! it was made. Invalid tokens are verified each time: the sender of those must not control what is cached.
//!
//! A token is cached from its second use on, as far as its first use is remembered. Tokens that are used once, however many,
//! evict none that are used repeatedly, and cause no writes of memory that is never read. No digest is computed for them
//! either: the slot is chosen by the end of the token's signature, which no two valid tokens share, and the digest is
//! compared only where the slot has an entry.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::identity::Identity;
use crate::{KeySet, TokenPayload};

/// How long an entry is used at most, in seconds.
const MAX_AGE: i64 = 60;
/// Into how many shards, each with its own lock, the cache is divided, so that two cores seldom contend.
const SHARDS: usize = 16;
/// How many entries a generation of a shard holds: 4,096 in all, of one to two kilobytes each.
const GENERATION: usize = 128;
/// How many buckets a shard has to remember used tokens in, two tokens a bucket.
const BUCKETS: usize = 2 * GENERATION;
/// How many bytes of a token's end choose its slot: more than 90 bits of its signature.
const SUFFIX: usize = 16;

/// The verdict about a valid token, with the identity headers that follow from it.
#[derive(Debug)]
pub(super) struct CachedVerdict {
    pub payload: TokenPayload,
    pub identity: Identity,
    set: Option<Arc<KeySet>>,
    from: i64,
    until: i64,
}

impl CachedVerdict {
    /// The verdict reached at `now` with a key set; `leeway` (seconds) is the tolerated clock skew.
    pub fn new(payload: TokenPayload, set: Option<Arc<KeySet>>, now: i64, leeway: i64) -> Self {
        let expiries = payload.entitlements.iter().map(|e| e.expires_at).filter(|at| *at > now);
        let token = payload.exp.unwrap_or(now).saturating_add(leeway);
        Self {
            until: expiries.fold(token, i64::min).min(now.saturating_add(MAX_AGE)),
            identity: Identity::of(&payload, now),
            payload,
            set,
            from: now,
        }
    }

    /// Whether the verdict still applies at `now` with the current key set.
    fn applies(&self, set: Option<&Arc<KeySet>>, now: i64) -> bool {
        let same = match (&self.set, set) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        };
        same && (self.from..self.until).contains(&now)
    }
}

impl AsRef<TokenPayload> for Arc<CachedVerdict> {
    fn as_ref(&self) -> &TokenPayload {
        &self.payload
    }
}

/// The cache.
#[derive(Debug)]
pub(super) struct VerdictCache {
    shards: [Mutex<Shard>; SHARDS],
    /// Chooses the slot of a token. Randomly seeded, so that nobody can aim at a slot.
    hasher: RandomState,
}

/// A part of the cache. When its young generation is full it becomes the old one, and the old one is discarded.
#[derive(Debug)]
struct Shard {
    young: HashMap<u64, CachedToken>,
    old: HashMap<u64, CachedToken>,
    /// Which tokens were used: a fingerprint of each, the latest first, in the bucket that its hash chooses. A collision
    /// only caches one of the two tokens at its first use.
    used: [[u32; 2]; BUCKETS],
}

#[derive(Debug, Clone)]
struct CachedToken {
    digest: Digest,
    verdict: Arc<CachedVerdict>,
}

/// The SHA-256 digest of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Digest([u8; SHA256_OUTPUT_LEN]);

impl Digest {
    fn of(token: &str) -> Option<Self> {
        digest(&SHA256, token.as_bytes()).as_ref().try_into().ok().map(Self)
    }
}

/// The slot of a token, whether it holds an entry or not.
pub(super) struct Slot<'c> {
    shard: &'c Mutex<Shard>,
    hash: u64,
    token: &'c str,
}

impl VerdictCache {
    pub fn new() -> Self {
        let shard = || Shard {
            young: HashMap::new(),
            old: HashMap::new(),
            used: [[0; 2]; BUCKETS],
        };
        Self {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            hasher: RandomState::new(),
        }
    }

    /// The slot of a token; none for a text that is too short to be a token.
    pub fn slot<'c>(&'c self, token: &'c str) -> Option<Slot<'c>> {
        let suffix = token.as_bytes().last_chunk::<SUFFIX>()?;
        let hash = self.hasher.hash_one(suffix);
        let [number, ..] = hash.to_le_bytes();
        let shard = self.shards.get(usize::from(number) % SHARDS)?;
        Some(Slot { shard, hash, token })
    }
}

impl Slot<'_> {
    /// The verdict about the token, if there is one that applies at `now` with the current key set.
    pub fn get(&self, set: Option<&Arc<KeySet>>, now: i64) -> Option<Arc<CachedVerdict>> {
        let (entry, is_young) = self.shard().get(self.hash)?;
        if Digest::of(self.token)? != entry.digest {
            return None;
        }
        if !entry.verdict.applies(set, now) {
            self.shard().remove(self.hash);
            return None;
        }
        if !is_young {
            self.shard().insert(self.hash, entry.clone());
        }
        Some(entry.verdict)
    }

    /// Caches a verdict, unless this is the first use of the token.
    pub fn insert(&self, verdict: &Arc<CachedVerdict>) {
        let was_used = self.shard().mark_used(self.hash);
        if was_used && let Some(digest) = Digest::of(self.token) {
            let verdict = Arc::clone(verdict);
            self.shard().insert(self.hash, CachedToken { digest, verdict });
        }
    }

    fn shard(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Remembers the use of a token; returns whether an earlier use was remembered.
    fn mark_used(&mut self, hash: u64) -> bool {
        let [_, bucket, _, _, fingerprint @ ..] = hash.to_le_bytes();
        let fingerprint = u32::from_le_bytes(fingerprint);
        let Some([latest, earlier]) = self.used.get_mut(usize::from(bucket) % BUCKETS) else {
            return false;
        };
        if *latest == fingerprint {
            return true;
        }
        let evicted = std::mem::replace(earlier, std::mem::replace(latest, fingerprint));
        evicted == fingerprint
    }

    /// The entry of a slot, and whether it is in the young generation.
    fn get(&self, hash: u64) -> Option<(CachedToken, bool)> {
        let young = self.young.get(&hash).map(|entry| (entry, true));
        let (entry, is_young) = young.or_else(|| Some((self.old.get(&hash)?, false)))?;
        Some((entry.clone(), is_young))
    }

    fn insert(&mut self, hash: u64, entry: CachedToken) {
        if self.young.len() >= GENERATION && !self.young.contains_key(&hash) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, entry);
    }

    /// Removes the entry, and still remembers that the token was used.
    fn remove(&mut self, hash: u64) {
        self.young.remove(&hash);
        self.old.remove(&hash);
        self.mark_used(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text as long as a token.
    fn token(of: impl std::fmt::Display) -> String {
        format!("e30.e30.{of:0>43}")
    }

    fn verdict(claims: serde_json::Value, set: Option<&Arc<KeySet>>, now: i64) -> Arc<CachedVerdict> {
        let payload = TokenPayload::read(claims.as_object().unwrap());
        Arc::new(CachedVerdict::new(payload, set.cloned(), now, 30))
    }

    /// Uses a token twice, since it is cached at its second use.
    fn insert_twice(slot: &Slot<'_>, verdict: &Arc<CachedVerdict>) {
        slot.insert(verdict);
        slot.insert(verdict);
    }

    fn entries(cache: &VerdictCache) -> usize {
        let shards = cache.shards.iter().map(|s| s.lock().unwrap());
        shards.map(|s| s.young.len() + s.old.len()).sum()
    }

    #[test]
    fn g7_a_verdict_ends_with_the_token_the_entitlement_or_a_minute() {
        let cache = VerdictCache::new();
        for (claims, last) in [
            (serde_json::json!({ "exp": 10_000 }), 1_059),
            (serde_json::json!({ "exp": 1_010 }), 1_039),
            (
                serde_json::json!({ "exp": 10_000, "entitlements": [{ "tool_id": "a", "expires_at": 1_020 }] }),
                1_019,
            ),
            (
                serde_json::json!({ "exp": 10_000, "entitlements": [{ "tool_id": "a", "expires_at": 900 }] }),
                1_059,
            ),
        ] {
            let token = token(&claims);
            let slot = cache.slot(&token).unwrap();
            insert_twice(&slot, &verdict(claims.clone(), None, 1_000));
            assert!(slot.get(None, 1_000).is_some(), "{claims}");
            assert!(slot.get(None, last).is_some(), "{claims}");
            assert!(slot.get(None, last + 1).is_none(), "{claims}");
            assert!(slot.get(None, 1_000).is_none(), "an expired entry is removed: {claims}");
            slot.insert(&verdict(claims.clone(), None, 1_000));
            assert!(
                slot.get(None, 1_000).is_some(),
                "a token that was cached is cached again at once: {claims}"
            );
            assert!(slot.get(None, 999).is_none(), "the clock was set back: {claims}");
        }
    }

    #[test]
    fn g7_a_verdict_is_discarded_with_its_key_set() {
        let cache = VerdictCache::new();
        let (one, other) = (Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        let token = token("t");
        let slot = cache.slot(&token).unwrap();
        let claims = serde_json::json!({ "exp": 10_000 });
        insert_twice(&slot, &verdict(claims.clone(), Some(&one), 0));
        assert!(slot.get(Some(&one), 1).is_some());
        assert!(slot.get(Some(&other), 1).is_none());
        insert_twice(&slot, &verdict(claims, Some(&one), 0));
        assert!(slot.get(None, 1).is_none());
    }

    #[test]
    fn g7_a_verdict_applies_only_to_the_token_with_its_digest() {
        let cache = VerdictCache::new();
        let one = verdict(serde_json::json!({ "exp": 10_000 }), None, 0);
        let good = token("signature");
        insert_twice(&cache.slot(&good).unwrap(), &one);
        assert!(cache.slot(&good).unwrap().get(None, 0).is_some());
        let forged = good.replacen("e30", "e31", 1);
        assert!(cache.slot(&forged).unwrap().get(None, 0).is_none());
        assert!(cache.slot(&good).unwrap().get(None, 0).is_some());
        assert!(cache.slot("e30.e30.short").is_none());
    }

    #[test]
    fn the_cache_is_bounded_and_a_token_in_use_is_not_evicted() {
        let cache = VerdictCache::new();
        let one = verdict(serde_json::json!({ "exp": 10_000 }), None, 0);
        let often = token("often");
        let used = cache.slot(&often).unwrap();
        insert_twice(&used, &one);
        for number in 0..100_000 {
            insert_twice(&cache.slot(&token(number)).unwrap(), &one);
            assert!(used.get(None, 0).is_some());
        }
        let entries = entries(&cache);
        assert!(entries <= SHARDS * 2 * GENERATION, "{entries}");
        assert!(entries > SHARDS * GENERATION, "{entries}");
    }

    #[test]
    fn a_token_used_once_evicts_none_that_is_used_repeatedly() {
        let cache = VerdictCache::new();
        let one = verdict(serde_json::json!({ "exp": 10_000 }), None, 0);
        let often = token("often");
        let used = cache.slot(&often).unwrap();
        used.insert(&one);
        assert!(used.get(None, 0).is_none());
        used.insert(&one);
        for number in 0..10_000 {
            cache.slot(&token(number)).unwrap().insert(&one);
        }
        assert!(used.get(None, 0).is_some());
        assert_eq!(entries(&cache), 1);
        let again = token("again");
        let again = cache.slot(&again).unwrap();
        again.insert(&one);
        for number in 10_000..10_010 {
            cache.slot(&token(number)).unwrap().insert(&one);
        }
        again.insert(&one);
        assert!(again.get(None, 0).is_some());
    }

    #[test]
    fn the_first_use_of_a_token_is_remembered_over_thousands_of_other_tokens() {
        let cache = VerdictCache::new();
        let one = verdict(serde_json::json!({ "exp": 10_000 }), None, 0);
        let again: Vec<String> = (0..1_000).map(|number| token(format!("again{number}"))).collect();
        for token in again.iter().cloned().chain((0..3_000).map(token)) {
            cache.slot(&token).unwrap().insert(&one);
        }
        let was_remembered = |token: &&String| {
            let slot = cache.slot(token).unwrap();
            slot.insert(&one);
            slot.get(None, 0).is_some()
        };
        // Two later tokens in its bucket make the cache forget one: some 210 of the thousand, with a seed of the hasher's own.
        let remembered = again.iter().filter(was_remembered).count();
        assert!((700..1_000).contains(&remembered), "{remembered}");
    }
}
