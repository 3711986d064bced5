//! The validator: a policy and its keys, one for a whole server, the SDK's `JWTValidator`.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::algorithm::{HmacSecret, ShortSecret};
#[cfg(feature = "fetch")]
use super::cache::{KeyCache, KeyCacheBuilder, KeyCacheStats};
use super::claims::TokenPayload;
use super::key_set::KeySet;
use super::policy::{Keys, Policy};
#[cfg(feature = "fetch")]
use super::verdict::MissingKey;
use super::verdict::Verdict;
use crate::time::now;
use crate::{AuthError, ErrorCode, Secret};

/// Judges tokens: by a key set that it fetches and keeps, by one that it is given, by a shared secret, or by several.
///
/// A clone is the same validator; one serves a whole server.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), noesis::AuthError> {
/// let validator = noesis::JwtValidator::builder()
///     .jwks_url("https://noesis.example/.well-known/jwks.json")
///     .issuer("https://noesis.example")
///     .build()?;
/// match validator.validate("no.token").await {
///     Ok(payload) => println!("{:?} may pass", payload.sub),
///     Err(error) => assert_eq!(error.to_string(), "a token has 3 parts between dots, this has 2"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct JwtValidator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    policy: Policy,
    set: Source,
    secret: Option<HmacSecret>,
}

/// Where RS256 keys are from.
#[derive(Debug)]
enum Source {
    Nowhere,
    Given(Arc<KeySet>),
    #[cfg(feature = "fetch")]
    Cache(KeyCache),
}

/// What there is to judge by at once.
#[derive(Debug, Clone)]
pub(crate) enum Hand {
    /// The key set, where there is to be one.
    Keys(Option<Arc<KeySet>>),
    /// A key set has to be fetched first.
    #[cfg(feature = "fetch")]
    Empty,
}

/// Builds a [`JwtValidator`].
#[derive(Debug, Default)]
pub struct JwtValidatorBuilder {
    policy: Policy,
    #[cfg(feature = "fetch")]
    url: Option<String>,
    file: Option<PathBuf>,
    set: Option<KeySet>,
    #[cfg(feature = "fetch")]
    cache: Option<KeyCache>,
    secret: Option<Result<HmacSecret, ShortSecret>>,
    #[cfg(feature = "fetch")]
    ttl: Option<Duration>,
    #[cfg(feature = "fetch")]
    timeout: Option<Duration>,
    #[cfg(feature = "fetch")]
    ca_pem: Vec<Vec<u8>>,
    #[cfg(feature = "fetch")]
    environment_proxy: bool,
}

/// Why a token gives no access.
#[derive(Debug)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It broke a rule: a server answers 401.
    Refused(Box<Verdict>),
    /// There are no keys to judge it by: a server answers 503.
    NoKeys(AuthError),
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(verdict) => f.write_str(&verdict.reason().unwrap_or_default()),
            Self::NoKeys(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InvalidToken {}

impl From<AuthError> for InvalidToken {
    fn from(error: AuthError) -> Self {
        Self::NoKeys(error)
    }
}

impl JwtValidatorBuilder {
    /// Verifies RS256 with the key set at a URL, fetched when it is needed and kept for 6 hours.
    #[cfg(feature = "fetch")]
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Verifies RS256 with the key set in a file, read when the validator is built.
    pub fn jwks_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Verifies RS256 with a key set.
    pub fn key_set(mut self, set: KeySet) -> Self {
        self.set = Some(set);
        self
    }

    /// Verifies RS256 with the key set of a cache, which others may share.
    #[cfg(feature = "fetch")]
    pub fn cache(mut self, cache: KeyCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Verifies HS256 with a shared secret of at least 32 bytes (rule T10).
    pub fn hs256_secret(mut self, secret: Secret) -> Self {
        self.secret = Some(HmacSecret::try_from(&secret));
        self
    }

    /// Verifies HS256 with a shared secret that was checked before.
    pub fn hmac_secret(mut self, secret: HmacSecret) -> Self {
        self.secret = Some(Ok(secret));
        self
    }

    /// How long a key set that was fetched is fresh; 6 hours by default.
    #[cfg(feature = "fetch")]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// How long one fetch of the key set may take; 10 seconds by default.
    #[cfg(feature = "fetch")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Trusts the certificates in a PEM file beside the system's.
    #[cfg(feature = "fetch")]
    pub fn ca_cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem.push(pem.into());
        self
    }

    /// Whether the key set is fetched through the proxy that the environment names; off by default. See
    /// [`AuthClientBuilder::environment_proxy`](crate::AuthClientBuilder::environment_proxy).
    #[cfg(feature = "fetch")]
    pub fn environment_proxy(mut self, on: bool) -> Self {
        self.environment_proxy = on;
        self
    }

    /// Judges by a policy; the calls below change it.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How far this machine's clock may be off; 30 seconds by default.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy = self.policy.leeway(leeway);
        self
    }

    /// The issuer that has to be in `iss`.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.policy = self.policy.issuer(issuer);
        self
    }

    /// The audience that has to be in `aud`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.policy = self.policy.audience(audience);
        self
    }

    /// Builds the validator; nothing is fetched yet.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where there is nothing to verify with or more than one key set, where a secret is too short,
    /// and where a URL or file cannot be used.
    pub fn build(self) -> Result<JwtValidator, AuthError> {
        let config = |message: String| AuthError::new(ErrorCode::Config, message);
        let secret = self.secret.transpose().map_err(|short| config(short.to_string()))?;
        let mut sets = Vec::new();
        #[cfg(feature = "fetch")]
        if let Some(url) = self.url {
            let mut cache = KeyCache::builder(url);
            if let Some(ttl) = self.ttl {
                cache = cache.ttl(ttl);
            }
            if let Some(timeout) = self.timeout {
                cache = cache.timeout(timeout);
            }
            cache = cache.environment_proxy(self.environment_proxy);
            let cache = self.ca_pem.into_iter().fold(cache, KeyCacheBuilder::ca_cert_pem);
            sets.push(Source::Cache(cache.build()?));
        }
        if let Some(path) = self.file {
            sets.push(Source::Given(Arc::new(KeySet::from_file(path)?)));
        }
        sets.extend(self.set.map(|set| Source::Given(Arc::new(set))));
        #[cfg(feature = "fetch")]
        sets.extend(self.cache.map(Source::Cache));
        if sets.len() > 1 {
            return Err(config("a validator has one key set, and more were given".into()));
        }
        if sets.is_empty() && secret.is_none() {
            return Err(config(
                "there is nothing to verify with: neither a key set nor a secret".into(),
            ));
        }
        Ok(JwtValidator(Arc::new(Inner {
            policy: self.policy,
            set: sets.pop().unwrap_or(Source::Nowhere),
            secret,
        })))
    }
}

impl JwtValidator {
    /// Begins to build a validator.
    pub fn builder() -> JwtValidatorBuilder {
        JwtValidatorBuilder::default()
    }

    /// What a token says, where it is valid now; the SDK's `validate`.
    ///
    /// With a key set of a URL it has to be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`InvalidToken`] tells a token that is refused from keys that cannot be had.
    pub async fn validate(&self, token: &str) -> Result<TokenPayload, InvalidToken> {
        let verdict = self.judge(token, now()).await?;
        match verdict.into_verified() {
            Ok(verified) => Ok(verified.into_payload()),
            Err(verdict) => Err(InvalidToken::Refused(verdict)),
        }
    }

    /// Judges a token as it is at `now` (Unix seconds), with every check.
    ///
    /// A token that takes no key of a set, because it is malformed, of another algorithm or HS256, causes no fetch.
    ///
    /// # Errors
    /// Why the keys that it takes cannot be had; see [`KeyCache::keys`].
    pub async fn judge(&self, token: &str, now: i64) -> Result<Verdict, AuthError> {
        let (verdict, _) = self.judge_by(self.at_hand(now), token, now).await?;
        Ok(verdict)
    }

    /// Judges a token by the key set at hand, and by a newer one where it takes that; with the set that it was judged by.
    pub(crate) async fn judge_by(
        &self,
        hand: Hand,
        token: &str,
        now: i64,
    ) -> Result<(Verdict, Option<Arc<KeySet>>), AuthError> {
        let inner = &*self.0;
        let judge = |set: Option<&KeySet>| {
            let keys = Keys {
                set,
                secret: inner.secret.as_ref(),
            };
            inner.policy.judge_and_read(token, keys, now)
        };
        let (verdict, set) = match hand {
            Hand::Keys(set) => (judge(set.as_deref()), set),
            // Whether the token takes a key at all is seen without one.
            #[cfg(feature = "fetch")]
            Hand::Empty => (judge(Some(&KeySet::default())), None),
        };
        #[cfg(feature = "fetch")]
        if let Source::Cache(cache) = &inner.set
            && let Some(missing) = verdict.missing_key()
        {
            let newer = match missing {
                MissingKey::Named(kid) => cache.keys_for(kid, now).await?,
                MissingKey::Any => cache.keys(now).await?,
            };
            return Ok((judge(Some(&newer)), Some(newer)));
        }
        Ok((verdict, set))
    }

    /// The keys that judge without waiting; where their time is over, a refresh begins behind.
    #[cfg_attr(
        not(feature = "fetch"),
        expect(unused_variables, reason = "keys that are given do not age")
    )]
    pub(crate) fn at_hand(&self, now: i64) -> Hand {
        match &self.0.set {
            Source::Nowhere => Hand::Keys(None),
            Source::Given(set) => Hand::Keys(Some(Arc::clone(set))),
            #[cfg(feature = "fetch")]
            Source::Cache(cache) => cache.at_hand(now).map_or(Hand::Empty, |set| Hand::Keys(Some(set))),
        }
    }

    /// Whether a token can be judged at `now` (Unix seconds) without waiting for keys.
    pub fn is_ready(&self, now: i64) -> bool {
        matches!(self.at_hand(now), Hand::Keys(_))
    }

    /// Fetches the keys now, and not with the first token that takes one; whoever has them already waits for nothing.
    ///
    /// # Errors
    /// As [`KeyCache::keys`].
    #[cfg(feature = "fetch")]
    pub async fn prepare(&self, now: i64) -> Result<(), AuthError> {
        match &self.0.set {
            #[cfg(feature = "fetch")]
            Source::Cache(cache) => cache.keys(now).await.map(drop),
            Source::Nowhere | Source::Given(_) => Ok(()),
        }
    }

    /// How far the clock may be off, in seconds.
    #[cfg(feature = "guard")]
    pub(crate) fn leeway(&self) -> i64 {
        self.0.policy.seconds_of_leeway()
    }

    /// What the cache of its key set has done so far; `None` where the set was given.
    #[cfg(feature = "fetch")]
    pub fn stats(&self) -> Option<KeyCacheStats> {
        match &self.0.set {
            Source::Cache(cache) => Some(cache.stats()),
            Source::Nowhere | Source::Given(_) => None,
        }
    }
}
