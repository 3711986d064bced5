//! Tokens that were judged before: a bounded cache of those that hold (rule G7).
//!
//! A verdict belongs to the SHA-256 digest of a token, so that no token is kept. It never outlives the token, the first
//! entitlement of its holder to end, the key set that it was judged by, or a minute; and it says nothing of a moment before
//! it was made. Tokens that break a rule are judged each time: whoever sends those should not decide what is kept.
//!
//! A token is kept from its second use on, as far as the first is remembered. Those that are used once, however many, take no
//! place from those that are used again and again, and cost no memory that is written and never read. Nor is a digest made
//! of them: where a verdict stands follows from the end of the token's signature, which no two valid tokens share, and whose
//! the verdict is that stands there is settled by the digest.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};

use super::identity::Identity;
use crate::{KeySet, TokenPayload};

/// How long a verdict serves at most, in seconds.
const LIFE: i64 = 60;
/// Where the cache is divided, so that two cores seldom wait for each other.
const SHARDS: usize = 16;
/// How many verdicts a half of a shard holds: 4,096 in all, of one to two kilobytes each.
const HALF: usize = 128;
/// How many rooms a shard has to remember that tokens were used, two of them in each.
const ROOMS: usize = 2 * HALF;
/// How much of a token's end says where it stands: more than 90 bits of its signature.
const END: usize = 16;

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

/// The cache.
#[derive(Debug)]
pub(super) struct Verdicts {
    shards: [Mutex<Shard>; SHARDS],
    /// Says where a token stands. Seeded anew each time, so that nobody can choose that.
    places: RandomState,
}

/// A part of the cache. When its young half is full it becomes the old one, and what was old is forgotten.
#[derive(Debug)]
struct Shard {
    young: HashMap<u64, Kept>,
    old: HashMap<u64, Kept>,
    /// Which tokens were used: half of the place of each, the latest first, in the room that another part of it says. Two
    /// that look the same here only make one of them be kept early.
    used: [[u32; 2]; ROOMS],
}

#[derive(Debug, Clone)]
struct Kept {
    digest: Digest,
    known: Arc<Known>,
}

/// The SHA-256 digest of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Digest([u8; SHA256_OUTPUT_LEN]);

impl Digest {
    fn of(token: &str) -> Option<Self> {
        digest(&SHA256, token.as_bytes()).as_ref().try_into().ok().map(Self)
    }
}

/// Where a token stands in the cache, whether it is there or not.
pub(super) struct Place<'v> {
    shard: &'v Mutex<Shard>,
    place: u64,
    token: &'v str,
}

impl Verdicts {
    pub fn new() -> Self {
        let shard = || Shard {
            young: HashMap::new(),
            old: HashMap::new(),
            used: [[0; 2]; ROOMS],
        };
        Self {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            places: RandomState::new(),
        }
    }

    /// The place of a token; none of a text that is too short to be one.
    pub fn place<'v>(&'v self, token: &'v str) -> Option<Place<'v>> {
        let end = token.as_bytes().last_chunk::<END>()?;
        let place = self.places.hash_one(end);
        let [number, ..] = place.to_le_bytes();
        let shard = self.shards.get(usize::from(number) % SHARDS)?;
        Some(Place { shard, place, token })
    }
}

impl Place<'_> {
    /// What is known of the token, where that serves at `now` with the key set at hand.
    pub fn get(&self, set: Option<&Arc<KeySet>>, now: i64) -> Option<Arc<Known>> {
        let (kept, is_young) = self.shard().get(self.place)?;
        if Digest::of(self.token)? != kept.digest {
            return None;
        }
        if !kept.known.serves(set, now) {
            self.shard().forget(self.place);
            return None;
        }
        if !is_young {
            self.shard().put(self.place, kept.clone());
        }
        Some(kept.known)
    }

    /// Keeps what is known, unless the token is used for the first time.
    pub fn put(&self, known: &Arc<Known>) {
        let was_used = self.shard().was_used(self.place);
        if was_used && let Some(digest) = Digest::of(self.token) {
            let known = Arc::clone(known);
            self.shard().put(self.place, Kept { digest, known });
        }
    }

    fn shard(&self) -> MutexGuard<'_, Shard> {
        self.shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Whether the token was used before, as far as that is remembered; it is from now on.
    fn was_used(&mut self, place: u64) -> bool {
        let [_, room, _, _, mark @ ..] = place.to_le_bytes();
        let mark = u32::from_le_bytes(mark);
        let Some([latest, earlier]) = self.used.get_mut(usize::from(room) % ROOMS) else {
            return false;
        };
        if *latest == mark {
            return true;
        }
        let before = std::mem::replace(earlier, std::mem::replace(latest, mark));
        before == mark
    }

    /// What stands there, and whether in the young half.
    fn get(&self, place: u64) -> Option<(Kept, bool)> {
        let young = self.young.get(&place).map(|kept| (kept, true));
        let (kept, is_young) = young.or_else(|| Some((self.old.get(&place)?, false)))?;
        Some((kept.clone(), is_young))
    }

    fn put(&mut self, place: u64, kept: Kept) {
        if self.young.len() >= HALF && !self.young.contains_key(&place) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(place, kept);
    }

    /// Forgets what stands there, and not that it was used.
    fn forget(&mut self, place: u64) {
        self.young.remove(&place);
        self.old.remove(&place);
        self.was_used(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text as long as a token is.
    fn token(of: impl std::fmt::Display) -> String {
        format!("e30.e30.{of:0>43}")
    }

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
        let shards = verdicts.shards.iter().map(|s| s.lock().unwrap());
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
            let token = token(&claims);
            let place = verdicts.place(&token).unwrap();
            keep(&place, &known(claims.clone(), None, 1_000));
            assert!(place.get(None, 1_000).is_some(), "{claims}");
            assert!(place.get(None, last).is_some(), "{claims}");
            assert!(place.get(None, last + 1).is_none(), "{claims}");
            assert!(place.get(None, 1_000).is_none(), "what has ended is gone: {claims}");
            place.put(&known(claims.clone(), None, 1_000));
            assert!(
                place.get(None, 1_000).is_some(),
                "one that was kept is kept again: {claims}"
            );
            assert!(place.get(None, 999).is_none(), "the clock was set back: {claims}");
        }
    }

    #[test]
    fn g7_a_verdict_dies_with_its_key() {
        let verdicts = Verdicts::new();
        let (one, other) = (Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        let token = token("t");
        let place = verdicts.place(&token).unwrap();
        let claims = serde_json::json!({ "exp": 10_000 });
        keep(&place, &known(claims.clone(), Some(&one), 0));
        assert!(place.get(Some(&one), 1).is_some());
        assert!(place.get(Some(&other), 1).is_none());
        keep(&place, &known(claims, Some(&one), 0));
        assert!(place.get(None, 1).is_none());
    }

    #[test]
    fn g7_a_verdict_serves_the_one_token_whose_digest_it_has() {
        let verdicts = Verdicts::new();
        let one = known(serde_json::json!({ "exp": 10_000 }), None, 0);
        let good = token("signature");
        keep(&verdicts.place(&good).unwrap(), &one);
        assert!(verdicts.place(&good).unwrap().get(None, 0).is_some());
        let forged = good.replacen("e30", "e31", 1);
        assert!(verdicts.place(&forged).unwrap().get(None, 0).is_none());
        assert!(verdicts.place(&good).unwrap().get(None, 0).is_some());
        assert!(verdicts.place("e30.e30.short").is_none());
    }

    #[test]
    fn any_number_of_tokens_takes_a_bounded_place_and_one_that_is_used_stays() {
        let verdicts = Verdicts::new();
        let one = known(serde_json::json!({ "exp": 10_000 }), None, 0);
        let often = token("often");
        let used = verdicts.place(&often).unwrap();
        keep(&used, &one);
        for number in 0..100_000 {
            keep(&verdicts.place(&token(number)).unwrap(), &one);
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
        let often = token("often");
        let used = verdicts.place(&often).unwrap();
        used.put(&one);
        assert!(used.get(None, 0).is_none());
        used.put(&one);
        for number in 0..10_000 {
            verdicts.place(&token(number)).unwrap().put(&one);
        }
        assert!(used.get(None, 0).is_some());
        assert_eq!(held(&verdicts), 1);
        let again = token("again");
        let again = verdicts.place(&again).unwrap();
        again.put(&one);
        for number in 10_000..10_010 {
            verdicts.place(&token(number)).unwrap().put(&one);
        }
        again.put(&one);
        assert!(again.get(None, 0).is_some());
    }
}
