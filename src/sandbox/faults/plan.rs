//! Which faults hit a request, and what becomes of it then.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use super::spec::{Fault, Kind, NAMES};

/// The faults that are set, and how often each kind hit since the sandbox started.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Active {
    /// Each with the number of requests so far that it is for.
    faults: Vec<(Fault, u64)>,
    hits: BTreeMap<&'static str, u64>,
}

/// What becomes of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) latency: Duration,
    pub(super) reset: bool,
    /// A status and its `Retry-After`.
    pub(super) status: Option<(u16, Option<u32>)>,
    pub(super) rotate_keys: bool,
    pub(super) denied: bool,
    pub(super) truncate: bool,
    pub(super) slow_body: Option<Duration>,
    /// How far the clock is ahead, in seconds.
    pub(super) skew: i64,
}

impl Active {
    pub(in crate::sandbox) fn new(faults: Vec<Fault>) -> Self {
        let mut active = Self::default();
        active.set(faults);
        active
    }

    /// Takes the place of what was set; what was counted stays.
    pub(super) fn set(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    pub(super) fn specs(&self) -> Vec<String> {
        self.faults.iter().map(|(fault, _)| fault.to_string()).collect()
    }

    /// How many requests each kind of fault took effect on.
    pub(in crate::sandbox) fn hits(&self) -> Map<String, Value> {
        let of = |name| self.hits.get(name).copied().unwrap_or_default();
        NAMES.iter().map(|name| ((*name).to_owned(), of(name).into())).collect()
    }

    /// What becomes of the next request; `None` stands for what is no endpoint, where the time is told all the same.
    pub(super) fn plan(&mut self, endpoint: Option<Endpoint>, method: &Method) -> Plan {
        let mut hit = Vec::new();
        for (fault, seen) in &mut self.faults {
            if is_for(fault, endpoint, method) {
                *seen = seen.saturating_add(1);
                if fault.share.takes(*seen) {
                    hit.push(fault.kind);
                }
            }
        }
        let is_reset = hit.contains(&Kind::Reset);
        let has_status = hit.iter().any(|kind| matches!(kind, Kind::Status { .. }));
        let mut plan = Plan::default();
        let mut counted = Vec::new();
        for kind in hit {
            let took_effect = match kind {
                Kind::Latency(_) | Kind::Reset => true,
                _ if is_reset => false,
                Kind::Status { .. } => plan.status.is_none(),
                Kind::RotateKeys | Kind::Denied => !has_status,
                Kind::Truncate | Kind::SlowBody(_) => *method != Method::HEAD,
                Kind::Skew(_) => true,
            };
            if took_effect {
                plan.add(kind);
                // Two of a kind are one hit: what is counted are requests.
                if !counted.contains(&kind.name()) {
                    counted.push(kind.name());
                    *self.hits.entry(kind.name()).or_default() += 1;
                }
            }
        }
        plan
    }
}

impl Plan {
    fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Latency(time) => self.latency = self.latency.saturating_add(time),
            Kind::Status { code, retry_after } => self.status = Some((code, retry_after)),
            Kind::Reset => self.reset = true,
            Kind::Truncate => self.truncate = true,
            Kind::SlowBody(time) => self.slow_body = Some(self.slow_body.map_or(time, |other| other.max(time))),
            Kind::RotateKeys => self.rotate_keys = true,
            Kind::Skew(seconds) => self.skew = self.skew.saturating_add(seconds),
            Kind::Denied => self.denied = true,
        }
    }
}

fn is_for(fault: &Fault, endpoint: Option<Endpoint>, method: &Method) -> bool {
    match (fault.kind, fault.endpoint) {
        // The form of the consent page holds a person's own decision already.
        (Kind::Denied, _) => endpoint == Some(Endpoint::Authorize) && *method == Method::GET,
        (Kind::Skew(_), None) => true,
        (_, None) => endpoint.is_some_and(|endpoint| endpoint != Endpoint::Mint),
        (_, named) => endpoint == named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn active(specs: &[&str]) -> Active {
        Active::new(specs.iter().map(|spec| spec.parse().unwrap()).collect())
    }

    #[test]
    fn several_faults_take_effect_together_as_far_as_they_can() {
        let mut all = active(&[
            "latency=1s",
            "latency=2s@token",
            "status=503,retry-after=7",
            "status=500",
            "rotate-keys",
            "truncate",
            "skew=+90s",
            "skew=-30s",
        ]);
        let plan = all.plan(Some(Endpoint::Token), &Method::POST);
        let both = Plan {
            latency: Duration::from_secs(3),
            status: Some((503, Some(7))),
            truncate: true,
            skew: 60,
            ..Plan::default()
        };
        assert_eq!(plan, both);
        let hits = all.hits();
        for (name, count) in [
            ("latency", 1),
            ("status", 1),
            ("rotate-keys", 0),
            ("skew", 1),
            ("denied", 0),
        ] {
            assert_eq!(hits[name], count, "{name}");
        }
        let mut reset = active(&["status=503", "reset", "latency=1s"]);
        let plan = reset.plan(Some(Endpoint::Jwks), &Method::GET);
        assert_eq!((plan.reset, plan.status, plan.latency.as_secs()), (true, None, 1));
        assert_eq!(reset.hits()["status"], 0);
    }

    #[test]
    fn each_fault_hits_its_own_endpoint_and_without_one_those_of_the_platform() {
        let hit = |spec: &str, endpoint, method| active(&[spec]).plan(endpoint, &method) != Plan::default();
        assert!(hit("reset@mint", Some(Endpoint::Mint), Method::POST));
        assert!(!hit("reset", Some(Endpoint::Mint), Method::POST));
        assert!(hit("reset", Some(Endpoint::Metadata), Method::GET));
        assert!(!hit("reset", None, Method::GET));
        assert!(hit("skew=1s", None, Method::GET));
        assert!(!hit("skew=1s@token", Some(Endpoint::Jwks), Method::GET));
        assert!(hit("denied", Some(Endpoint::Authorize), Method::GET));
        assert!(!hit("denied", Some(Endpoint::Authorize), Method::POST));
        assert!(!hit("truncate", Some(Endpoint::Jwks), Method::HEAD));
    }

    #[test]
    fn a_share_counts_the_requests_that_the_fault_is_for_from_when_it_was_set() {
        let mut faults = active(&["status=503,rate=0.5@token", "latency=1s,rate=0.5@token"]);
        let mut hit = |endpoint| faults.plan(Some(endpoint), &Method::POST);
        assert_eq!(hit(Endpoint::Token), Plan::default());
        assert_eq!(hit(Endpoint::Jwks), Plan::default());
        // The same rate at the same endpoint: the same requests.
        let second = hit(Endpoint::Token);
        assert_eq!((second.status, second.latency.as_secs()), (Some((503, None)), 1));
        hit(Endpoint::Token);
        let again = vec!["status=503,rate=0.5@token".parse().unwrap()];
        faults.set(again);
        assert_eq!(faults.plan(Some(Endpoint::Token), &Method::POST), Plan::default());
        assert_eq!(faults.hits()["status"], 1);
    }
}
