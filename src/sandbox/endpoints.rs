//! The endpoints: one table, from which the router, the counters, the faults, the RFC 8414 metadata and the overview page
//! are derived.
//!
//! `docs/architecture.md` says how to add one.

use axum::http::Method;

/// Identifies an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EndpointId {
    Overview,
    Authorize,
    Token,
    Introspect,
    Redeem,
    Jwks,
    Metadata,
    Mint,
    Stats,
    Faults,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) id: EndpointId,
    /// The name in a fault's `@ENDPOINT` and in the documentation.
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// Each method with the counter of its requests. `GET` includes `HEAD`.
    pub(super) methods: &'static [(Method, Counter)],
    pub(super) faults: FaultScope,
    /// The member of the RFC 8414 metadata document that has its URL.
    pub(super) metadata: Option<&'static str>,
    /// Whether the overview page links to it: it answers a `GET` without parameters.
    pub(super) linked: bool,
    /// What it is, in the words of the documentation.
    #[cfg_attr(not(test), allow(dead_code, reason = "documentation, which a test compares"))]
    pub(super) summary: &'static str,
}

/// What counts a request in `GET /sandbox/stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counter {
    /// The request is not counted.
    None,
    /// One counter for all requests.
    Named(&'static str),
    /// A counter for each value of the form's `grant_type`, and the last for all others.
    GrantType(&'static [(&'static str, &'static str)], &'static str),
}

/// Which faults apply to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultScope {
    /// Faults that name it, and faults that name no endpoint.
    Default,
    /// Faults that name it.
    Named,
    /// A skewed clock without an endpoint, and no other fault.
    Clock,
    /// None: from here faults are set and watched.
    Exempt,
}

use Counter::{GrantType, Named};

pub(super) static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        id: EndpointId::Overview,
        name: "overview",
        path: "/",
        methods: &[(Method::GET, Named("overview"))],
        faults: FaultScope::Clock,
        metadata: None,
        linked: true,
        summary: "a page with the users, codes, clients, tools and endpoints of this sandbox",
    },
    Endpoint {
        id: EndpointId::Authorize,
        name: "authorize",
        path: "/oauth/authorize",
        methods: &[(Method::GET, Named("authorize")), (Method::POST, Named("decision"))],
        faults: FaultScope::Default,
        metadata: Some("authorization_endpoint"),
        linked: false,
        summary: "the consent page (RFC 6749 §4.1, RFC 7636), and the form that it sends",
    },
    Endpoint {
        id: EndpointId::Token,
        name: "token",
        path: "/oauth/token",
        methods: &[(
            Method::POST,
            GrantType(
                &[
                    ("authorization_code", "token.authorization_code"),
                    ("refresh_token", "token.refresh_token"),
                ],
                "token.other",
            ),
        )],
        faults: FaultScope::Default,
        metadata: Some("token_endpoint"),
        linked: false,
        summary: "exchanges a code, and refreshes with rotation and reuse detection (RFC 6749 §3.2)",
    },
    Endpoint {
        id: EndpointId::Introspect,
        name: "introspect",
        path: "/oauth/introspect",
        methods: &[(Method::POST, Named("introspect"))],
        faults: FaultScope::Default,
        metadata: Some("introspection_endpoint"),
        linked: false,
        summary: "whether a token is active (RFC 7662)",
    },
    Endpoint {
        id: EndpointId::Redeem,
        name: "redeem",
        path: "/api/v1/activation/redeem",
        methods: &[(Method::POST, Named("redeem"))],
        faults: FaultScope::Default,
        metadata: None,
        linked: false,
        summary: "redeems an activation code for the bearer of an access token",
    },
    Endpoint {
        id: EndpointId::Jwks,
        name: "jwks",
        path: "/.well-known/jwks.json",
        methods: &[(Method::GET, Named("jwks"))],
        faults: FaultScope::Default,
        metadata: Some("jwks_uri"),
        linked: true,
        summary: "the JWK set with the public key (RFC 7517)",
    },
    Endpoint {
        id: EndpointId::Metadata,
        name: "metadata",
        path: "/.well-known/oauth-authorization-server",
        methods: &[(Method::GET, Named("metadata"))],
        faults: FaultScope::Default,
        metadata: None,
        linked: true,
        summary: "the authorization server's metadata (RFC 8414)",
    },
    Endpoint {
        id: EndpointId::Mint,
        name: "mint",
        path: "/sandbox/mint",
        methods: &[(Method::POST, Named("mint"))],
        faults: FaultScope::Named,
        metadata: None,
        linked: false,
        summary: "mints a token as requested, valid or not",
    },
    Endpoint {
        id: EndpointId::Stats,
        name: "stats",
        path: "/sandbox/stats",
        methods: &[(Method::GET, Counter::None)],
        faults: FaultScope::Exempt,
        metadata: None,
        linked: true,
        summary: "how many requests each endpoint received, and how many each fault affected",
    },
    Endpoint {
        id: EndpointId::Faults,
        name: "faults",
        path: "/sandbox/faults",
        methods: &[(Method::GET, Counter::None), (Method::POST, Counter::None)],
        faults: FaultScope::Exempt,
        metadata: None,
        linked: true,
        summary: "the list of active faults, and its replacement",
    },
];

/// The endpoint at a path.
pub(super) fn at(path: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
}

/// The path of an endpoint.
pub(super) fn path(id: EndpointId) -> &'static str {
    let found = ENDPOINTS.iter().find(|endpoint| endpoint.id == id);
    found.map_or("/", |endpoint| endpoint.path)
}

/// The endpoints that a fault may name.
pub(super) fn faultable() -> impl Iterator<Item = &'static Endpoint> {
    let scopes = [FaultScope::Default, FaultScope::Named];
    ENDPOINTS
        .iter()
        .filter(move |endpoint| scopes.contains(&endpoint.faults))
}

/// Every counter, in the order of the table.
pub(super) fn counters() -> impl Iterator<Item = &'static str> {
    let counters = ENDPOINTS.iter().flat_map(|endpoint| endpoint.methods);
    counters.flat_map(|(_, counter)| counter.names())
}

impl Endpoint {
    /// Whether it has this very method.
    pub(super) fn has(&self, method: &Method) -> bool {
        self.methods.iter().any(|(known, _)| known == method)
    }

    /// The counter for requests with this method.
    pub(super) fn counter(&self, method: &Method) -> Counter {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        let found = self.methods.iter().find(|(known, _)| known == method);
        found.map_or(Counter::None, |(_, counter)| *counter)
    }
}

impl Counter {
    fn names(&self) -> Vec<&'static str> {
        match self {
            Self::None => Vec::new(),
            Named(name) => vec![name],
            GrantType(names, other) => names.iter().map(|(_, name)| *name).chain([*other]).collect(),
        }
    }

    /// The counter's name for a request whose form has this `grant_type`.
    pub(super) fn name(self, grant_type: Option<&str>) -> Option<&'static str> {
        match self {
            Self::None => None,
            Named(name) => Some(name),
            GrantType(names, other) => {
                let found = names.iter().find(|(known, _)| Some(*known) == grant_type);
                Some(found.map_or(other, |(_, name)| *name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_paths_and_counters_are_unique() {
        let unique = |values: Vec<&str>| values.iter().collect::<std::collections::HashSet<_>>().len() == values.len();
        assert!(unique(ENDPOINTS.iter().map(|endpoint| endpoint.name).collect()));
        assert!(unique(ENDPOINTS.iter().map(|endpoint| endpoint.path).collect()));
        assert!(unique(counters().collect()));
    }

    #[test]
    fn a_request_is_counted_by_its_method_and_a_head_request_as_a_get() {
        let authorize = at("/oauth/authorize").unwrap();
        assert_eq!(authorize.counter(&Method::HEAD), Named("authorize"));
        assert_eq!(authorize.counter(&Method::POST), Named("decision"));
        assert_eq!(authorize.counter(&Method::PUT), Counter::None);
        let token = at("/oauth/token").unwrap().counter(&Method::POST);
        assert_eq!(token.name(Some("refresh_token")), Some("token.refresh_token"));
        for other in [None, Some("password"), Some("")] {
            assert_eq!(token.name(other), Some("token.other"));
        }
    }

    #[test]
    fn the_documentation_has_the_table_of_endpoints() {
        let document = include_str!("../../docs/sandbox.md");
        for endpoint in ENDPOINTS {
            let methods: Vec<_> = endpoint.methods.iter().map(|(method, _)| method.as_str()).collect();
            let counters: Vec<_> = endpoint
                .methods
                .iter()
                .flat_map(|(_, counter)| counter.names())
                .collect();
            let counters: Vec<_> = counters.iter().map(|name| format!("`{name}`")).collect();
            let faults = match endpoint.faults {
                FaultScope::Default => "yes",
                FaultScope::Named => "only where named",
                FaultScope::Clock => "only `skew` without `@`",
                FaultScope::Exempt => "no",
            };
            let row = format!(
                "| `{}` | {} | `{}` | {} | {faults} | {} |",
                endpoint.name,
                methods.join(", "),
                endpoint.path,
                endpoint.summary,
                if counters.is_empty() {
                    "not counted".to_owned()
                } else {
                    counters.join(", ")
                },
            );
            assert!(document.lines().any(|line| line == row), "docs/sandbox.md lacks\n{row}");
        }
        let rows = document
            .lines()
            .filter(|line| line.starts_with("| `") && line.contains(" | `/"));
        assert_eq!(rows.count(), ENDPOINTS.len());
    }
}
