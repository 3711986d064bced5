//! Verification: every rule T1 to T15 with tokens that meet it and tokens that violate it, and the key cache, K1 to K6.

mod cache;
mod disk_cache;
mod key_sets;
mod properties;
#[path = "../../../src/jwt/rfc_tokens.rs"]
mod rfc_tokens;
mod second_verifier;
mod tokens;
mod validator;
mod vectors;

use std::sync::OnceLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{HmacSecret, KeySet, Keys, Policy, Verdict};
use serde_json::{Value, json};

/// The moment that the tokens here are verified at.
pub const NOW: i64 = 1_782_208_800;

/// The secret of the HS256 tokens here.
pub const SECRET: &[u8] = b"a secret of more than thirty-two bytes";

/// The key that RS256 tokens are signed with, made once a run: it takes a quarter of a second.
fn pair() -> &'static KeyPair {
    static PAIR: OnceLock<KeyPair> = OnceLock::new();
    PAIR.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

/// The modulus of a 2048-bit key, which stands always at the same place of its DER form (RFC 8017 §A.1.1).
pub fn modulus(pair: &KeyPair) -> Vec<u8> {
    let der = pair.public_key().as_ref();
    assert!(der.len() == 270 && der.ends_with(&[1, 0, 1]));
    der[9..265].to_vec()
}

/// The public key as a JWK, with the members of `with` in it, and without those that are `null` there.
pub fn jwk(with: Value) -> Value {
    let mut jwk = json!({
        "kty": "RSA", "kid": "2026-01", "use": "sig", "alg": "RS256", "n": BASE64.encode(modulus(pair())), "e": "AQAB",
    });
    for (name, value) in with.as_object().unwrap() {
        match value {
            Value::Null => jwk.as_object_mut().unwrap().shift_remove(name),
            value => jwk.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    jwk
}

/// The text of a key set.
pub fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A signature over what a token's first two parts are.
pub fn sign(signed: &str) -> String {
    let mut signature = vec![0; pair().public_modulus_len()];
    pair()
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .unwrap();
    BASE64.encode(signature)
}

/// A token of these texts, signed with RS256 whatever its header says.
pub fn rs256(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = sign(&signed);
    format!("{signed}.{signature}")
}

/// A token of these texts, signed with HS256 and any secret.
pub fn hs256(secret: &[u8], header: &str, claims: &str) -> String {
    hs256_bytes(secret, header.as_bytes(), claims.as_bytes())
}

/// The same of bytes that may be no text.
pub fn hs256_bytes(secret: &[u8], header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = BASE64.encode(hmac::sign(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// The header of a valid token.
pub const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"2026-01"}"#;

/// The claims of a valid token, with these added.
pub fn claims(with: Value) -> String {
    let mut claims = json!({"sub": "ada", "iat": NOW - 60, "exp": NOW + 900});
    for (name, value) in with.as_object().unwrap() {
        claims.as_object_mut().unwrap().insert(name.clone(), value.clone());
    }
    claims.to_string()
}

/// Verifies with the right key and the secret.
pub fn verify(policy: &Policy, token: &str) -> Verdict {
    let set = KeySet::parse(set(&[jwk(json!({}))]).as_bytes()).unwrap();
    let secret = HmacSecret::new(SECRET).unwrap();
    let keys = Keys {
        set: Some(&set),
        secret: Some(&secret),
    };
    policy.verify(token, keys, NOW)
}

/// The name of the check that fails first, and its detail; nothing if the token is valid.
pub fn failure(verdict: &Verdict) -> Option<(&'static str, String)> {
    let failed = verdict.failed()?;
    Some((failed.name.as_str(), failed.detail().into_owned()))
}

/// Asserts that a token is valid.
#[track_caller]
pub fn accepted(token: &str) {
    let verdict = verify(&Policy::new(), token);
    assert_eq!(failure(&verdict), None, "{token}");
    assert!(verdict.is_valid() && verdict.verified().is_some());
}

/// Asserts that a token fails this check first, and gives nothing away.
#[track_caller]
pub fn refused(token: &str, check: &str) -> String {
    let verdict = verify(&Policy::new(), token);
    let (name, words) = failure(&verdict).unwrap_or_else(|| panic!("it was accepted: {token}"));
    assert_eq!(name, check, "{words}: {token}");
    assert!(!verdict.is_valid() && verdict.verified().is_none());
    words
}
