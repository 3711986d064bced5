//! The guard: a server that lets only those through to a tool who may use it, whatever language the tool is written in
//! (rules G1 to G7).
//!
//! It stands beside a proxy that asks it about each request (`/auth`, `/tools/<id>/auth`), or, with an upstream, it is the
//! proxy. In reading order: `route` says what a path asks for, `judge` gathers what is known of the credentials, with
//! `verdicts` for tokens that were seen before; [`crate::middleware::decide`] decides; `identity` puts who it is into
//! headers, `upstream` passes the request on. Around it: `service` is all of that for one request, `server` the loop with
//! its limits, `client` whose request it is, `metrics` and `access_log` what is told about it.
//!
//! Whatever goes wrong, nothing is let through that was not judged: there are no keys, 503; a handler that comes to a bad
//! end answers nothing at all. The guard keeps no state that outlives it, so it scales out by replicas.

mod access_log;
mod client_ip;
mod identity;
mod judge;
mod metrics;
mod route;
mod server;
mod service;
mod upstream;
mod verdicts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

pub use self::access_log::LogFormat;
pub use self::client_ip::TrustedProxies;
use self::judge::Judge;
pub use self::judge::Load;
use self::service::Service;
pub use self::upstream::{BadUpstream, Upstream};
use crate::JwtValidator;

/// How a guard is set up.
#[derive(Debug)]
pub struct Options {
    /// The address that is asked, or that requests come to.
    pub listen: SocketAddr,
    /// Where health, readiness and metrics are answered, where that is another address.
    pub status_listen: Option<SocketAddr>,
    /// The tool that every request has to have access to.
    pub tool: Option<String>,
    /// The proxies whose word on whose request it is counts (rule G5).
    pub trusted_proxies: TrustedProxies,
    /// Where requests that pass go on to; without, the guard only answers whether they may.
    pub upstream: Option<Upstream>,
    /// What is written about each request.
    pub access_log: LogFormat,
    /// How many connections are served at one time; more wait in the system's queue.
    pub max_connections: usize,
}

/// Why a guard cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: std::io::Error,
    },
}

/// What a running guard is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Read the keys and secrets anew.
    Reload,
    /// Stop, when the requests under way are answered.
    Stop,
}

/// A guard that has its addresses.
#[derive(Debug)]
pub struct Guard {
    listener: TcpListener,
    status: Option<TcpListener>,
    service: Arc<Service>,
    max_connections: usize,
}

impl Guard {
    /// Takes the addresses. Nothing is fetched yet.
    ///
    /// `reload` makes another validator in the place of `validator`; `log` is where the access log goes.
    ///
    /// # Errors
    /// [`GuardError`].
    pub async fn bind(
        options: Options,
        validator: JwtValidator,
        reload: Load,
        log: Box<dyn std::io::Write + Send>,
    ) -> Result<Self, GuardError> {
        let judge = Judge::new(validator, reload);
        let listen = async |address| {
            let bound = TcpListener::bind(address).await;
            bound.map_err(|cause| GuardError::Listen { address, cause })
        };
        let listener = listen(options.listen).await?;
        let status = match options.status_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self {
            max_connections: options.max_connections,
            service: Arc::new(Service::new(options, judge, log)),
            listener,
            status,
        })
    }

    /// The address that it was given, with the port that the system chose where that was 0.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// The same of health, readiness and metrics.
    pub fn status_address(&self) -> Option<SocketAddr> {
        self.status.as_ref()?.local_addr().ok()
    }

    /// Serves until it is told to stop, and lets what is under way end. What a reload fails with goes to `warn`; the keys
    /// of before then go on to serve.
    pub async fn serve(self, mut events: impl AsyncFnMut() -> Event, warn: impl Fn(&str)) {
        let keeper = tokio::spawn(keep_keys(Arc::clone(&self.service)));
        let status = self.status.map(|listener| {
            let service = Arc::clone(&self.service);
            tokio::spawn(server::run(
                listener,
                service,
                server::Face::Status,
                server::STATUS_CONNECTIONS,
            ))
        });
        let service = Arc::clone(&self.service);
        let serving = tokio::spawn(server::run(
            self.listener,
            Arc::clone(&self.service),
            server::Face::Front,
            self.max_connections,
        ));
        loop {
            match events().await {
                Event::Stop => break,
                Event::Reload => {
                    if let Err(error) = service.judge.reload() {
                        warn(&format!("the keys of before go on to serve: {error}"));
                    }
                }
            }
        }
        service.stop();
        // Both loops end by themselves, bounded.
        serving.await.ok();
        if let Some(status) = status {
            status.await.ok();
        }
        keeper.abort();
        service.log.finish();
    }
}

/// Sees to it that there are keys before the first token comes, and again where there are none any more. How often the
/// endpoint is asked is the key cache's to say (rule K3).
async fn keep_keys(service: Arc<Service>) {
    const PACE: Duration = Duration::from_secs(1);
    loop {
        let now = crate::time::now();
        let validator = service.judge.validator();
        if !validator.is_ready(now) {
            // Whoever asks meanwhile is told; here there is nobody to tell.
            validator.prepare(now).await.ok();
        }
        tokio::time::sleep(PACE).await;
    }
}
