//! What a token is verified against: a policy and the keys. The rules themselves are in `verify.rs` and `claim_rules.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::algorithm::HmacSecret;
use super::key_set::KeySet;

/// What a token is verified against, besides its keys.
///
/// ```
/// use std::time::Duration;
///
/// let policy = noesis::Policy::new()
///     .issuer("https://platform.example")
///     .leeway(Duration::from_secs(60))
///     .tool("vision-lab");
/// let verdict = policy.verify("no.token", noesis::Keys::default(), 1_782_208_800);
/// assert_eq!(verdict.reason().as_deref(), Some("a JWT has 3 segments separated by dots, this has 2"));
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    pub(super) leeway: i64,
    pub(super) issuer: Option<Arc<str>>,
    pub(super) audience: Option<Arc<str>>,
    pub(super) tool: Option<Arc<str>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy {
    /// Thirty seconds of leeway, any issuer, any audience, no tool.
    pub fn new() -> Self {
        Self {
            leeway: 30,
            issuer: None,
            audience: None,
            tool: None,
        }
    }

    /// How far this machine's clock may be off, in whole seconds (rule T12; RFC 7519 §4.1.4).
    pub fn leeway(mut self, leeway: Duration) -> Self {
        // Limited to 68 years, so that no sum overflows.
        self.leeway = i64::from(i32::try_from(leeway.as_secs()).unwrap_or(i32::MAX));
        self
    }

    /// The issuer that is required in `iss`, byte for byte (RFC 7519 §4.1.1).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into().into());
        self
    }

    /// The audience that is required in `aud`, byte for byte (RFC 7519 §4.1.3).
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into().into());
        self
    }

    /// The tool that the user is required to have access to. IDs are compared as strings, so an integer may be given as well.
    pub fn tool(mut self, tool_id: impl ToString) -> Self {
        self.tool = Some(tool_id.to_string().into());
        self
    }
}

/// The keys that a token is verified against, and with them the algorithms that are accepted: there are no others (rule T4).
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The key set for the algorithms that take a public key, such as RS256; without one, their tokens are refused.
    pub set: Option<&'a KeySet>,
    /// The shared secret for HS256; without one, its tokens are refused.
    pub secret: Option<&'a HmacSecret>,
}
