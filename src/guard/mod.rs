//! The guard: a server that grants or denies access to a tool, whatever language the tool is written in (rules G1 to G7).
//!
//! It either answers a proxy that asks about each request (`/auth`, `/tools/<id>/auth`), or, with an upstream, is the
//! proxy. In reading order: `route` is what a path asks for, `authenticator` turns credentials into a verified token, with
//! `verdict_cache` for tokens that were verified before; [`crate::middleware::decide`] decides; `identity` makes headers of
//! the token's claims, `headers` removes those that a client must not set, `upstream` forwards the request. `service` is
//! all of that for one request, `server` the connection loop with its limits, `shutdown` the request to end both, `run` the
//! whole from binding to exit. `client_ip` finds the client's address; `metrics` and `access_log` report.
//!
//! It fails closed (rule G6): without keys the answer is 503, and a handler that panics closes its connection without an
//! answer. The guard keeps no state across restarts, so it scales out by replicas.

mod access_log;
mod authenticator;
mod client_ip;
mod headers;
mod identity;
mod metrics;
mod options;
mod route;
mod run;
mod server;
mod service;
mod shutdown;
mod upstream;
mod verdict_cache;

pub use self::access_log::LogFormat;
pub use self::authenticator::LoadValidator;
pub use self::client_ip::TrustedProxies;
pub use self::options::Options;
pub use self::run::{Event, Guard, GuardError};
pub use self::upstream::{InvalidUpstream, Upstream};
