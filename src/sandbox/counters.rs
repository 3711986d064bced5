//! Counts of requests by endpoint. Every request counts when it arrives, whatever the answer will be.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::endpoints;

/// Requests since the start, by counter.
#[derive(Default)]
pub(super) struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    pub(super) fn increment(&mut self, counter: &'static str) {
        *self.0.entry(counter).or_default() += 1;
    }

    /// Every counter with its value, also those at 0.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let value = |name| self.0.get(name).copied().unwrap_or_default();
        endpoints::counters()
            .map(|name| (name.to_owned(), value(name).into()))
            .collect()
    }
}
