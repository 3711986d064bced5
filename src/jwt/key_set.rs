//! Key sets: from the text of a JWK Set (RFC 7517) to the public keys that can verify a token, each parsed once (rules T8
//! and T9).

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::algorithm::{Algorithm, PublicKey, RsaPublicKey};
use super::compact;
use super::json::{Json, Object};
use crate::error::{AuthError, ErrorCode};

/// The largest text of a key set, in bytes (rule T9).
pub(super) const MAX_SET: usize = 512 * 1024;

/// The most keys that a set may hold (rule T9).
pub(crate) const MAX_KEYS: usize = 100;

/// Members that only a private key has (RFC 7518 §6.3.2 and §6.4): a key that is published with them is compromised.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A parsed JWK Set: the keys that can verify a token, and why the others are ignored.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    usable: Vec<VerificationKey>,
    ignored: Vec<IgnoredKey>,
    pub(super) origin: KeySetOrigin,
}

/// Where a key set is from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KeySetOrigin {
    /// Its URL or file, as errors name it.
    pub name: Option<Arc<str>>,
    /// When it was fetched, in Unix seconds.
    pub fetched_at: Option<i64>,
    /// How many seconds the server's clock was ahead of this machine's when it was.
    pub clock_ahead: i64,
}

/// A key of a set that cannot verify tokens (rule T8; RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IgnoredKey {
    /// Its `kid`, where it has one.
    pub kid: Option<String>,
    /// Its position in the set, from 1.
    pub place: usize,
    /// Why it is ignored.
    pub reason: &'static str,
}

impl fmt::Display for IgnoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kid {
            Some(kid) => write!(f, "key `{kid}` is ignored: {}", self.reason),
            None => write!(f, "key {} of the set is ignored: {}", self.place, self.reason),
        }
    }
}

/// Why a text is not a key set (rule T9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidKeySet(String);

impl fmt::Display for InvalidKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidKeySet {}

impl KeySet {
    /// Reads a JWK Set: a JSON object with an array `keys` of at most 100 members, in at most 512 KiB.
    ///
    /// A key that cannot verify a supported algorithm is ignored and does not affect the others; [`Self::ignored`] says why.
    ///
    /// # Errors
    /// [`InvalidKeySet`] if the text is not a key set at all.
    ///
    /// ```
    /// let set = noesis::KeySet::parse(br#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#)?;
    /// assert!(set.is_empty());
    /// assert_eq!(set.ignored()[0].to_string(), "key 1 of the set is ignored: its `kty` is not `RSA`");
    /// # Ok::<(), noesis::InvalidKeySet>(())
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, InvalidKeySet> {
        let bad = |why: String| Err(InvalidKeySet(why));
        if text.len() > MAX_SET {
            return bad(format!("it is larger than {} KiB", MAX_SET / 1024));
        }
        let set = match Object::read_bytes(text) {
            Ok(set) => set,
            Err(error) => return bad(format!("it is not a JSON object{error}")),
        };
        let Some(Json::List(keys)) = set.get("keys") else {
            return bad("it has no array `keys`".into());
        };
        if keys.len() > MAX_KEYS {
            return bad(format!("it has more than {MAX_KEYS} keys"));
        }
        Ok(Self::read(keys))
    }

    /// Reads the JWK Set in a file; verdicts name the file.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] if the file cannot be read, or is not a key set.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, AuthError> {
        let name = path.as_ref().display().to_string();
        let bad = |why: String| {
            AuthError::new(
                ErrorCode::Config,
                format!("the key set in `{name}` cannot be used: {why}"),
            )
        };
        let mut text = Vec::new();
        // One byte more than the limit shows that it is too large; a device would never end.
        let read = File::open(&path).and_then(|file| file.take(MAX_SET as u64 + 1).read_to_end(&mut text));
        read.map_err(|e| bad(e.to_string()))?;
        let set = Self::parse(&text).map_err(|e| bad(e.to_string()))?;
        Ok(set.from(KeySetOrigin {
            name: Some(name.into()),
            ..KeySetOrigin::default()
        }))
    }

    fn read(keys: &[Json<'_>]) -> Self {
        let mut set = Self::default();
        let mut places = Vec::new();
        for (key, place) in keys.iter().zip(1..) {
            match VerificationKey::read(key) {
                Ok(key) => {
                    set.usable.push(key);
                    places.push(place);
                }
                Err(reason) => set.ignored.push(IgnoredKey {
                    kid: kid(key).map(str::to_owned),
                    place,
                    reason,
                }),
            }
        }
        set.ignore_duplicates(&places);
        set
    }

    /// Keys with the same `kid` are ambiguous, so none of them is used (rule T8).
    fn ignore_duplicates(&mut self, places: &[usize]) {
        let mut count: HashMap<Arc<str>, usize> = HashMap::new();
        for kid in self.usable.iter().filter_map(|key| key.kid.clone()) {
            *count.entry(kid).or_default() += 1;
        }
        let mut places = places.iter();
        self.usable.retain(|key| {
            let place = places.next().copied().unwrap_or_default();
            let is_unique = key.kid.as_ref().is_none_or(|kid| count.get(kid) == Some(&1));
            if !is_unique {
                self.ignored.push(IgnoredKey {
                    kid: key.kid.as_deref().map(str::to_owned),
                    place,
                    reason: "another key of the set has the same `kid`",
                });
            }
            is_unique
        });
    }

    /// How many keys can verify a token.
    pub fn len(&self) -> usize {
        self.usable.len()
    }

    /// Whether no key can verify a token.
    pub fn is_empty(&self) -> bool {
        self.usable.is_empty()
    }

    /// The `kid`s of the keys that can verify a token, in the set's order; `None` for a key without.
    pub fn kids(&self) -> impl Iterator<Item = Option<&str>> {
        self.usable.iter().map(|key| key.kid.as_deref())
    }

    /// The keys that are ignored, each with its reason (rule T8).
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// Whether a key of this name can verify a token.
    #[cfg(feature = "fetch")]
    pub(super) fn has(&self, kid: &str) -> bool {
        self.find(kid).is_some()
    }

    /// The key of this name.
    pub(super) fn find(&self, kid: &str) -> Option<&VerificationKey> {
        self.usable.iter().find(|key| key.kid.as_deref() == Some(kid))
    }

    /// The keys that verify an algorithm, in the set's order.
    pub(super) fn keys_for(&self, algorithm: Algorithm) -> impl Iterator<Item = &PublicKey> {
        let keys = self.usable.iter().map(VerificationKey::key);
        keys.filter(move |key| key.algorithm() == algorithm)
    }

    /// The set, and where it is from.
    pub(super) fn from(self, origin: KeySetOrigin) -> Self {
        Self { origin, ..self }
    }
}

/// The `kid` of a key, usable or not.
fn kid<'a>(key: &'a Json<'_>) -> Option<&'a str> {
    match key {
        Json::Object(key) => key.text("kid"),
        _ => None,
    }
}

/// A public key of a set, with its name.
#[derive(Debug, Clone)]
pub(super) struct VerificationKey {
    kid: Option<Arc<str>>,
    key: PublicKey,
}

impl VerificationKey {
    /// Reads a JWK, as rule T8 has it.
    fn read(jwk: &Json<'_>) -> Result<Self, &'static str> {
        let Json::Object(jwk) = jwk else {
            return Err("it is not a JSON object");
        };
        match jwk.text("kty") {
            Some("RSA") => Ok(Self {
                kid: parameters(jwk, Algorithm::Rs256)?,
                key: PublicKey::Rsa(rsa(jwk)?),
            }),
            _ => Err("its `kty` is not `RSA`"),
        }
    }

    pub fn kid(&self) -> Option<&Arc<str>> {
        self.kid.as_ref()
    }

    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// Checks the parameters that keys of all types have (RFC 7517 §4), for a key that is to verify an algorithm; the `kid`.
fn parameters(jwk: &Object<'_>, algorithm: Algorithm) -> Result<Option<Arc<str>>, &'static str> {
    if PRIVATE.iter().any(|member| jwk.has(member)) {
        return Err("it holds members of a private key");
    }
    let kid = match jwk.get("kid") {
        None => None,
        Some(Json::Text(kid)) => Some(Arc::from(&**kid)),
        Some(_) => return Err("its `kid` is not a string"),
    };
    if jwk.has("use") && jwk.text("use") != Some("sig") {
        return Err("its `use` is not `sig`");
    }
    if jwk.has("alg") && jwk.text("alg") != Some(algorithm.as_str()) {
        return Err(algorithm.other_alg());
    }
    if let Some(operations) = jwk.get("key_ops")
        && !may_verify(operations)
    {
        return Err("its `key_ops` is not an array of distinct strings that contains `verify`");
    }
    Ok(kid)
}

/// Whether `key_ops` allows verification (RFC 7517 §4.3).
fn may_verify(operations: &Json<'_>) -> bool {
    let Json::List(operations) = operations else {
        return false;
    };
    let mut seen = Vec::new();
    for operation in operations {
        match operation {
            Json::Text(operation) if !seen.contains(&operation) => seen.push(operation),
            _ => return false,
        }
    }
    seen.iter().any(|operation| *operation == "verify")
}

/// The parameters of an RSA public key (RFC 7518 §6.3.1).
fn rsa(jwk: &Object<'_>) -> Result<RsaPublicKey, &'static str> {
    let number = |name: &str| -> Option<Vec<u8>> { compact::bytes("", jwk.text(name)?).ok() };
    let n = number("n").ok_or("its `n` is not base64url")?;
    let e = number("e").ok_or("its `e` is not base64url")?;
    RsaPublicKey::new(n, e)
}

#[cfg(test)]
mod tests {
    use super::super::algorithm::HmacSecret;
    use super::super::rfc_tokens::{self, Published};
    use super::*;

    /// The payloads of these tokens are prose, so no verdict gets as far as their signatures.
    #[test]
    fn t11_the_signatures_that_rfc_7520_prints_verify_with_their_own_keys_only() {
        let (rsa, hmac) = (rfc_tokens::of("RFC 7520 4.1"), rfc_tokens::of("RFC 7520 4.4"));
        let parts = |vector: &Published| {
            let (signed, signature) = vector.token.rsplit_once('.').unwrap();
            let signature = compact::bytes("signature", signature).unwrap();
            (signed.as_bytes().to_vec(), signature)
        };
        let set = KeySet::parse(format!(r#"{{"keys":[{}]}}"#, rsa.jwk).as_bytes()).unwrap();
        let key = set.find("bilbo.baggins@hobbiton.example").unwrap();
        let secret: serde_json::Value = serde_json::from_str(hmac.jwk).unwrap();
        let secret = compact::bytes("", secret["k"].as_str().unwrap()).unwrap();
        let secret = HmacSecret::new(&secret).unwrap();
        let (rsa, hmac) = (parts(rsa), parts(hmac));
        assert!(key.key().verifies(&rsa.0, &rsa.1) && secret.verifies(&hmac.0, &hmac.1));
        assert!(!key.key().verifies(&hmac.0, &rsa.1) && !secret.verifies(&rsa.0, &hmac.1));
    }
}
