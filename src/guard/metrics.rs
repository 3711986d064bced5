//! The guard's counters, in the text format that Prometheus reads (OpenMetrics 1.0).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter as PrometheusCounter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::KeyCacheStats;
use crate::middleware::DenialKind;

/// The media type of the response.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From 10 µs, the least that a decision takes, to 10 s, in seconds.
const BUCKETS: [f64; 10] = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];

type Counter = PrometheusCounter<u64, AtomicU64>;

/// What was decided about a request: granted, or denied for a reason.
pub(super) type Decision = Result<(), DenialKind>;

/// The name of a decision, in the metrics and in the access log.
pub(super) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Ok(()) => "granted",
        Err(kind) => kind.name(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    decision: &'static str,
}

/// All counters of a guard.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    granted: Counter,
    /// One for each of [`DenialKind::ALL`], in that order.
    denied: Vec<Counter>,
    decision_seconds: Histogram,
    pub verdict_cache_hits: Counter,
    pub verdict_cache_misses: Counter,
    pub connections: Gauge<i64, AtomicI64>,
    pub access_log_dropped: Counter,
    pub upstream_failures: Counter,
}

impl Metrics {
    /// `key_stats` returns what the key cache has counted so far, if there is a key cache.
    pub fn new(key_stats: impl Fn() -> Option<KeyCacheStats> + Send + Sync + 'static) -> Self {
        let mut registry = Registry::with_prefix("noesis_guard");
        let decisions = Family::<Labels, Counter>::default();
        let counter = |decision| {
            let decision = decision_name(decision);
            decisions.get_or_create_owned(&Labels { decision })
        };
        let metrics = Self {
            granted: counter(Ok(())),
            denied: DenialKind::ALL.iter().map(|kind| counter(Err(*kind))).collect(),
            decision_seconds: Histogram::new(BUCKETS),
            verdict_cache_hits: Counter::default(),
            verdict_cache_misses: Counter::default(),
            connections: Gauge::default(),
            access_log_dropped: Counter::default(),
            upstream_failures: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("decisions", "Requests decided, by decision", decisions);
        registry.register(
            "decision_seconds",
            "Time from the end of the request header to the decision",
            metrics.decision_seconds.clone(),
        );
        for (name, help, counter) in [
            (
                "verdict_cache_hits",
                "Tokens whose verdict was cached",
                &metrics.verdict_cache_hits,
            ),
            (
                "verdict_cache_misses",
                "Tokens whose verdict was not cached",
                &metrics.verdict_cache_misses,
            ),
            (
                "access_log_dropped",
                "Access log lines dropped because the log was not read fast enough",
                &metrics.access_log_dropped,
            ),
            (
                "upstream_failures",
                "Requests that the upstream did not answer",
                &metrics.upstream_failures,
            ),
        ] {
            registry.register(name, help, counter.clone());
        }
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register_collector(Box::new(KeyCacheCollector(Arc::new(key_stats))));
        Self { registry, ..metrics }
    }

    /// Counts a decision and the time that it took.
    pub fn decided(&self, decision: Decision, took: Duration) {
        let counter = match decision {
            Ok(()) => Some(&self.granted),
            Err(kind) => self.denied.get(kind as usize),
        };
        if let Some(counter) = counter {
            counter.inc();
        }
        self.decision_seconds.observe(took.as_secs_f64());
    }

    /// The document that Prometheus reads.
    pub fn encode(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a string does not fail.
            Err(_) => String::new(),
        }
    }
}

/// Reads the counters that the key cache keeps itself.
struct KeyCacheCollector(Arc<dyn Fn() -> Option<KeyCacheStats> + Send + Sync>);

impl std::fmt::Debug for KeyCacheCollector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyCacheCollector").finish_non_exhaustive()
    }
}

impl prometheus_client::collector::Collector for KeyCacheCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let stats = (self.0)().unwrap_or_default();
        for (name, help, value) in [
            ("key_fetches", "Requests for the key set", stats.fetches),
            (
                "key_fetch_failures",
                "Requests for the key set that failed",
                stats.failures,
            ),
            ("key_cache_hits", "Uses of a fresh key set", stats.hits),
            ("key_cache_stale_hits", "Uses of a stale key set", stats.stale_hits),
            (
                "key_cache_refusals",
                "Tokens that no key set was available for",
                stats.refusals,
            ),
            (
                "unknown_keys",
                "Tokens with a key ID that is in no key set",
                stats.unknown_keys,
            ),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_is_counted_under_its_own_name() {
        let decisions = || std::iter::once(Ok(())).chain(DenialKind::ALL.iter().map(|kind| Err(*kind)));
        for decided in decisions() {
            let metrics = Metrics::new(|| None);
            metrics.decided(decided, Duration::from_micros(20));
            let text = metrics.encode();
            for decision in decisions() {
                let count = u8::from(decision == decided);
                let name = decision_name(decision);
                let line = format!("noesis_guard_decisions_total{{decision=\"{name}\"}} {count}\n");
                assert!(text.contains(&line), "{line}{text}");
            }
            assert!(text.contains("noesis_guard_decision_seconds_count 1\n"), "{text}");
            assert!(text.ends_with("# EOF\n"), "{text}");
        }
    }
}
