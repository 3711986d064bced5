//! Verification of JWTs: from the text of a token to a verdict with its reasons, rules T1 to T15.
//!
//! In reading order: `compact` splits a token into its three segments, `json` reads two of them strictly, `algorithm` lists
//! what tokens may be signed with, `key_set` reads the public keys, `findings` is the data that checks write down, `header`
//! reads the first segment, `claims` the second, `detail` formats findings, `verdict` is all checks of a token, `policy`
//! what is required of it, without a rule, `verify` the checks up to the signature and their order, `claim_rules` those of
//! the claims; `cache` keeps a key set that has to be fetched, `key_source` says where keys are from, and `validator` is
//! all of it for a server.
//!
//! The type of a token says what it may be used for (rule T15): [`Unverified`] is for showing users their own token, and
//! grants nothing; [`Verified`] is obtained from a [`Verdict`] only if no check failed.

mod algorithm;
#[cfg(feature = "fetch")]
mod cache;
mod claim_rules;
mod claims;
mod compact;
mod detail;
mod findings;
mod header;
mod json;
mod key_set;
mod key_source;
mod policy;
#[cfg(test)]
mod rfc_tokens;
mod validator;
mod validator_builder;
mod verdict;
mod verify;

use serde_json::{Map, Value};

pub use self::algorithm::{HmacSecret, SecretTooShort};
#[cfg(feature = "fetch")]
pub(crate) use self::cache::{JWKS_PATH, KEY_FETCH, key_set_request};
#[cfg(feature = "fetch")]
pub use self::cache::{KeyCache, KeyCacheBuilder, KeyCacheStats};
pub use self::claims::{Entitlement, TokenPayload};
pub use self::compact::MalformedToken;
#[cfg(feature = "fetch")]
pub(crate) use self::key_set::MAX_KEYS;
pub use self::key_set::{IgnoredKey, InvalidKeySet, KeySet};
#[cfg(any(feature = "cli", feature = "guard"))]
pub(crate) use self::key_source::AvailableKeys;
pub use self::key_source::KeySource;
pub use self::policy::{Keys, Policy};
pub use self::validator::{JwtValidator, ValidationError};
pub use self::validator_builder::JwtValidatorBuilder;
#[cfg(feature = "cli")]
pub(crate) use self::verdict::MissingKey;
pub use self::verdict::{Check, CheckName, CheckResult, InvalidToken, Verdict, Verified};

/// A token that was parsed and not verified.
#[derive(Clone, PartialEq)]
pub struct Unverified {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    header_text: String,
    claims_text: String,
    signature: String,
}

impl Unverified {
    /// Parses a token in compact serialization (RFC 7515 §7.1), whatever its algorithm and signature are.
    ///
    /// # Errors
    /// [`MalformedToken`] says which segment is malformed, and how.
    pub fn parse(token: &str) -> Result<Self, MalformedToken> {
        let parts = compact::split(token, compact::MAX_SHOWN)?;
        let header_text = compact::text("header", parts.header)?;
        let header = compact::object("header", &header_text)?.to_map();
        let claims_text = compact::text("claims", parts.claims)?;
        let claims = compact::object("claims", &claims_text)?.to_map();
        Ok(Self {
            header,
            claims,
            header_text,
            claims_text,
            signature: parts.signature.to_owned(),
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

    /// The text of the header and of the claims, each one JSON object.
    #[cfg(feature = "cli")]
    pub(crate) fn texts(&self) -> [&str; 2] {
        [&self.header_text, &self.claims_text]
    }

    /// The bytes of the signature, which is not verified.
    ///
    /// # Errors
    /// [`MalformedToken`] where there is none, or it is not base64url.
    pub fn signature(&self) -> Result<Vec<u8>, MalformedToken> {
        compact::bytes("signature", &self.signature)
    }

    /// The claims that the platform sets, as far as they have the right types. It stays within the crate: a payload
    /// has `has_tool_access`, which must not be called on a token that is not verified (rule T15).
    #[cfg(feature = "cli")]
    pub(crate) fn payload(&self) -> TokenPayload {
        TokenPayload::read_text(&self.claims_text, &self.claims)
    }
}

/// Claims are personal data: they are not for logs.
impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified").finish_non_exhaustive()
    }
}
