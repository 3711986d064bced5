//! Where public keys are from: nowhere, a key set that does not change, a file, or a URL whose key set is cached. It is the
//! one type for everything that verifies tokens: the validator, `noesis verify` with and without `--batch`, the guard and
//! the doctor.

use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "fetch")]
use super::cache::{KeyCache, KeyCacheStats};
use super::key_set::KeySet;
#[cfg(feature = "fetch")]
use super::verdict::MissingKey;
use crate::error::AuthError;

/// A source of public keys. A clone is the same source.
///
/// ```
/// # fn example() -> Result<(), noesis::AuthError> {
/// use noesis::{JwtValidator, KeySource};
///
/// let keys = KeySource::file("keys.json")?;
/// let validator = JwtValidator::builder().key_source(keys).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum KeySource {
    /// No public keys: only tokens that are signed with a shared secret can be verified.
    #[default]
    None,
    /// A key set that does not change.
    Fixed(Arc<KeySet>),
    /// A key set that was read from a file.
    File(KeyFile),
    /// The key set of a URL, fetched when it is needed and cached.
    #[cfg(feature = "fetch")]
    Url(KeyCache),
}

/// A file with a key set, and the set that was read from it.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
    set: Arc<KeySet>,
}

impl KeyFile {
    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key set.
    pub fn key_set(&self) -> &KeySet {
        &self.set
    }
}

/// The keys that can be used at once.
#[derive(Debug, Clone)]
pub(crate) enum AvailableKeys {
    /// The key set; `None` where the source has none.
    Ready(Option<Arc<KeySet>>),
    /// The key set has to be fetched first.
    #[cfg(feature = "fetch")]
    FetchRequired,
}

impl KeySource {
    /// Reads the JWK Set in a file.
    ///
    /// # Errors
    /// As [`KeySet::from_file`].
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, AuthError> {
        let path = path.into();
        let set = Arc::new(KeySet::from_file(&path)?);
        Ok(Self::File(KeyFile { path, set }))
    }

    /// The source with its keys renewed: a file is read again; a cached key set counts as expired, and is used until it is
    /// fetched again, which begins with the next use.
    ///
    /// # Errors
    /// As [`Self::file`]. The source itself is unchanged then.
    pub fn reload(&self) -> Result<Self, AuthError> {
        match self {
            Self::None | Self::Fixed(_) => Ok(self.clone()),
            Self::File(file) => Self::file(&file.path),
            #[cfg(feature = "fetch")]
            Self::Url(cache) => {
                cache.expire();
                Ok(self.clone())
            }
        }
    }

    /// Whether keys may have to be fetched before they can be used.
    pub fn is_fetched(&self) -> bool {
        match self {
            Self::None | Self::Fixed(_) | Self::File(_) => false,
            #[cfg(feature = "fetch")]
            Self::Url(_) => true,
        }
    }

    /// The keys that can be used without waiting. A cached key set that is past its time to live is refreshed in the
    /// background.
    #[cfg_attr(
        not(feature = "fetch"),
        expect(unused_variables, reason = "only fetched keys have an age")
    )]
    pub(crate) fn available(&self, now: i64) -> AvailableKeys {
        match self {
            Self::None => AvailableKeys::Ready(None),
            Self::Fixed(set) => AvailableKeys::Ready(Some(Arc::clone(set))),
            Self::File(file) => AvailableKeys::Ready(Some(Arc::clone(&file.set))),
            #[cfg(feature = "fetch")]
            Self::Url(cache) => match cache.available(now) {
                Some(set) => AvailableKeys::Ready(Some(set)),
                None => AvailableKeys::FetchRequired,
            },
        }
    }

    /// The key set to use at `now` (Unix seconds), fetched first where that is required; `None` where the source has none.
    ///
    /// # Errors
    /// As [`KeyCache::keys`].
    #[cfg(feature = "fetch")]
    pub async fn keys(&self, now: i64) -> Result<Option<Arc<KeySet>>, AuthError> {
        match self {
            Self::Url(cache) => cache.keys(now).await.map(Some),
            Self::None => Ok(None),
            Self::Fixed(set) => Ok(Some(Arc::clone(set))),
            Self::File(file) => Ok(Some(Arc::clone(&file.set))),
        }
    }

    /// The key set to use for a token that needs a key that its set lacked, fetched again where the cache's limits allow it
    /// (rule T7); `None` where the source does not fetch.
    #[cfg(feature = "fetch")]
    pub(crate) async fn keys_for(&self, missing: MissingKey<'_>, now: i64) -> Result<Option<Arc<KeySet>>, AuthError> {
        match (self, missing) {
            (Self::Url(cache), MissingKey::Named(kid)) => cache.keys_for(kid, now).await.map(Some),
            (Self::Url(cache), MissingKey::Any) => cache.keys(now).await.map(Some),
            (Self::None | Self::Fixed(_) | Self::File(_), _) => Ok(None),
        }
    }

    /// The key set that was used last, without a fetch and whatever its age.
    #[cfg(feature = "cli")]
    pub(crate) fn current(&self) -> Option<Arc<KeySet>> {
        match self {
            Self::None => None,
            Self::Fixed(set) => Some(Arc::clone(set)),
            Self::File(file) => Some(Arc::clone(&file.set)),
            Self::Url(cache) => cache.current(),
        }
    }

    /// Why the last fetch failed, where it did: a key set that is used since is an old one.
    #[cfg(feature = "fetch")]
    pub fn last_failure(&self) -> Option<AuthError> {
        match self {
            Self::Url(cache) => cache.last_failure(),
            Self::None | Self::Fixed(_) | Self::File(_) => None,
        }
    }

    /// The counters of the cache; `None` where there is none.
    #[cfg(feature = "fetch")]
    pub(super) fn stats(&self) -> Option<KeyCacheStats> {
        match self {
            Self::Url(cache) => Some(cache.stats()),
            Self::None | Self::Fixed(_) | Self::File(_) => None,
        }
    }
}

impl From<KeySet> for KeySource {
    fn from(set: KeySet) -> Self {
        Self::Fixed(Arc::new(set))
    }
}

#[cfg(feature = "fetch")]
impl From<KeyCache> for KeySource {
    fn from(cache: KeyCache) -> Self {
        Self::Url(cache)
    }
}
