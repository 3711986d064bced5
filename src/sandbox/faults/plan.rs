//! Which faults affect a request, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use serde_json::{Map, Value};

use super::spec::{Fault, Kind, NAMES};
use crate::sandbox::endpoints::{Endpoint, EndpointId, FaultScope};

/// The active faults, and how many requests each kind has affected since the sandbox started.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct ActiveFaults {
    /// Each with the number of requests so far that it applies to.
    faults: Vec<(Fault, u64)>,
    affected: BTreeMap<&'static str, u64>,
}

/// What happens to a request.
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

impl ActiveFaults {
    pub(in crate::sandbox) fn new(faults: Vec<Fault>) -> Self {
        let mut active = Self::default();
        active.set(faults);
        active
    }

    /// Replaces the list; the counts of affected requests stay.
    pub(in crate::sandbox) fn set(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    pub(in crate::sandbox) fn specs(&self) -> Vec<String> {
        self.faults.iter().map(|(fault, _)| fault.to_string()).collect()
    }

    /// How many requests each kind of fault has affected.
    pub(in crate::sandbox) fn affected(&self) -> Map<String, Value> {
        let of = |name| self.affected.get(name).copied().unwrap_or_default();
        NAMES.iter().map(|name| ((*name).to_owned(), of(name).into())).collect()
    }

    /// What happens to the next request. `None` is a path without an endpoint.
    pub(super) fn plan(&mut self, endpoint: Option<&Endpoint>, method: &Method) -> Plan {
        let mut applied = Vec::new();
        for (fault, seen) in &mut self.faults {
            if applies(fault, endpoint, method) {
                *seen = seen.saturating_add(1);
                if fault.share.includes(*seen) {
                    applied.push(fault.kind);
                }
            }
        }
        let is_reset = applied.contains(&Kind::Reset);
        let has_status = applied.iter().any(|kind| matches!(kind, Kind::Status { .. }));
        let mut plan = Plan::default();
        let mut counted = Vec::new();
        for kind in applied {
            let takes_effect = match kind {
                Kind::Latency(_) | Kind::Reset => true,
                _ if is_reset => false,
                Kind::Status { .. } => plan.status.is_none(),
                Kind::RotateKeys | Kind::Denied => !has_status,
                Kind::Truncate | Kind::SlowBody(_) => *method != Method::HEAD,
                Kind::Skew(_) => true,
            };
            if takes_effect {
                plan.add(kind);
                // Requests are counted: two faults of one kind that affect a request count once.
                if !counted.contains(&kind.name()) {
                    counted.push(kind.name());
                    *self.affected.entry(kind.name()).or_default() += 1;
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

/// Whether a fault applies to requests of this endpoint and method.
fn applies(fault: &Fault, endpoint: Option<&Endpoint>, method: &Method) -> bool {
    let scope = endpoint.map_or(FaultScope::Clock, |endpoint| endpoint.faults);
    let id = endpoint.map(|endpoint| endpoint.id);
    match (fault.kind, fault.endpoint) {
        _ if scope == FaultScope::Exempt => false,
        // A POST has the decision of the user already.
        (Kind::Denied, _) => id == Some(EndpointId::Authorize) && *method == Method::GET,
        (Kind::Skew(_), None) => true,
        (_, None) => scope == FaultScope::Default,
        (_, named) => id == named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::endpoints::ENDPOINTS;

    fn row(id: EndpointId) -> Option<&'static Endpoint> {
        ENDPOINTS.iter().find(|endpoint| endpoint.id == id)
    }

    fn active(specs: &[&str]) -> ActiveFaults {
        ActiveFaults::new(specs.iter().map(|spec| spec.parse().unwrap()).collect())
    }

    #[test]
    fn several_faults_of_one_request_combine() {
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
        let plan = all.plan(row(EndpointId::Token), &Method::POST);
        let both = Plan {
            latency: Duration::from_secs(3),
            status: Some((503, Some(7))),
            truncate: true,
            skew: 60,
            ..Plan::default()
        };
        assert_eq!(plan, both);
        let affected = all.affected();
        for (name, count) in [
            ("latency", 1),
            ("status", 1),
            ("rotate-keys", 0),
            ("skew", 1),
            ("denied", 0),
        ] {
            assert_eq!(affected[name], count, "{name}");
        }
        let mut reset = active(&["status=503", "reset", "latency=1s"]);
        let plan = reset.plan(row(EndpointId::Jwks), &Method::GET);
        assert_eq!((plan.reset, plan.status, plan.latency.as_secs()), (true, None, 1));
        assert_eq!(reset.affected()["status"], 0);
    }

    #[test]
    fn a_fault_affects_the_endpoint_it_names_and_without_one_those_of_the_platform() {
        let hit = |spec: &str, endpoint, method| active(&[spec]).plan(endpoint, &method) != Plan::default();
        assert!(hit("reset@mint", row(EndpointId::Mint), Method::POST));
        assert!(!hit("reset", row(EndpointId::Mint), Method::POST));
        assert!(hit("reset", row(EndpointId::Metadata), Method::GET));
        assert!(!hit("reset", None, Method::GET));
        assert!(hit("skew=1s", None, Method::GET));
        assert!(!hit("skew=1s@token", row(EndpointId::Jwks), Method::GET));
        assert!(hit("denied", row(EndpointId::Authorize), Method::GET));
        assert!(!hit("denied", row(EndpointId::Authorize), Method::POST));
        assert!(!hit("truncate", row(EndpointId::Jwks), Method::HEAD));
        assert!(!hit("reset", row(EndpointId::Overview), Method::GET));
        assert!(hit("skew=1s", row(EndpointId::Overview), Method::GET));
        for exempt in [EndpointId::Stats, EndpointId::Faults] {
            assert!(!hit("skew=1s", row(exempt), Method::GET), "{exempt:?}");
        }
    }

    #[test]
    fn a_rate_counts_the_requests_that_the_fault_applies_to_since_it_was_set() {
        let mut faults = active(&["status=503,rate=0.5@token", "latency=1s,rate=0.5@token"]);
        let mut hit = |id| faults.plan(row(id), &Method::POST);
        assert_eq!(hit(EndpointId::Token), Plan::default());
        assert_eq!(hit(EndpointId::Jwks), Plan::default());
        // The same rate at the same endpoint: the same requests.
        let second = hit(EndpointId::Token);
        assert_eq!((second.status, second.latency.as_secs()), (Some((503, None)), 1));
        hit(EndpointId::Token);
        let again = vec!["status=503,rate=0.5@token".parse().unwrap()];
        faults.set(again);
        assert_eq!(faults.plan(row(EndpointId::Token), &Method::POST), Plan::default());
        assert_eq!(faults.affected()["status"], 1);
    }
}
