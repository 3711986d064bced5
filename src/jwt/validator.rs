//! The validator: a policy and its keys, one for a whole server, the SDK's `JWTValidator`.

use std::fmt;
use std::sync::Arc;

use super::algorithm::HmacSecret;
#[cfg(feature = "fetch")]
use super::cache::KeyCacheStats;
use super::claims::TokenPayload;
use super::key_set::KeySet;
use super::key_source::{AvailableKeys, KeySource};
use super::policy::{Keys, Policy};
use super::verdict::{InvalidToken, Verdict};
use crate::error::AuthError;
use crate::time::now;

/// Verifies tokens: with a key set that it fetches and caches, with one that it is given, with a shared secret, or with a
/// key set and a secret.
///
/// A clone is the same validator; one serves a whole server.
///
/// ```
/// # #[cfg(feature = "fetch")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), noesis::AuthError> {
/// use noesis::{JwtValidator, ValidationError};
///
/// let validator = JwtValidator::builder()
///     .jwks_url("https://noesis.example/.well-known/jwks.json")
///     .issuer("https://noesis.example")
///     .build()?;
/// match validator.validate("no.token").await {
///     Ok(payload) => println!("200 for {:?}", payload.sub),
///     Err(ValidationError::Invalid(token)) => println!("401: {token}"),
///     Err(ValidationError::KeysUnavailable(error)) => println!("503: {error}"),
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "fetch"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct JwtValidator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: Policy,
    source: KeySource,
    secret: Option<HmacSecret>,
}

/// Why a token was not accepted.
#[derive(Debug)]
pub enum ValidationError {
    /// The token is not valid: a server answers 401.
    Invalid(InvalidToken),
    /// The keys to verify it with are not available: a server answers 503. It says nothing about the token.
    KeysUnavailable(AuthError),
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(token) => token.fmt(f),
            Self::KeysUnavailable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ValidationError {}

impl From<InvalidToken> for ValidationError {
    fn from(token: InvalidToken) -> Self {
        Self::Invalid(token)
    }
}

impl From<AuthError> for ValidationError {
    fn from(error: AuthError) -> Self {
        Self::KeysUnavailable(error)
    }
}

impl JwtValidator {
    /// Made by the builder alone, which checks that there is something to verify with.
    pub(super) fn new(policy: Policy, source: KeySource, secret: Option<HmacSecret>) -> Self {
        Self(Arc::new(Inner { policy, source, secret }))
    }

    /// The claims of a token that is valid now; the SDK's `validate`.
    ///
    /// With the key set of a URL it has to be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`ValidationError`] distinguishes a token that is not valid from keys that are not available.
    pub async fn validate(&self, token: &str) -> Result<TokenPayload, ValidationError> {
        let verdict = self.verify(token, now()).await?;
        Ok(verdict.into_verified()?.into_payload())
    }

    /// Verifies a token as it is at `now` (Unix seconds), with every check.
    ///
    /// A token that needs no public key, because it is malformed, of an unsupported algorithm or signed with HS256, causes
    /// no fetch.
    ///
    /// # Errors
    /// Why the keys that it needs are not available; see `KeyCache::keys`.
    pub async fn verify(&self, token: &str, now: i64) -> Result<Verdict, AuthError> {
        let (verdict, _) = self.verify_with(self.available_keys(now), token, now).await?;
        Ok(verdict)
    }

    /// Verifies a token at `now` (Unix seconds) without waiting; `None` where a key that it needs has to be fetched first.
    ///
    /// With keys that are given or read from a file there is always a verdict, and no runtime is needed.
    pub fn try_verify(&self, token: &str, now: i64) -> Option<Verdict> {
        let (verdict, _) = self.verify_at_once(self.available_keys(now), token, now);
        #[cfg(feature = "fetch")]
        if self.0.source.is_fetched() && verdict.missing_key().is_some() {
            return None;
        }
        Some(verdict)
    }

    /// Verifies a token against the available keys, or a newer key set where it needs a key that they lack; with the set that
    /// it was verified against.
    pub(crate) async fn verify_with(
        &self,
        keys: AvailableKeys,
        token: &str,
        now: i64,
    ) -> Result<(Verdict, Option<Arc<KeySet>>), AuthError> {
        let (verdict, set) = self.verify_at_once(keys, token, now);
        #[cfg(feature = "fetch")]
        if let Some(missing) = verdict.missing_key()
            && let Some(newer) = self.0.source.keys_for(missing, now).await?
        {
            return Ok((self.verify_against(Some(&newer), token, now), Some(newer)));
        }
        Ok((verdict, set))
    }

    fn verify_at_once(&self, keys: AvailableKeys, token: &str, now: i64) -> (Verdict, Option<Arc<KeySet>>) {
        match keys {
            AvailableKeys::Ready(set) => (self.verify_against(set.as_deref(), token, now), set),
            // An empty set shows whether the token needs a key at all.
            #[cfg(feature = "fetch")]
            AvailableKeys::FetchRequired => (self.verify_against(Some(&KeySet::default()), token, now), None),
        }
    }

    fn verify_against(&self, set: Option<&KeySet>, token: &str, now: i64) -> Verdict {
        let secret = self.0.secret.as_ref();
        self.0.policy.verify_and_read(token, Keys { set, secret }, now)
    }

    /// The keys that can be used without waiting; where their time to live is over, a refresh begins in the background.
    pub(crate) fn available_keys(&self, now: i64) -> AvailableKeys {
        self.0.source.available(now)
    }

    /// Whether a token can be verified at `now` (Unix seconds) without waiting for keys.
    pub fn is_ready(&self, now: i64) -> bool {
        matches!(self.available_keys(now), AvailableKeys::Ready(_))
    }

    /// Fetches the keys now instead of with the first token that needs one; returns at once where they are available.
    ///
    /// # Errors
    /// As [`KeyCache::keys`](crate::KeyCache::keys).
    #[cfg(feature = "fetch")]
    pub async fn prepare(&self, now: i64) -> Result<(), AuthError> {
        self.0.source.keys(now).await.map(drop)
    }

    /// How far the clock may be off, in seconds.
    #[cfg(feature = "guard")]
    pub(crate) fn leeway(&self) -> i64 {
        self.0.policy.leeway
    }

    /// The counters of the key cache; `None` where no keys are fetched.
    #[cfg(feature = "fetch")]
    pub fn stats(&self) -> Option<KeyCacheStats> {
        self.0.source.stats()
    }
}
