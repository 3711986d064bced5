//! What a sandbox starts with: users, tools, clients and activation codes, read from TOML.
//!
//! `seed.toml` beside this folder is the default and the description of the format. `read` takes a file apart and checks
//! what refers to what; `error` says where a mistake is.

mod error;
mod raw;
mod read;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use error::SeedError;

/// The users, tools, clients and activation codes of a sandbox.
///
/// The default is the program's own `seed.toml`. Another is parsed from TOML of the same form; where it has no
/// `[[clients]]`, the default ones are there.
///
/// ```
/// let mistake = "[[users]]\nid = 7".parse::<noesis::sandbox::Seed>().unwrap_err();
/// assert_eq!((mistake.line(), mistake.column()), (2, 6));
/// ```
#[derive(Clone)]
pub struct Seed {
    pub(super) users: Vec<User>,
    pub(super) tools: Vec<Tool>,
    pub(super) clients: Vec<Client>,
    pub(super) codes: Vec<Code>,
    /// Lifetimes, in seconds.
    pub(super) access_token_ttl: u64,
    pub(super) refresh_token_ttl: u64,
    pub(super) authorization_code_ttl: u64,
}

const DEFAULT: &str = include_str!("../seed.toml");

impl Seed {
    pub(super) fn default_client(&self) -> &str {
        default_client(&self.clients)
    }
}

/// The first public client; reading a seed makes sure that there is one.
pub(super) fn default_client(clients: &[Client]) -> &str {
    let public = clients.iter().find(|client| client.secret.is_none());
    public.map_or("", |client| client.id.as_str())
}

impl Default for Seed {
    fn default() -> Self {
        // That the committed file is good is held by a test; a seed of nothing is what the type system asks for here.
        DEFAULT.parse().unwrap_or_else(|_| Self {
            users: Vec::new(),
            tools: Vec::new(),
            clients: Vec::new(),
            codes: Vec::new(),
            access_token_ttl: 0,
            refresh_token_ttl: 0,
            authorization_code_ttl: 0,
        })
    }
}

impl FromStr for Seed {
    type Err = SeedError;

    /// Reads TOML.
    ///
    /// # Errors
    ///
    /// The first mistake: bad syntax, an unknown or missing key, a value that means nothing, or a name of something that
    /// the file does not have.
    fn from_str(text: &str) -> Result<Self, SeedError> {
        let mut seed = read::read(text)?;
        if seed.clients.is_empty() {
            seed.clients = read::read(DEFAULT)?.clients;
        }
        Ok(seed)
    }
}

impl std::fmt::Debug for Seed {
    /// Counts only: a seed has client secrets in it.
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
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) admin: bool,
    pub(super) entitlements: Vec<Held>,
}

/// An entitlement, with the days that are left of it at the start.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) tool: String,
    pub(super) days: i64,
    pub(super) source: Source,
}

#[derive(Clone)]
pub(super) struct Tool {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) secret: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) redeem: Redeem,
    pub(super) grants: Vec<GrantType>,
}

#[derive(Clone)]
pub(super) struct Code {
    pub(super) code: String,
    pub(super) tool: String,
    pub(super) days: u32,
    pub(super) source: Source,
    pub(super) state: CodeState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    Integrator,
    Distributor,
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Integrator => "integrator",
            Self::Distributor => "distributor",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    #[default]
    Purchase,
    Invite,
    Promotion,
}

/// How a redeemed code reaches the session of the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Redeem {
    #[default]
    NewToken,
    Refresh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GrantType {
    AuthorizationCode,
    RefreshToken,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CodeState {
    #[default]
    Good,
    Used,
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_seed_is_good_and_is_the_default() {
        let seed: Seed = DEFAULT.parse().unwrap();
        assert_eq!(seed.default_client(), "noesis-cli");
        assert_eq!(Seed::default().users.len(), seed.users.len());
        assert_eq!((seed.access_token_ttl, seed.authorization_code_ttl), (900, 60));
        assert!(seed.codes.iter().any(|code| code.code == "AXKF-M3PQ-7RBN-W2YT"));
    }

    #[test]
    fn a_seed_does_not_show_its_client_secrets_under_debug() {
        assert!(!format!("{:?}", Seed::default()).contains("secret"));
    }
}
