//! A map whose entries expire, with a limit on their number and on the memory that they take.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// The memory that the values of one map may take, in bytes; one more discards those that expire first. Tens of thousands of
/// tokens of the usual size fit.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What an entry takes besides the text in it, rounded up: its place in the map and in the order, and its key in both.
const OVERHEAD: usize = 512;

/// How much memory a value takes.
pub(super) trait TextSize {
    /// The bytes of the text in it.
    fn text_size(&self) -> usize;
}

pub(super) struct Expiring<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The keys in the order in which they expire, and among those that expire together in the order of their arrival.
    order: BTreeMap<(u64, u64), K>,
    arrivals: u64,
    bytes: usize,
    capacity: usize,
    sweep_at: usize,
}

struct Entry<V> {
    value: V,
    keep_until: u64,
    arrival: u64,
    bytes: usize,
}

impl<K: Eq + Hash + Clone, V: TextSize> Expiring<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: BTreeMap::new(),
            arrivals: 0,
            bytes: 0,
            capacity,
            sweep_at: capacity.min(64),
        }
    }

    /// Keeps `value` until `keep_until` (Unix seconds). A full map discards the entries that expire first.
    pub(super) fn insert(&mut self, key: K, value: V, keep_until: u64, now: u64) {
        self.forget(&key);
        if self.entries.len() >= self.sweep_at {
            while self.first_expires().is_some_and(|first| first <= now) {
                self.discard_first();
            }
            // The next sweep waits until the map has doubled, so that a clock that is wrong for one request discards little.
            self.sweep_at = (self.entries.len() * 2).clamp(64.min(self.capacity), self.capacity);
        }
        let bytes = OVERHEAD.saturating_add(value.text_size());
        while self.entries.len() >= self.capacity || self.bytes.saturating_add(bytes) > MAX_BYTES {
            if !self.discard_first() {
                break;
            }
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        self.order.insert((keep_until, arrival), key.clone());
        self.bytes = self.bytes.saturating_add(bytes);
        let entry = Entry {
            value,
            keep_until,
            arrival,
            bytes,
        };
        self.entries.insert(key, entry);
    }

    pub(super) fn get(&self, key: &K, now: u64) -> Option<&V> {
        let entry = self.entries.get(key)?;
        (entry.keep_until > now).then_some(&entry.value)
    }

    pub(super) fn get_mut(&mut self, key: &K, now: u64) -> Option<&mut V> {
        let entry = self.entries.get_mut(key)?;
        (entry.keep_until > now).then_some(&mut entry.value)
    }

    pub(super) fn remove(&mut self, key: &K, now: u64) -> Option<V> {
        let entry = self.forget(key)?;
        (entry.keep_until > now).then_some(entry.value)
    }

    fn forget(&mut self, key: &K) -> Option<Entry<V>> {
        let entry = self.entries.remove(key)?;
        self.order.remove(&(entry.keep_until, entry.arrival));
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        Some(entry)
    }

    fn first_expires(&self) -> Option<u64> {
        self.order.first_key_value().map(|((keep_until, _), _)| *keep_until)
    }

    /// Discards the entry that expires first; `false` if there is none.
    fn discard_first(&mut self) -> bool {
        let first = self.order.first_key_value().map(|(_, key)| key.clone());
        first.is_some_and(|key| self.forget(&key).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl TextSize for usize {
        fn text_size(&self) -> usize {
            *self
        }
    }

    #[test]
    fn an_entry_expires_at_its_time_and_not_before() {
        let mut map = Expiring::new(10);
        map.insert("a", 1, 100, 0);
        assert_eq!(map.get(&"a", 99), Some(&1));
        assert_eq!(map.get(&"a", 100), None);
        assert_eq!(map.get_mut(&"a", 100), None);
        assert_eq!(map.remove(&"a", 100), None);
    }

    #[test]
    fn a_full_map_discards_the_entry_that_expires_first() {
        let mut map = Expiring::new(3);
        for (key, end) in [("a", 30), ("b", 10), ("c", 20)] {
            map.insert(key, 0, end, 0);
        }
        map.insert("d", 0, 40, 0);
        assert_eq!(map.entries.len(), 3);
        assert!(map.get(&"b", 0).is_none());
    }

    #[test]
    fn expired_entries_do_not_accumulate() {
        let mut map = Expiring::new(100_000);
        for now in 0..10_000 {
            map.insert(now, 0, now + 10, now);
        }
        assert!(map.entries.len() <= 128, "{}", map.entries.len());
        assert_eq!(map.order.len(), map.entries.len());
    }

    #[test]
    fn the_bytes_of_all_entries_together_are_limited() {
        let mut map = Expiring::new(100_000);
        for key in 0..5_000 {
            map.insert(key, 64 * 1024, 1_000, 0);
            assert!(map.bytes <= MAX_BYTES, "{}", map.bytes);
        }
        assert!((200..256).contains(&map.entries.len()), "{}", map.entries.len());
        assert!(map.get(&4_999, 0).is_some() && map.get(&0, 0).is_none());
        // A key that is set again and one that is removed take no memory twice.
        for _ in 0..1_000 {
            map.insert(4_999, 64 * 1024, 1_000, 0);
        }
        assert!((200..256).contains(&map.entries.len()), "{}", map.entries.len());
        for key in 0..5_000 {
            map.remove(&key, 0);
        }
        assert_eq!((map.bytes, map.order.len()), (0, 0));
    }
}
