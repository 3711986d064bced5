//! The Noesis SDK for Rust, and the program `noesis` on top of it.

pub mod error;
mod secret;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "sandbox")]
pub mod sandbox;

pub use error::{AuthError, ErrorCode};
pub use secret::Secret;
