//! Builds a [`JwtValidator`]: collects its options, and refuses those that contradict each other or would have no effect.

use std::path::PathBuf;
use std::time::Duration;

use super::algorithm::{HmacSecret, SecretTooShort};
#[cfg(feature = "fetch")]
use super::cache::{KeyCache, KeyCacheBuilder};
use super::key_set::KeySet;
use super::key_source::KeySource;
use super::policy::Policy;
use super::validator::JwtValidator;
use crate::error::{AuthError, ErrorCode};
use crate::secret::Secret;

/// Builds a [`JwtValidator`].
#[derive(Debug, Default)]
pub struct JwtValidatorBuilder {
    policy: Policy,
    sources: Vec<Requested>,
    secret: Option<Result<HmacSecret, SecretTooShort>>,
    #[cfg(feature = "fetch")]
    ttl: Option<Duration>,
    #[cfg(feature = "fetch")]
    timeout: Option<Duration>,
    #[cfg(feature = "fetch")]
    ca_pem: Vec<Vec<u8>>,
    #[cfg(feature = "fetch")]
    environment_proxy: Option<bool>,
}

/// A key source that was chosen, to be opened by `build`.
#[derive(Debug)]
enum Requested {
    #[cfg(feature = "fetch")]
    Url(String),
    File(PathBuf),
    Given(KeySource),
}

impl JwtValidator {
    /// Begins to build a validator.
    pub fn builder() -> JwtValidatorBuilder {
        JwtValidatorBuilder::default()
    }
}

impl JwtValidatorBuilder {
    /// Verifies with the key set at a URL, fetched when it is needed and cached for 6 hours.
    #[cfg(feature = "fetch")]
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.sources.push(Requested::Url(url.into()));
        self
    }

    /// Verifies with the key set in a file, read when the validator is built.
    pub fn jwks_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.push(Requested::File(path.into()));
        self
    }

    /// Verifies with a key set.
    pub fn key_set(self, set: KeySet) -> Self {
        self.key_source(set)
    }

    /// Verifies with the key set of a cache, which may be shared. Its time to live, time-out and certificates are set on
    /// its own builder.
    #[cfg(feature = "fetch")]
    pub fn cache(self, cache: KeyCache) -> Self {
        self.key_source(cache)
    }

    /// Verifies with the keys of a source.
    pub fn key_source(mut self, source: impl Into<KeySource>) -> Self {
        self.sources.push(Requested::Given(source.into()));
        self
    }

    /// Verifies HS256 with a shared secret of at least 32 bytes (rule T10).
    pub fn hs256_secret(mut self, secret: Secret) -> Self {
        self.secret = Some(HmacSecret::try_from(&secret));
        self
    }

    /// Verifies HS256 with a shared secret whose length was checked before.
    pub fn hmac_secret(mut self, secret: HmacSecret) -> Self {
        self.secret = Some(Ok(secret));
        self
    }

    /// The time to live of the key set at [`jwks_url`](Self::jwks_url); 6 hours by default.
    #[cfg(feature = "fetch")]
    pub fn cache_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The time-out of one fetch from [`jwks_url`](Self::jwks_url); 10 seconds by default.
    #[cfg(feature = "fetch")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Trusts the certificates in a PEM file in addition to the system's when it fetches from
    /// [`jwks_url`](Self::jwks_url).
    #[cfg(feature = "fetch")]
    pub fn ca_cert_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem.push(pem.into());
        self
    }

    /// Whether the key set at [`jwks_url`](Self::jwks_url) is fetched through the proxy that the environment names; off by
    /// default. See [`AuthClientBuilder::environment_proxy`](crate::AuthClientBuilder::environment_proxy).
    #[cfg(feature = "fetch")]
    pub fn environment_proxy(mut self, on: bool) -> Self {
        self.environment_proxy = Some(on);
        self
    }

    /// Verifies against a policy; the calls below change it.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How far this machine's clock may be off; 30 seconds by default.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy = self.policy.leeway(leeway);
        self
    }

    /// The issuer that is required in `iss`.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.policy = self.policy.issuer(issuer);
        self
    }

    /// The audience that is required in `aud`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.policy = self.policy.audience(audience);
        self
    }

    /// Builds the validator; nothing is fetched yet.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where there is nothing to verify with or more than one key source, where an option would have
    /// no effect, where a secret is too short, and where a URL or file cannot be used.
    pub fn build(mut self) -> Result<JwtValidator, AuthError> {
        #[cfg(feature = "fetch")]
        self.refuse_options_without_effect()?;
        let secret = self
            .secret
            .take()
            .transpose()
            .map_err(|short| config(short.to_string()))?;
        let requested = self.sources.pop();
        if !self.sources.is_empty() {
            return Err(config("a validator has one key set, and more were given"));
        }
        let source = match requested {
            #[cfg(feature = "fetch")]
            Some(Requested::Url(url)) => KeySource::Url(self.key_cache(url).build()?),
            Some(Requested::File(path)) => KeySource::file(path)?,
            Some(Requested::Given(source)) => source,
            None => KeySource::None,
        };
        if matches!(source, KeySource::None) && secret.is_none() {
            return Err(config(
                "there is nothing to verify with: neither a key set nor a secret",
            ));
        }
        Ok(JwtValidator::new(self.policy, source, secret))
    }

    /// The options of a fetch have no effect on keys that are given; a caller who sets one expects it to have one.
    #[cfg(feature = "fetch")]
    fn refuse_options_without_effect(&self) -> Result<(), AuthError> {
        if self.sources.iter().any(|source| matches!(source, Requested::Url(_))) {
            return Ok(());
        }
        let is_cached = |source: &Requested| matches!(source, Requested::Given(KeySource::Url(_)));
        let why = match self.sources.iter().any(is_cached) {
            true => "on a key cache that is given: set it on the builder of the cache",
            false => "without `jwks_url`",
        };
        let options = [
            ("cache_ttl", self.ttl.is_some()),
            ("timeout", self.timeout.is_some()),
            ("ca_cert_pem", !self.ca_pem.is_empty()),
            ("environment_proxy", self.environment_proxy.is_some()),
        ];
        match options.into_iter().find(|(_, is_set)| *is_set) {
            Some((name, _)) => Err(config(format!("the option `{name}` has no effect {why}"))),
            None => Ok(()),
        }
    }

    #[cfg(feature = "fetch")]
    fn key_cache(&mut self, url: String) -> KeyCacheBuilder {
        let mut cache = KeyCache::builder(url);
        if let Some(ttl) = self.ttl {
            cache = cache.ttl(ttl);
        }
        if let Some(timeout) = self.timeout {
            cache = cache.timeout(timeout);
        }
        if let Some(on) = self.environment_proxy {
            cache = cache.environment_proxy(on);
        }
        std::mem::take(&mut self.ca_pem)
            .into_iter()
            .fold(cache, KeyCacheBuilder::ca_cert_pem)
    }
}

fn config(message: impl Into<String>) -> AuthError {
    AuthError::new(ErrorCode::Config, message)
}
