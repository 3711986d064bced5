//! Tokens that were judged before: a bounded cache of those that hold (rule G7).
//!
//! A verdict is found by the SHA-256 digest of the token, so that no token is kept. It never outlives the token, the first
//! entitlement of its holder to end, the key set that it was judged by, or a minute; and it says nothing of a moment before
//! it was made. Tokens that break a rule are judged each time: whoever sends those should not decide what is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::identity::Identity;
use crate::{KeySet, TokenPayload};

/// How long a verdict serves at most, in seconds.
const LIFE: i64 = 60;
/// Where the cache is divided, so that two cores seldom wait for each other.
const SHARDS: usize = 16;
/// How many verdicts a half of a shard holds: 4,096 in all, of one to two kilobytes each.
const HALF: usize = 128;

type Digest = [u8; SHA256_OUTPUT_LEN];

/// A token that holds, and what there is to say of it.
#[derive(Debug)]
pub(super) struct Known {
    pub payload: TokenPayload,
    pub identity: Identity,
    set: Option<Arc<KeySet>>,
    from: i64,
    until: i64,
}

impl Known {
    /// What was found at `now` by a key set; `leeway` (seconds) is what the judgement forgave.
    pub fn new(payload: TokenPayload, set: Option<Arc<KeySet>>, now: i64, leeway: i64) -> Self {
        let ends = payload.entitlements.iter().map(|e| e.expires_at).filter(|at| *at > now);
        let token = payload.exp.unwrap_or(now).saturating_add(leeway);
        Self {
            until: ends.fold(token, i64::min).min(now.saturating_add(LIFE)),
            identity: Identity::of(&payload, now),
            payload,
            set,
            from: now,
        }
    }

    fn serves(&self, set: Option<&Arc<KeySet>>, now: i64) -> bool {
        let same = match (&self.set, set) {
            (None, None) => true,
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            _ => false,
        };
        same && (self.from..self.until).contains(&now)
    }
}

/// The cache. When the young half of a shard is full it becomes the old one, and what was old is forgotten.
#[derive(Debug)]
pub(super) struct Verdicts([Mutex<Shard>; SHARDS]);

#[derive(Debug, Default)]
struct Shard {
    young: HashMap<Digest, Arc<Known>>,
    old: HashMap<Digest, Arc<Known>>,
}

/// Where a token stands in the cache, whether it is there or not.
pub(super) struct Place<'v> {
    shard: &'v Mutex<Shard>,
    digest: Digest,
}

impl Verdicts {
    pub fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    pub fn place(&self, token: &str) -> Option<Place<'_>> {
        let digest: Digest = digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()?;
        let shard = self.0.get(usize::from(*digest.first()?) % SHARDS)?;
        Some(Place { shard, digest })
    }
}

impl Place<'_> {
    /// What is known of the token, where that serves at `now` with the key set at hand.
    pub fn get(&self, set: Option<&Arc<KeySet>>, now: i64) -> Option<Arc<Known>> {
        let mut shard = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, is_old) = match (shard.young.get(&self.digest), shard.old.get(&self.digest)) {
            (Some(known), _) => (Arc::clone(known), false),
            (None, Some(known)) => (Arc::clone(known), true),
            (None, None) => return None,
        };
        if !found.serves(set, now) {
            shard.young.remove(&self.digest);
            shard.old.remove(&self.digest);
            return None;
        }
        if is_old {
            shard.put(self.digest, Arc::clone(&found));
        }
        Some(found)
    }

    pub fn put(&self, known: Arc<Known>) {
        let mut shard = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        shard.put(self.digest, known);
    }
}

impl Shard {
    fn put(&mut self, digest: Digest, known: Arc<Known>) {
        if self.young.len() >= HALF && !self.young.contains_key(&digest) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(claims: serde_json::Value, set: Option<&Arc<KeySet>>, now: i64) -> Arc<Known> {
        let payload = TokenPayload::read(claims.as_object().unwrap());
        Arc::new(Known::new(payload, set.cloned(), now, 30))
    }

    #[test]
    fn g7_a_verdict_ends_with_the_token_the_entitlement_or_a_minute() {
        let verdicts = Verdicts::new();
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
            let place = verdicts.place(&claims.to_string()).unwrap();
            place.put(known(claims.clone(), None, 1_000));
            assert!(place.get(None, 1_000).is_some(), "{claims}");
            assert!(place.get(None, last).is_some(), "{claims}");
            assert!(place.get(None, last + 1).is_none(), "{claims}");
            assert!(place.get(None, 1_000).is_none(), "what has ended is gone: {claims}");
            place.put(known(claims.clone(), None, 1_000));
            assert!(place.get(None, 999).is_none(), "the clock was set back: {claims}");
        }
    }

    #[test]
    fn g7_a_verdict_dies_with_its_key() {
        let verdicts = Verdicts::new();
        let (one, other) = (Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        let place = verdicts.place("t").unwrap();
        let claims = serde_json::json!({ "exp": 10_000 });
        place.put(known(claims.clone(), Some(&one), 0));
        assert!(place.get(Some(&one), 1).is_some());
        assert!(place.get(Some(&other), 1).is_none());
        place.put(known(claims, Some(&one), 0));
        assert!(place.get(None, 1).is_none());
    }

    #[test]
    fn any_number_of_tokens_takes_a_bounded_place_and_one_that_is_used_stays() {
        let verdicts = Verdicts::new();
        let one = known(serde_json::json!({ "exp": 10_000 }), None, 0);
        let used = verdicts.place("used").unwrap();
        used.put(Arc::clone(&one));
        for number in 0..100_000 {
            verdicts.place(&number.to_string()).unwrap().put(Arc::clone(&one));
            assert!(used.get(None, 0).is_some());
        }
        let held: usize = verdicts
            .0
            .iter()
            .map(|s| s.lock().unwrap())
            .map(|s| s.young.len() + s.old.len())
            .sum();
        assert!(held <= SHARDS * 2 * HALF, "{held}");
        assert!(held > SHARDS * HALF, "{held}");
    }
}
