//! What a sandbox starts with: users, tools, clients and activation codes, read from TOML.
//!
//! `seed.toml` beside this folder is the default and documents the format. `raw` is the shape of a file for serde, `read`
//! checks values and references, `error` has the position of a mistake, and `model` is the result.

mod error;
mod model;
mod raw;
mod read;

use std::str::FromStr;

pub use error::SeedError;
pub use model::Seed;
pub(super) use model::{Client, Code, CodeState, EntitlementSource, GrantType, Redeem, Role, Tool, User};

impl Seed {
    /// The default seed as a TOML file, with comments that describe the format.
    pub const DEFAULT_TOML: &'static str = include_str!("../seed.toml");

    pub(in crate::sandbox) fn default_client(&self) -> &str {
        default_client(&self.clients)
    }
}

/// The client with this ID.
pub(in crate::sandbox) fn client<'a>(clients: &'a [Client], id: &str) -> Option<&'a Client> {
    clients.iter().find(|client| client.id == id)
}

/// The first public client; a seed without one is rejected.
pub(in crate::sandbox) fn default_client(clients: &[Client]) -> &str {
    let public = clients.iter().find(|client| client.secret.is_none());
    public.map_or("", |client| client.id.as_str())
}

impl Default for Seed {
    fn default() -> Self {
        // A test parses the committed file; the empty seed only satisfies the type system.
        Self::DEFAULT_TOML.parse().unwrap_or_else(|_| Self {
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
    /// The first mistake: invalid syntax, an unknown or missing key, an invalid value, or a reference to something that is
    /// not in the file.
    fn from_str(text: &str) -> Result<Self, SeedError> {
        let mut seed = read::read(text)?;
        if seed.clients.is_empty() {
            seed.clients = read::read(Self::DEFAULT_TOML)?.clients;
        }
        Ok(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_seed_is_valid_and_is_the_default() {
        let seed: Seed = Seed::DEFAULT_TOML.parse().unwrap();
        assert_eq!(seed.default_client(), "noesis-cli");
        assert_eq!(Seed::default().users.len(), seed.users.len());
        assert_eq!((seed.access_token_ttl, seed.authorization_code_ttl), (900, 60));
        assert!(seed.codes.iter().any(|code| code.code == "AXKF-M3PQ-7RBN-W2YT"));
    }

    #[test]
    fn the_debug_output_of_a_seed_has_no_client_secrets() {
        assert!(!format!("{:?}", Seed::default()).contains("secret"));
    }
}
