//! The signing key: made when the sandbox starts, on a thread of its own, and published as a JWK set.
//!
//! Making an RSA key takes a tenth of a second or more, which the first page must not wait for. What needs the key does.

use std::sync::Arc;

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use tokio::sync::{OnceCell, watch};

use super::digest::{base64url, sha256};
use super::oauth_error::OAuthError;
use super::state::{App, Claims};
use super::stats;

/// The key, now or in a moment; and another that nobody published, made when it is first asked for.
pub(super) struct Keys {
    making: watch::Sender<Making>,
    stranger: OnceCell<SigningKey>,
}

#[derive(Clone)]
enum Making {
    UnderWay,
    Failed,
    Ready(Arc<SigningKey>),
}

impl Keys {
    /// Begins to make a key.
    pub(super) fn start() -> Self {
        let making = watch::Sender::new(Making::UnderWay);
        let done = making.clone();
        tokio::task::spawn_blocking(move || {
            let made = SigningKey::generate().map_or(Making::Failed, |key| Making::Ready(Arc::new(key)));
            done.send_replace(made);
        });
        Self::from(making)
    }

    /// A key that is never done, and the means to say that it failed.
    #[cfg(test)]
    pub(super) fn under_way() -> (Self, impl FnOnce()) {
        let making = watch::Sender::new(Making::UnderWay);
        let done = making.clone();
        (Self::from(making), move || drop(done.send_replace(Making::Failed)))
    }

    /// The key, waiting for it where it is still being made.
    pub(super) async fn ready(&self) -> Result<Arc<SigningKey>, OAuthError> {
        let mut receiver = self.making.subscribe();
        let made = receiver.wait_for(|making| !matches!(making, Making::UnderWay)).await;
        match made.as_deref() {
            Ok(Making::Ready(key)) => Ok(Arc::clone(key)),
            _ => Err(OAuthError::server_error()),
        }
    }

    /// A new key in the place of the one there is, which is published no longer.
    pub(super) async fn rotate(&self) -> Result<(), OAuthError> {
        // The first key must not come after this one and take its place.
        self.ready().await?;
        let key = another().await?;
        self.making.send_replace(Making::Ready(Arc::new(key)));
        Ok(())
    }

    /// A key that nobody published.
    pub(super) async fn stranger(&self) -> Result<&SigningKey, OAuthError> {
        self.stranger.get_or_try_init(another).await
    }

    /// Done when there will never be a key; otherwise never.
    pub(super) async fn failed(&self) {
        if self.ready().await.is_ok() {
            std::future::pending::<()>().await;
        }
    }
}

async fn another() -> Result<SigningKey, OAuthError> {
    let made = tokio::task::spawn_blocking(SigningKey::generate).await;
    made.ok().flatten().ok_or_else(OAuthError::server_error)
}

impl From<watch::Sender<Making>> for Keys {
    fn from(making: watch::Sender<Making>) -> Self {
        Self {
            making,
            stranger: OnceCell::new(),
        }
    }
}

/// An RSA-2048 key under the name that RFC 7638 gives it.
pub(super) struct SigningKey {
    pair: RsaKeyPair,
    kid: String,
    jwk: Value,
}

impl SigningKey {
    fn generate() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        let (n, e) = public_numbers(pair.public_key().as_ref())?;
        let (n, e) = (base64url(n), base64url(e));
        // RFC 7638 §3: the required members, in lexicographic order, without white space.
        let kid = base64url(&sha256(format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes()));
        let jwk = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e });
        Some(Self { pair, kid, jwk })
    }

    /// The name that the key is published under.
    pub(super) fn kid(&self) -> &str {
        &self.kid
    }

    /// A JWT in compact form (RFC 7515 §3.1), RS256.
    pub(super) fn sign(&self, claims: &Claims) -> Result<String, OAuthError> {
        self.sign_as(&json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid }), claims)
    }

    /// The same under a header of any content.
    pub(super) fn sign_as(&self, header: &Value, claims: &impl serde::Serialize) -> Result<String, OAuthError> {
        let claims = serde_json::to_vec(claims).map_err(|_| OAuthError::server_error())?;
        let signed = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(&claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature)?;
        Ok(format!("{signed}.{}", base64url(&signature)))
    }
}

/// `GET /.well-known/jwks.json` (RFC 7517 §5).
pub(super) async fn jwks(State(app): State<Arc<App>>) -> Result<Json<Value>, OAuthError> {
    app.lock().stats.count(stats::JWKS);
    let key = app.keys.ready().await?;
    Ok(Json(json!({ "keys": [key.jwk] })))
}

/// Modulus and exponent of a DER `RSAPublicKey` (RFC 8017 §A.1.1): a sequence of two integers, without their sign bytes.
fn public_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, rest) = der_value(0x30, der)?;
    let (n, after_n) = der_value(0x02, sequence)?;
    let (e, after_e) = der_value(0x02, after_n)?;
    let unsigned = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    let (n, e) = (n.get(unsigned(n)..)?, e.get(unsigned(e)..)?);
    (rest.is_empty() && after_e.is_empty()).then_some((n, e))
}

/// The content of the DER value at the head of `der`, which must have this tag, and what follows it.
fn der_value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (length, rest) = if *short < 0x80 {
        (usize::from(*short), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |length, byte| {
            Some(length.checked_mul(256)? + usize::from(*byte))
        })?;
        (length, rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_numbers_are_read_from_der_without_their_sign_byte() {
        let der = [0x30, 0x09, 0x02, 0x02, 0x00, 0xc3, 0x02, 0x03, 0x01, 0x00, 0x01];
        assert_eq!(public_numbers(&der), Some((&[0xc3][..], &[1, 0, 1][..])));
    }

    #[test]
    fn der_that_is_cut_off_or_something_else_has_no_numbers() {
        let der = [0x30, 0x09, 0x02, 0x02, 0x00, 0xc3, 0x02, 0x03, 0x01, 0x00, 0x01];
        for length in 0..der.len() {
            assert_eq!(public_numbers(&der[..length]), None, "{length} bytes");
        }
        assert_eq!(public_numbers(&[0x31, 0x00]), None);
        assert_eq!(
            public_numbers(&[0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            None
        );
    }
}
