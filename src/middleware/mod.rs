//! What lets only those in who may use a tool, for services in Rust (feature `middleware`).
//!
//! In reading order: `bearer` takes the token out of a request, `decision` is the pure function from what is known to what
//! is answered, `layer` puts both before any tower service, `extract` before an axum handler.

mod bearer;
mod decision;
mod extract;
mod layer;

pub use self::bearer::{BearerError, bearer_token};
pub use self::decision::{Evidence, Refusal, decide};
pub use self::layer::{AuthLayer, AuthService};
