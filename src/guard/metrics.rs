//! What is counted, in the text format that Prometheus reads (OpenMetrics 1.0).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric as _};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::KeyCacheStats;

/// The media type of what is answered.
pub(super) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From 10 µs, the least that a decision takes, to 10 s, in seconds.
const BUCKETS: [f64; 10] = [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0];

/// How a request ended, for the metrics and the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Decision {
    Granted,
    NoCredentials,
    Ambiguous,
    InvalidToken,
    NoAccess,
    NoKeys,
}

impl Decision {
    const ALL: [Self; 6] = [
        Self::Granted,
        Self::NoCredentials,
        Self::Ambiguous,
        Self::InvalidToken,
        Self::NoAccess,
        Self::NoKeys,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NoCredentials => "no_credentials",
            Self::Ambiguous => "ambiguous",
            Self::InvalidToken => "invalid_token",
            Self::NoAccess => "no_access",
            Self::NoKeys => "no_keys",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    decision: Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Label(Decision);

impl EncodeLabelValue for Label {
    fn encode(&self, encoder: &mut prometheus_client::encoding::LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.as_str().encode(encoder)
    }
}

/// All counters of a guard.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    decisions: [Counter<u64, AtomicU64>; Decision::ALL.len()],
    seconds: Histogram,
    pub verdict_hits: Counter<u64, AtomicU64>,
    pub verdict_misses: Counter<u64, AtomicU64>,
    pub connections: Gauge<i64, AtomicI64>,
    pub log_dropped: Counter<u64, AtomicU64>,
    pub upstream_failures: Counter<u64, AtomicU64>,
}

impl Metrics {
    /// `keys` says what the key cache has done so far, where there is one.
    pub fn new(keys: impl Fn() -> Option<KeyCacheStats> + Send + Sync + 'static) -> Self {
        let mut registry = Registry::with_prefix("noesis_guard");
        let family = Family::<Kind, Counter<u64, AtomicU64>>::default();
        let counter = |decision| {
            family.get_or_create_owned(&Kind {
                decision: Label(decision),
            })
        };
        let metrics = Self {
            decisions: Decision::ALL.map(counter),
            seconds: Histogram::new(BUCKETS),
            verdict_hits: Counter::default(),
            verdict_misses: Counter::default(),
            connections: Gauge::default(),
            log_dropped: Counter::default(),
            upstream_failures: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("decisions", "Requests that were judged, by what was decided", family);
        registry.register(
            "decision_seconds",
            "How long a decision took, from the request's header to what was decided",
            metrics.seconds.clone(),
        );
        for (name, help, counter) in [
            (
                "verdict_cache_hits",
                "Tokens whose verdict was known",
                &metrics.verdict_hits,
            ),
            (
                "verdict_cache_misses",
                "Tokens that had to be judged",
                &metrics.verdict_misses,
            ),
            (
                "access_log_dropped",
                "Lines of the access log that nobody took in time",
                &metrics.log_dropped,
            ),
            (
                "upstream_failures",
                "Requests that the upstream did not answer",
                &metrics.upstream_failures,
            ),
        ] {
            registry.register(name, help, counter.clone());
        }
        registry.register("connections", "Connections that are open", metrics.connections.clone());
        registry.register_collector(Box::new(Keys(Arc::new(keys))));
        Self { registry, ..metrics }
    }

    pub fn decided(&self, decision: Decision, took: Duration) {
        if let Some(counter) = self.decisions.get(decision as usize) {
            counter.inc();
        }
        self.seconds.observe(took.as_secs_f64());
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // A string takes all that is written into it.
            Err(_) => String::new(),
        }
    }
}

/// The counters of the key cache, which it keeps itself.
struct Keys(Arc<dyn Fn() -> Option<KeyCacheStats> + Send + Sync>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl prometheus_client::collector::Collector for Keys {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let stats = (self.0)().unwrap_or_default();
        for (name, help, value) in [
            ("key_fetches", "Requests for the key set", stats.fetches),
            ("key_fetch_failures", "Those that brought none", stats.failures),
            ("key_cache_hits", "Uses of a key set that is fresh", stats.hits),
            ("key_cache_stale_hits", "Uses of one past its time", stats.stale_hits),
            ("key_cache_refusals", "Times that there was none", stats.refusals),
            (
                "unknown_keys",
                "Tokens that name a key that no set had",
                stats.unknown_keys,
            ),
        ] {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}
