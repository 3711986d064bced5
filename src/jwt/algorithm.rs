//! The algorithms that a token may be signed with, and how a signature of each is verified (rule T4). This file is the one
//! list of them: its names, what key each takes, and the keys themselves.
//!
//! A public key is a [`PublicKey`] and the HS256 secret is an [`HmacSecret`], two types that are built from different
//! bytes by different functions. So a public key cannot be used as an HMAC secret, whatever a token's header asks for: the
//! HMAC code takes no such argument.
//!
//! A key verifies one algorithm only, and a token is verified only with keys of the algorithm in its header.
//! `docs/architecture.md` says how to add an algorithm.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use crate::secret::Secret;

/// The shortest HS256 secret, in bytes (rule T10; RFC 7518 §3.2).
const MIN_SECRET: usize = 32;

/// A supported algorithm (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// HMAC with SHA-256.
    Hs256,
}

/// What an algorithm verifies signatures with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFamily {
    /// A public key of a key set.
    PublicKey,
    /// The shared secret.
    SharedSecret,
}

/// What the rest of the module has to know of an algorithm.
struct Properties {
    /// The value of `alg`.
    name: &'static str,
    family: KeyFamily,
    /// What the check of the signature says when it passes: a batch writes it for every token, so it is not composed.
    verified: &'static str,
    /// Why a key whose `alg` names another algorithm is ignored.
    other_alg: &'static str,
}

impl Algorithm {
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Hs256];

    const fn properties(self) -> &'static Properties {
        match self {
            Self::Rs256 => &Properties {
                name: "RS256",
                family: KeyFamily::PublicKey,
                verified: "RS256 signature verified",
                other_alg: "its `alg` is not `RS256`",
            },
            Self::Hs256 => &Properties {
                name: "HS256",
                family: KeyFamily::SharedSecret,
                verified: "HS256 signature verified",
                other_alg: "its `alg` is not `HS256`",
            },
        }
    }

    /// The algorithm of this name, which is case-sensitive (RFC 7515 §4.1.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        self.properties().name
    }

    pub const fn family(self) -> KeyFamily {
        self.properties().family
    }

    pub const fn verified(self) -> &'static str {
        self.properties().verified
    }

    pub const fn other_alg(self) -> &'static str {
        self.properties().other_alg
    }
}

/// A public key, parsed once. It verifies signatures of one algorithm.
#[derive(Debug, Clone)]
pub(super) enum PublicKey {
    Rsa(RsaPublicKey),
}

impl PublicKey {
    /// The only algorithm that the key verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
        }
    }

    /// The length of every signature made with the key, in bytes.
    pub fn signature_len(&self) -> usize {
        match self {
            Self::Rsa(key) => key.modulus_len,
        }
    }

    /// Whether a signature over these bytes was made with this key (rule T11).
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => key.verifies(signed, signature),
        }
    }

    /// The kind of key, for the verdict.
    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa(key) => KeyKind::Rsa {
                bits: key.modulus_len * 8,
            },
        }
    }
}

/// The kind of a public key and its size.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyKind {
    Rsa { bits: usize },
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA with {bits} bits"),
        }
    }
}

/// An RSA public key of 2048 to 8192 bits, for RS256.
#[derive(Clone)]
pub(super) struct RsaPublicKey {
    key: ParsedPublicKey,
    /// In bytes.
    modulus_len: usize,
}

impl RsaPublicKey {
    /// Makes a key of its modulus and exponent, both big-endian without leading zeros (RFC 7518 §6.3.1; rule T8).
    pub fn new(n: Vec<u8>, e: Vec<u8>) -> Result<Self, &'static str> {
        check_modulus(&n)?;
        check_exponent(&e)?;
        let modulus_len = n.len();
        let key = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| "its `n` and `e` are not a valid RSA key")?;
        Ok(Self { key, modulus_len })
    }

    /// PKCS #1 v1.5 with SHA-256 (RFC 7518 §3.3); the signature is as long as the modulus.
    fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.modulus_len && self.key.verify_sig(signed, signature).is_ok()
    }
}

impl fmt::Debug for RsaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaPublicKey")
            .field("bits", &(self.modulus_len * 8))
            .finish()
    }
}

fn check_modulus(n: &[u8]) -> Result<(), &'static str> {
    let (Some(first), Some(last)) = (n.first(), n.last()) else {
        return Err("its `n` is empty");
    };
    if *first == 0 {
        return Err("its `n` begins with a zero byte");
    }
    match n.len() * 8 - first.leading_zeros() as usize {
        ..2048 => Err("its `n` has less than 2048 bits"),
        8193.. => Err("its `n` has more than 8192 bits"),
        _ if last % 2 == 0 => Err("its `n` is even"),
        _ => Ok(()),
    }
}

fn check_exponent(e: &[u8]) -> Result<(), &'static str> {
    if e.first().is_none_or(|first| *first == 0) {
        return Err("its `e` is empty or begins with a zero byte");
    }
    if e.len() > 4 {
        return Err("its `e` has more than 32 bits");
    }
    let value = e.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    match value {
        ..65537 => Err("its `e` is less than 65537"),
        value if value % 2 == 0 => Err("its `e` is even"),
        _ => Ok(()),
    }
}

/// The secret that HS256 tokens are signed and verified with (RFC 7518 §3.2). It is used for nothing else.
#[derive(Clone)]
pub struct HmacSecret(hmac::Key);

/// A secret with less than 32 bytes (rule T10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretTooShort(usize);

impl fmt::Display for SecretTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "an HS256 secret has at least {MIN_SECRET} bytes, this has {}",
            self.0
        )
    }
}

impl std::error::Error for SecretTooShort {}

impl HmacSecret {
    /// Takes the bytes of the secret.
    ///
    /// # Errors
    /// [`SecretTooShort`] where there are less than 32 (rule T10).
    pub fn new(secret: &[u8]) -> Result<Self, SecretTooShort> {
        match secret.len() {
            ..MIN_SECRET => Err(SecretTooShort(secret.len())),
            _ => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        }
    }

    /// Whether a signature over these bytes was made with this secret; compared in constant time (rule T11).
    pub(super) fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0, signed, signature).is_ok()
    }
}

impl TryFrom<&Secret> for HmacSecret {
    type Error = SecretTooShort;

    fn try_from(secret: &Secret) -> Result<Self, SecretTooShort> {
        Self::new(secret.expose().as_bytes())
    }
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
