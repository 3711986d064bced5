//! The signing key: generated on a blocking thread when the sandbox starts, and published as a JWK set.
//!
//! Generating an RSA key takes a tenth of a second or more. The first page does not wait for it; what signs or publishes
//! the key does. Signatures, JWK and `kid` are made by the crate `jsonwebtoken`, which shares no code with the library
//! that verifies them, so that a mistake in one cannot be hidden by the same mistake in the other.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use tokio::sync::{OnceCell, watch};

use super::oauth_error::OAuthError;

/// The secret that a sandbox signs HS256 tokens with: 42 bytes of ASCII, known to everybody.
pub const HS256_SECRET: &str = "noesis-sandbox-hs256-secret-for-tests-only";
/// Signs HS256 tokens that must not verify.
const UNPUBLISHED_SECRET: &str = "an-hs256-secret-that-is-never-published-anywhere";

/// The published key, perhaps still being generated, and a second key that is never published.
pub(super) struct SigningKeys {
    generation: watch::Sender<KeyGeneration>,
    unpublished: OnceCell<SigningKey>,
}

#[derive(Clone)]
enum KeyGeneration {
    Pending,
    Failed,
    Ready(Arc<SigningKey>),
}

impl SigningKeys {
    /// Starts to generate a key. Needs a Tokio runtime.
    pub(super) fn start() -> Self {
        let generation = watch::Sender::new(KeyGeneration::Pending);
        let done = generation.clone();
        tokio::task::spawn_blocking(move || {
            let key = SigningKey::generate().map(Arc::new);
            done.send_replace(key.map_or(KeyGeneration::Failed, KeyGeneration::Ready));
        });
        Self::from(generation)
    }

    /// SigningKeys whose generation stays pending, and a function that makes it fail.
    #[cfg(test)]
    pub(super) fn pending() -> (Self, impl FnOnce()) {
        let generation = watch::Sender::new(KeyGeneration::Pending);
        let done = generation.clone();
        (Self::from(generation), move || {
            drop(done.send_replace(KeyGeneration::Failed));
        })
    }

    /// The published key, once it is generated.
    pub(super) async fn ready(&self) -> Result<Arc<SigningKey>, OAuthError> {
        let mut receiver = self.generation.subscribe();
        let generation = receiver
            .wait_for(|state| !matches!(state, KeyGeneration::Pending))
            .await;
        match generation.as_deref() {
            Ok(KeyGeneration::Ready(key)) => Ok(Arc::clone(key)),
            _ => Err(OAuthError::server_error()),
        }
    }

    /// Replaces the published key with a new one.
    pub(super) async fn rotate(&self) -> Result<(), OAuthError> {
        // Otherwise the first key could finish later and replace this one.
        self.ready().await?;
        let key = generate_blocking().await?;
        self.generation.send_replace(KeyGeneration::Ready(Arc::new(key)));
        Ok(())
    }

    /// A key that is not in the key set, generated at its first use.
    pub(super) async fn unpublished_key(&self) -> Result<&SigningKey, OAuthError> {
        self.unpublished.get_or_try_init(generate_blocking).await
    }

    /// Completes if key generation failed; otherwise never.
    pub(super) async fn failed(&self) {
        if self.ready().await.is_ok() {
            std::future::pending::<()>().await;
        }
    }
}

impl From<watch::Sender<KeyGeneration>> for SigningKeys {
    fn from(generation: watch::Sender<KeyGeneration>) -> Self {
        Self {
            generation,
            unpublished: OnceCell::new(),
        }
    }
}

async fn generate_blocking() -> Result<SigningKey, OAuthError> {
    let generated = tokio::task::spawn_blocking(SigningKey::generate).await;
    generated.ok().flatten().ok_or_else(OAuthError::server_error)
}

/// An RSA-2048 key whose `kid` is its thumbprint (RFC 7638).
pub(super) struct SigningKey {
    key: EncodingKey,
    kid: String,
    jwk: Jwk,
}

impl SigningKey {
    fn generate() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        // jsonwebtoken reads PKCS #1, which is the private key inside the PKCS #8 that aws-lc-rs writes.
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
        let pkcs8 = pkcs8::PrivateKeyInfoRef::try_from(pkcs8.as_ref()).ok()?;
        let key = EncodingKey::from_rsa_der(pkcs8.private_key.as_bytes());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).ok()?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        jwk.common.key_id = Some(kid.clone());
        Some(Self { key, kid, jwk })
    }

    /// The `kid` of the published JWK.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key, as the key set has it (RFC 7517 §4).
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// A JWT in compact form (RFC 7515 §3.1), RS256, with this key's `kid`.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, OAuthError> {
        self.sign_with_kid(&self.kid, claims)
    }

    /// The same with any `kid`.
    pub(super) fn sign_with_kid(&self, kid: &str, claims: &impl Serialize) -> Result<String, OAuthError> {
        Ok(jsonwebtoken::encode(
            &header(Algorithm::RS256, Some(kid)),
            claims,
            &self.key,
        )?)
    }
}

/// A JOSE header with `typ`, `alg` and perhaps a `kid`.
pub(super) fn header(algorithm: Algorithm, kid: Option<&str>) -> Header {
    Header {
        kid: kid.map(str::to_owned),
        ..Header::new(algorithm)
    }
}

/// A JWT signed with [`HS256_SECRET`], or else with a secret that is not published.
pub(super) fn sign_hs256(header: &Header, claims: &impl Serialize, published: bool) -> Result<String, OAuthError> {
    let secret = if published { HS256_SECRET } else { UNPUBLISHED_SECRET };
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(header, claims, &key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_has_its_thumbprint_as_its_kid_and_no_private_member() {
        let key = SigningKey::generate().unwrap();
        let jwk = serde_json::to_value(key.jwk()).unwrap();
        let required = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{}"}}"#, jwk["n"].as_str().unwrap());
        let thumbprint = super::super::digest::base64url(&super::super::digest::sha256(required.as_bytes()));
        assert_eq!(
            (key.kid(), jwk["kid"].as_str()),
            (thumbprint.as_str(), Some(thumbprint.as_str()))
        );
        let mut members: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    }
}
