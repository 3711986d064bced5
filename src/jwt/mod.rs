//! Tokens, read: from the text of a JWT to its header and claims, with nothing judged.
//!
//! What is here is for showing a person their own session. An [`Unverified`] token has the type that says so: its
//! signature was not looked at, and nothing may be granted on its word (rule T15).

mod claims;
mod compact;

use serde_json::{Map, Value};

pub use self::claims::{Entitlement, TokenPayload};
pub use self::compact::Malformed;

/// A token that was taken apart and not verified.
#[derive(Clone, PartialEq)]
pub struct Unverified {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: String,
}

impl Unverified {
    /// Takes a token in compact form apart (RFC 7515 §7.1), whatever its algorithm and signature are.
    ///
    /// # Errors
    /// [`Malformed`] says which part breaks, and how.
    pub fn parse(token: &str) -> Result<Self, Malformed> {
        let (header, claims, signature) = compact::parse(token)?;
        Ok(Self {
            header,
            claims,
            signature: signature.to_owned(),
        })
    }

    /// The JOSE header, in the token's own order.
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims, in the token's own order.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The signature's bytes, which nobody has looked at.
    ///
    /// # Errors
    /// [`Malformed`] where there is none, or it is not base64url.
    pub fn signature(&self) -> Result<Vec<u8>, Malformed> {
        compact::bytes("signature", &self.signature)
    }

    /// The claims that the platform sets, as far as they have the right types. It stays within the crate: a payload
    /// answers `has_tool_access`, which nobody may ask of a token that was not verified (rule T15).
    #[cfg(feature = "cli")]
    pub(crate) fn payload(&self) -> TokenPayload {
        TokenPayload::read(&self.claims)
    }
}

/// Claims are personal data: they are not for logs.
impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified").finish_non_exhaustive()
    }
}
