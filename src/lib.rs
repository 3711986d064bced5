//! The Noesis SDK for Rust, and the program `noesis` on top of it.
//!
//! The Noesis AIToolCenter platform sells access to AI tools. A user signs in (OAuth 2.0 authorization code with PKCE),
//! redeems activation codes, and carries a JWT that lists the tools that they may use. This crate speaks to that platform,
//! as its Python SDK `noesis-auth` does, and carries a whole platform of its own for tests and first steps.
//!
//! # The map, in reading order
//!
//! The library is what a tool written in Rust embeds; it knows no terminal, no environment and no prompt.
//!
//! - [`AuthError`], [`ErrorCode`]: what can go wrong, with the SDK's codes.
//! - [`Secret`]: text that does not show itself.
//! - `client`: [`AuthClient`], the platform's six calls, and [`generate_pkce`].
//! - `jwt`: tokens, judged: [`JwtValidator`] for a server, [`Policy`] and its [`Verdict`] for one token, [`KeySet`] and
//!   [`KeyCache`]; [`Unverified`] tokens, read; [`TokenPayload`] and [`Entitlement`].
//! - `middleware` (feature `middleware`): a tower layer and an axum extractor that admit only requests with
//!   access to a tool.
//!
//! The program stands on it:
//!
//! - `cli` (feature `cli`): from the command line to the exit status.
//! - `guard` (feature `guard`): the server around `middleware`, for tools in any language.
//! - `sandbox` (feature `sandbox`): the platform emulated, written from the RFCs.
//!
//! # Invariants
//!
//! A test reads the sources and holds these:
//!
//! - The library imports nothing of `cli`, `guard` and `sandbox`; `jwt` does no network but for its key cache.
//! - `sandbox` imports nothing of this crate: it computes PKCE and signs by itself, so that no mistake is shared.
//! - Commands never import each other, and what lies below them takes plain values, not their context.
//! - Only `cli/output` writes to the terminal; only `cli/args` and `cli/settings` read the environment; only `http`
//!   builds a client, but for the guard's own to its upstream.
//! - The moment that a judgement is made for is a value passed in.

#[cfg(feature = "fetch")]
mod client;
mod error;
#[cfg(any(feature = "cli", feature = "guard"))]
mod escape;
#[cfg(feature = "fetch")]
mod http;
mod jwt;
#[cfg(feature = "middleware")]
pub mod middleware;
mod secret;
mod time;

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
    TokenResponse, generate_pkce, generate_state,
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
