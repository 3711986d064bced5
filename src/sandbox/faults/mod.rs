//! Faults on demand: what goes wrong between a tool and its platform, at a chosen endpoint, as often as asked.
//!
//! - `spec` the text that asks for one, with `endpoint`, and `word` for durations, shares and the nearest right name;
//!   `error` what is said of a text that asks for none
//! - `plan` which faults hit a request, and what becomes of it then
//! - `hit` the layer in front of the endpoints, which know nothing of all this; `body` answers that end early or drip;
//!   `wire` the connection that is reset; `manage` the list while the sandbox runs

mod body;
mod endpoint;
mod error;
mod layer;
mod manage;
mod plan;
mod spec;
mod wire;
mod word;

pub use error::FaultError;
pub(super) use layer::hit;
pub(super) use manage::{replace, show};
pub(super) use plan::Active;
pub use spec::Fault;
pub(super) use wire::{Line, Wire};
