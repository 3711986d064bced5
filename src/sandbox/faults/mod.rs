//! Faults on demand: failures between a tool and its platform, at a chosen endpoint, as often as wanted.
//!
//! - `spec` the text that specifies a fault, with `share` for its rate; `error` why a text is invalid, with a hint
//! - `plan` the active faults, and what happens to a request
//! - `layer` the middleware that applies them; the handlers do not know it. `slow_body` sends response bodies slowly or cuts
//!   them off, `connection` resets a connection

mod connection;
mod error;
mod layer;
mod plan;
mod share;
mod slow_body;
mod spec;

pub(super) use connection::{ResetHandle, ResettableConnection};
pub use error::FaultError;
pub(super) use layer::apply_faults;
pub(super) use plan::ActiveFaults;
pub use spec::Fault;
