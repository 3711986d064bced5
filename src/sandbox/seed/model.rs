//! The types of a seed, after all checks.

use serde::{Deserialize, Serialize};

/// The users, tools, clients and activation codes of a sandbox.
///
/// The default is the program's own `seed.toml`. Others are parsed from TOML of the same format; without `[[clients]]` they have
/// the default ones.
///
/// ```
/// let mistake = "[[users]]\nid = 7".parse::<noesis::sandbox::Seed>().unwrap_err();
/// assert_eq!((mistake.line(), mistake.column()), (2, 6));
/// ```
#[derive(Clone)]
pub struct Seed {
    pub(in crate::sandbox) users: Vec<User>,
    pub(in crate::sandbox) tools: Vec<Tool>,
    pub(in crate::sandbox) clients: Vec<Client>,
    pub(in crate::sandbox) codes: Vec<Code>,
    /// Lifetimes, in seconds.
    pub(in crate::sandbox) access_token_ttl: u64,
    pub(in crate::sandbox) refresh_token_ttl: u64,
    pub(in crate::sandbox) authorization_code_ttl: u64,
}

impl std::fmt::Debug for Seed {
    /// Counts only, because a seed contains client secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seed")
            .field("users", &self.users.len())
            .field("tools", &self.tools.len())
            .field("clients", &self.clients.len())
            .field("codes", &self.codes.len())
            .finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub(in crate::sandbox) struct User {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) email: Option<String>,
    pub(in crate::sandbox) role: Option<Role>,
    pub(in crate::sandbox) admin: bool,
    pub(in crate::sandbox) entitlements: Vec<SeedEntitlement>,
}

/// An entitlement, with the days until it expires, counted from the start of the sandbox.
#[derive(Clone)]
pub(in crate::sandbox) struct SeedEntitlement {
    pub(in crate::sandbox) tool: String,
    pub(in crate::sandbox) days: i64,
    pub(in crate::sandbox) source: EntitlementSource,
}

#[derive(Clone)]
pub(in crate::sandbox) struct Tool {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) name: String,
}

#[derive(Clone)]
pub(in crate::sandbox) struct Client {
    pub(in crate::sandbox) id: String,
    pub(in crate::sandbox) name: String,
    pub(in crate::sandbox) secret: Option<String>,
    pub(in crate::sandbox) redirect_uris: Vec<String>,
    pub(in crate::sandbox) redeem: Redeem,
    pub(in crate::sandbox) grants: Vec<GrantType>,
}

#[derive(Clone)]
pub(in crate::sandbox) struct Code {
    pub(in crate::sandbox) code: String,
    pub(in crate::sandbox) tool: String,
    pub(in crate::sandbox) days: u32,
    pub(in crate::sandbox) source: EntitlementSource,
    pub(in crate::sandbox) state: CodeState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sandbox) enum Role {
    Integrator,
    Distributor,
}

impl Role {
    pub(in crate::sandbox) fn as_str(self) -> &'static str {
        match self {
            Self::Integrator => "integrator",
            Self::Distributor => "distributor",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sandbox) enum EntitlementSource {
    #[default]
    Purchase,
    Invite,
    Promotion,
}

/// How the client receives the entitlement of a redeemed code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::sandbox) enum Redeem {
    #[default]
    NewToken,
    Refresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum GrantType {
    AuthorizationCode,
    RefreshToken,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::sandbox) enum CodeState {
    #[default]
    Good,
    Used,
    Expired,
}
