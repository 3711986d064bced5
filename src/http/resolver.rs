//! Host names: the system's resolver, with a type for its failure.
//!
//! Between an error of the resolver and any other error of a connection the HTTP client makes no difference that a program
//! can see; [`ResolveError`] in the chain of sources does.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver.
#[derive(Debug)]
pub(super) struct Resolver;

/// There is no such host, or no DNS server answered.
#[derive(Debug)]
pub(super) struct ResolveError(io::Error);

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ResolveError {}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the client's to set.
            let found = tokio::net::lookup_host((name.as_str(), 0))
                .await
                .map_err(ResolveError)?;
            let found: Vec<SocketAddr> = found.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
