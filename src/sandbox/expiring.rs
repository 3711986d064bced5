//! A map whose entries expire, with a limit on their number.

use std::collections::HashMap;
use std::hash::Hash;

pub(super) struct Expiring<K, V> {
    entries: HashMap<K, Entry<V>>,
    capacity: usize,
    sweep_at: usize,
}

struct Entry<V> {
    value: V,
    keep_until: u64,
}

impl<K: Eq + Hash + Clone, V> Expiring<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            capacity,
            sweep_at: capacity.min(64),
        }
    }

    /// Keeps `value` until `keep_until` (Unix seconds). A full map discards the entry that expires first.
    pub(super) fn insert(&mut self, key: K, value: V, keep_until: u64, now: u64) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, entry| entry.keep_until > now);
            // The next sweep waits until the map has doubled, which keeps the cost of an insert constant on average.
            self.sweep_at = (self.entries.len() * 2).clamp(64.min(self.capacity), self.capacity);
        }
        if self.entries.len() >= self.capacity {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.keep_until);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
        self.entries.insert(key, Entry { value, keep_until });
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
        let entry = self.entries.remove(key)?;
        (entry.keep_until > now).then_some(entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            map.insert(key, (), end, 0);
        }
        map.insert("d", (), 40, 0);
        assert_eq!(map.entries.len(), 3);
        assert!(map.get(&"b", 0).is_none());
    }

    #[test]
    fn expired_entries_do_not_accumulate() {
        let mut map = Expiring::new(100_000);
        for now in 0..10_000 {
            map.insert(now, (), now + 10, now);
        }
        assert!(map.entries.len() <= 128, "{}", map.entries.len());
    }
}
