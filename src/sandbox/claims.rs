//! The claims of an access token.

use serde::Serialize;

use super::seed::{Role, Source};

#[derive(Debug, Clone, Serialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) exp: u64,
    pub(super) iat: u64,
    pub(super) jti: String,
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) role: Option<Role>,
    pub(super) is_admin: bool,
}

/// Access to a tool until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entitlement {
    pub(super) tool_id: String,
    pub(super) expires_at: u64,
    pub(super) source: Source,
}
