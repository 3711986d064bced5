//! How a guard is configured.

use std::net::SocketAddr;

use super::access_log::LogFormat;
use super::client_ip::TrustedProxies;
use super::upstream::Upstream;

/// How a guard is configured.
#[derive(Debug)]
pub struct Options {
    /// The address that a proxy asks, or that clients send their requests to.
    pub listen: SocketAddr,
    /// A separate address for health, readiness and metrics.
    pub status_listen: Option<SocketAddr>,
    /// The tool that every request needs access to.
    pub tool: Option<String>,
    /// The proxies whose forwarding headers are trusted (rule G5).
    pub trusted_proxies: TrustedProxies,
    /// Where granted requests are forwarded to; without an upstream, the guard only answers whether a request is granted.
    pub upstream: Option<Upstream>,
    /// How each request is logged.
    pub access_log: LogFormat,
    /// How many connections are served at the same time; more wait in the system's queue.
    pub max_connections: usize,
}
