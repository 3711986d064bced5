//! The endpoints that a fault can hit, by name and by path.

use super::error::FaultError;
use crate::sandbox::routes::{AUTHORIZE, INTROSPECT, JWKS, METADATA, MINT, REDEEM, TOKEN};

/// What can be hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Authorize,
    Token,
    Introspect,
    Redeem,
    Jwks,
    Metadata,
    Mint,
}

const ENDPOINTS: [(&str, &str, Endpoint); 7] = [
    ("authorize", AUTHORIZE, Endpoint::Authorize),
    ("token", TOKEN, Endpoint::Token),
    ("introspect", INTROSPECT, Endpoint::Introspect),
    ("redeem", REDEEM, Endpoint::Redeem),
    ("jwks", JWKS, Endpoint::Jwks),
    ("metadata", METADATA, Endpoint::Metadata),
    ("mint", MINT, Endpoint::Mint),
];

impl Endpoint {
    /// The endpoint at a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        let found = ENDPOINTS.iter().find(|(_, known, _)| *known == path);
        found.map(|(_, _, endpoint)| *endpoint)
    }

    /// The endpoint of a name, which follows `what` in a spec.
    pub(super) fn named(name: &str, what: &str) -> Result<Self, FaultError> {
        let found = ENDPOINTS.iter().find(|(known, _, _)| *known == name);
        found.map(|(_, _, endpoint)| *endpoint).ok_or_else(|| {
            let names = ENDPOINTS.map(|(name, _, _)| name);
            let message = format!("there is no endpoint `{name}`");
            FaultError::unknown(message, name, &names, |right| format!("{what}@{right}"))
        })
    }
}
