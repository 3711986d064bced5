//! Tokens that were judged before: a bounded cache of those that hold (rule G7).
//!
//! A verdict is found by the SHA-256 digest of the token, so that no token is kept. It never outlives the token, the first
//! entitlement of its holder to end, the key set that it was judged by, or a minute; and it says nothing of a moment before
//! it was made. Tokens that break a rule are judged each time: whoever sends those should not decide what is kept.
//!
//! A token is kept from its second use on. Those that are used once, however many, take no place from those that are used
//! again and again, and cost no memory that is written and never read.

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
/// How many tokens a shard remembers to have been used.
const USED: usize = 2 * HALF;

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

#[derive(Debug)]
struct Shard {
    young: HashMap<Digest, Arc<Known>>,
    old: HashMap<Digest, Arc<Known>>,
    /// Of tokens that were used, four bytes of the digest, at a place that two others say; a later one takes the place of an
    /// earlier. Two tokens that look the same here only make one of them be kept early.
    used: [u32; USED],
}

/// Where a token stands in the cache, whether it is there or not.
pub(super) struct Place<'v> {
    shard: &'v Mutex<Shard>,
    digest: Digest,
}

impl Verdicts {
    pub fn new() -> Self {
        let shard = || Shard {
            young: HashMap::new(),
            old: HashMap::new(),
            used: [0; USED],
        };
        Self(std::array::from_fn(|_| Mutex::new(shard())))
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

    /// Keeps what is known, unless the token is used for the first time.
    pub fn put(&self, known: &Arc<Known>) {
        let mut shard = self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.was_used(&self.digest) {
            shard.put(self.digest, Arc::clone(known));
        }
    }
}

impl Shard {
    /// Whether the token was used before, as far as that is remembered; it is from now on.
    fn was_used(&mut self, digest: &Digest) -> bool {
        let [_, high, low, a, b, c, d, ..] = *digest;
        let place = usize::from(u16::from_be_bytes([high, low])) % USED;
        let mark = u32::from_be_bytes([a, b, c, d]);
        let before = self.used.get_mut(place).map(|used| std::mem::replace(used, mark));
        before == Some(mark)
    }

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

    /// Uses a token twice, as one has to be that is kept.
    fn keep(place: &Place<'_>, known: &Arc<Known>) {
        place.put(known);
        place.put(known);
    }

    fn held(verdicts: &Verdicts) -> usize {
        let shards = verdicts.0.iter().map(|s| s.lock().unwrap());
        shards.map(|s| s.young.len() + s.old.len()).sum()
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
            keep(&place, &known(claims.clone(), None, 1_000));
            assert!(place.get(None, 1_000).is_some(), "{claims}");
            assert!(place.get(None, last).is_some(), "{claims}");
            assert!(place.get(None, last + 1).is_none(), "{claims}");
            assert!(place.get(None, 1_000).is_none(), "what has ended is gone: {claims}");
            keep(&place, &known(claims.clone(), None, 1_000));
            assert!(place.get(None, 999).is_none(), "the clock was set back: {claims}");
        }
    }

    #[test]
    fn g7_a_verdict_dies_with_its_key() {
        let verdicts = Verdicts::new();
        let (one, other) = (Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        let place = verdicts.place("t").unwrap();
        let claims = serde_json::json!({ "exp": 10_000 });
        keep(&place, &known(claims.clone(), Some(&one), 0));
        assert!(place.get(Some(&one), 1).is_some());
        assert!(place.get(Some(&other), 1).is_none());
        keep(&place, &known(claims, Some(&one), 0));
        assert!(place.get(None, 1).is_none());
    }

    #[test]
    fn any_number_of_tokens_takes_a_bounded_place_and_one_that_is_used_stays() {
        let verdicts = Verdicts::new();
        let one = known(serde_json::json!({ "exp": 10_000 }), None, 0);
        let used = verdicts.place("used").unwrap();
        keep(&used, &one);
        for number in 0..100_000 {
            keep(&verdicts.place(&number.to_string()).unwrap(), &one);
            assert!(used.get(None, 0).is_some());
        }
        let held = held(&verdicts);
        assert!(held <= SHARDS * 2 * HALF, "{held}");
        assert!(held > SHARDS * HALF, "{held}");
    }

    #[test]
    fn what_is_used_once_takes_no_place_from_what_is_used_again() {
        let verdicts = Verdicts::new();
        let one = known(serde_json::json!({ "exp": 10_000 }), None, 0);
        let used = verdicts.place("used").unwrap();
        used.put(&one);
        assert!(used.get(None, 0).is_none());
        used.put(&one);
        for number in 0..100_000 {
            verdicts.place(&number.to_string()).unwrap().put(&one);
        }
        assert!(used.get(None, 0).is_some());
        assert_eq!(held(&verdicts), 1);
    }
}
