//! The claims of an access token.

use serde::Serialize;

use super::expiring::TextSize;
use super::seed::{EntitlementSource, Role};

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

impl TextSize for Claims {
    fn text_size(&self) -> usize {
        let entitlement = |held: &Entitlement| size_of::<Entitlement>() + held.tool_id.len();
        let entitlements: usize = self.entitlements.iter().map(entitlement).sum();
        self.iss.len() + self.sub.len() + self.jti.len() + entitlements
    }
}

/// Access to a tool until a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entitlement {
    pub(super) tool_id: String,
    pub(super) expires_at: u64,
    pub(super) source: EntitlementSource,
}
