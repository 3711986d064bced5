//! Users and activation codes as they stand at the moment: the seed's days have become dates.

use super::claims::{Claims, Entitlement};
use super::seed::{self, CodeState, EntitlementSource, Role};
use super::time::DAY;

pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) admin: bool,
    pub(super) entitlements: Vec<Entitlement>,
}

impl User {
    /// A user of the seed, whose entitlements are counted in days from `now`.
    pub(super) fn from_seed(user: seed::User, now: u64) -> Self {
        let entitlements = user.entitlements.into_iter().map(|entitlement| Entitlement {
            tool_id: entitlement.tool,
            expires_at: now.saturating_add_signed(entitlement.days.saturating_mul(DAY.cast_signed())),
            source: entitlement.source,
        });
        Self {
            entitlements: entitlements.collect(),
            id: user.id,
            name: user.name,
            email: user.email,
            role: user.role,
            admin: user.admin,
        }
    }

    /// Whether this is the user's ID or e-mail address.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.id == name || self.email.as_deref() == Some(name)
    }

    /// The claims of an access token that is issued to this user now and expires after `ttl` seconds.
    pub(super) fn claims(&self, issuer: &str, jti: String, ttl: u64, now: u64) -> Claims {
        Claims {
            iss: issuer.to_owned(),
            sub: self.id.clone(),
            exp: now.saturating_add(ttl),
            iat: now,
            jti,
            entitlements: self.entitlements.clone(),
            role: self.role,
            is_admin: self.admin,
        }
    }
}

pub(super) struct ActivationCode {
    pub(super) code: String,
    pub(super) tool_id: String,
    pub(super) days: u32,
    pub(super) source: EntitlementSource,
    pub(super) state: CodeState,
    /// The user who redeemed it here; `None` for a code that the seed has as used.
    pub(super) redeemed_by: Option<String>,
}

impl From<seed::Code> for ActivationCode {
    fn from(code: seed::Code) -> Self {
        Self {
            code: code.code,
            tool_id: code.tool,
            days: code.days,
            source: code.source,
            state: code.state,
            redeemed_by: None,
        }
    }
}
