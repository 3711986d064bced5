//! Middleware that admits only requests with a valid bearer token, for services written in Rust (feature `middleware`).
//!
//! In reading order: `denial` is the table of reasons for which a request is denied, `bearer` extracts the token from a
//! request, `decision` is the pure function from a verified token to the decision, `layer` wraps a tower service, `extract`
//! serves an axum handler. `noesis guard` decides with the same function and answers with the same table.

mod bearer;
mod decision;
mod denial;
mod extract;
mod layer;

pub use self::bearer::bearer_token;
pub use self::decision::{authenticate, decide};
pub use self::denial::{Denial, DenialKind};
pub use self::layer::{AuthLayer, AuthService};
