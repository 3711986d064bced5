//! One file a subcommand, four blocks in this order: `Args`, `run`, its view, tests. Commands never import each other.

pub mod login;
pub mod logout;
pub mod refresh;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod status;
pub mod token;
