//! The Noesis SDK for Rust, and the program `noesis` that is built on it.
//!
//! The Noesis AIToolCenter platform sells access to AI tools. A user signs in (OAuth 2.0 authorization code with PKCE,
//! RFC 6749 and RFC 7636), redeems activation codes, and gets access tokens: JWTs that list the tools that they may use. A
//! tool verifies the token of each request. This crate does both sides, as the Python SDK `noesis-auth` does; `docs/sdk.md`
//! has the table from its names to the names here.
//!
//! # Verify a token
//!
//! That needs no feature, no async runtime and no network. Times are Unix seconds, and the current time is a parameter.
//!
//! ```
//! use noesis::{HmacSecret, Keys, Policy};
//!
//! let secret = HmacSecret::new(b"an HS256 secret of at least 32 bytes")?;
//! let keys = Keys { secret: Some(&secret), ..Keys::default() };
//! let now = 1_782_208_800;
//! let verdict = Policy::new().issuer("https://platform.example").verify("no.token", keys, now);
//! assert!(!verdict.is_valid());
//! assert_eq!(verdict.reason().as_deref(), Some("a JWT has 3 segments separated by dots, this has 2"));
//! # Ok::<(), noesis::SecretTooShort>(())
//! ```
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | none | [`Policy`], [`JwtValidator`], [`KeySet`]: tokens verified with keys that are given |
//! | `fetch` | [`AuthClient`]: the calls of the platform; [`KeyCache`]: a key set fetched by URL and cached |
//! | `middleware` | [`middleware`]: a tower layer and an axum extractor that admit only requests with access to a tool |
//! | `guard` | [`guard`]: the server `noesis guard` around that layer, for tools in any language |
//! | `sandbox` | [`sandbox`]: the platform emulated on a loopback address, for tests |
//! | `cli` | the program `noesis` |
//!
//! `cli`, `guard` and `sandbox` are on by default, for those who install the program; a library user depends on the crate
//! with `default-features = false`.
//!
//! # Where to look
//!
//! - `jwt`: the way of a token from text to [`Verdict`], and the keys it is verified with.
//! - `client`: one file per call of the platform.
//! - `http`: the HTTP client that both use, with its time-out, its limits and its errors.
//! - `error`, `secret`, `time`: what all of them share. [`AuthError`] is the error of every call, and [`Secret`] the type of
//!   every text that must not be logged.
//! - `middleware`, `guard`, `sandbox`, `cli`: as in the table above. The last three are programs.
//!
//! # Invariants
//!
//! `tests/it/layout` reads the sources and fails where one of these is broken:
//!
//! - The library, which is everything but `cli`, `guard` and `sandbox`, imports none of these three. It does not write to
//!   the terminal, and it reads nothing from the environment, unless a builder is told to use the
//!   [environment's proxy](AuthClientBuilder::environment_proxy).
//! - In `jwt`, only the key cache uses the network.
//! - `sandbox` imports nothing from the rest of the crate, so that a mistake of the client is not repeated in the server
//!   that it is tested with.
//! - No files import each other in a circle. Commands do not import each other, and what they stand on takes plain values
//!   rather than their context.
//! - Only `cli/output` writes to the terminal, only `cli/args` and `cli/settings` read the environment, and only `http`
//!   builds an HTTP client, apart from the guard's client for its upstream.
//! - The clock is read in `time` and in `sandbox/time`. A token is verified at a time that is passed in.

// Links lead to what other features add.
#![cfg_attr(
    not(all(feature = "fetch", feature = "middleware", feature = "guard", feature = "sandbox")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "fetch")]
mod client;
#[cfg(feature = "fetch")]
mod descriptors;
mod error;
#[cfg(any(feature = "cli", feature = "guard"))]
mod escape;
#[cfg(feature = "fetch")]
mod http;
mod json_text;
mod jwt;
#[cfg(feature = "middleware")]
pub mod middleware;
#[cfg(feature = "fetch")]
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
mod owner;
mod secret;
mod time;
#[cfg(feature = "cli")]
mod time_zone;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "guard")]
pub mod guard;
#[cfg(feature = "sandbox")]
pub mod sandbox;

#[cfg(feature = "fetch")]
pub use client::{
    AuthClient, AuthClientBuilder, AuthorizeRequest, IntrospectResult, InvalidVerifier, JwkSet, PkcePair, RedeemResult,
    TokenResponse, UnreadMember, generate_pkce, generate_state,
};
pub use error::{AuthError, ConnectFailure, ErrorCode};
pub use jwt::{
    Check, CheckName, CheckResult, Entitlement, HmacSecret, IgnoredKey, InvalidKeySet, InvalidToken, JwtValidator,
    JwtValidatorBuilder, KeySet, KeySource, Keys, MalformedToken, Policy, SecretTooShort, TokenPayload, Unverified,
    ValidationError, Verdict, Verified,
};
#[cfg(feature = "fetch")]
pub use jwt::{KeyCache, KeyCacheBuilder, KeyCacheStats};
pub use secret::Secret;

/// The example of the README, compiled with those of the library.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The names that the comparison with the Python SDK has, compiled.
#[cfg(all(doctest, feature = "fetch", feature = "middleware"))]
#[doc = include_str!("../docs/sdk.md")]
struct SdkNames;

/// The example of the sandbox's documentation.
#[cfg(all(doctest, feature = "sandbox"))]
#[doc = include_str!("../docs/sandbox.md")]
struct SandboxDocument;

/// The example of the guard's documentation, for services in Rust.
#[cfg(all(doctest, feature = "fetch", feature = "middleware"))]
#[doc = include_str!("../docs/guard.md")]
struct GuardDocument;
