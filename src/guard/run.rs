//! A guard from its listeners to its shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::authenticator::{Authenticator, LoadValidator};
use super::options::Options;
use super::route::Listener;
use super::server::{self, STATUS_CONNECTIONS};
use super::service::Service;
use crate::JwtValidator;

/// How often the guard checks that it has keys.
const KEY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Why a guard cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {cause}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        cause: std::io::Error,
    },
}

/// What the process that runs a guard asks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Read the keys and secrets again.
    Reload,
    /// Shut down once the requests in progress are answered.
    Stop,
}

/// A guard that is bound to its addresses.
#[derive(Debug)]
pub struct Guard {
    listener: TcpListener,
    status: Option<TcpListener>,
    service: Arc<Service>,
    max_connections: usize,
}

impl Guard {
    /// Binds the addresses. No keys are fetched yet.
    ///
    /// `reload` builds the validator that replaces `validator` at a reload; the access log is written to `log`.
    ///
    /// # Errors
    /// [`GuardError`].
    pub async fn bind(
        options: Options,
        validator: JwtValidator,
        reload: LoadValidator,
        log: Box<dyn std::io::Write + Send>,
    ) -> Result<Self, GuardError> {
        let authenticator = Authenticator::new(validator, reload);
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
            service: Arc::new(Service::new(options, authenticator, log)),
            listener,
            status,
        })
    }

    /// The address of the main listener, with the port that the system chose if it was 0.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// The address of the listener for health, readiness and metrics, if there is a separate one.
    pub fn status_address(&self) -> Option<SocketAddr> {
        self.status.as_ref()?.local_addr().ok()
    }

    /// Serves until [`Event::Stop`], and then finishes the requests in progress. `warn` is called with the reason why a
    /// reload failed; the previous keys then stay in use.
    pub async fn serve(self, mut events: impl AsyncFnMut() -> Event, warn: impl Fn(&str)) {
        let keys = tokio::spawn(keep_keys(Arc::clone(&self.service)));
        let serve = |listener, kind, max_connections| {
            let service = Arc::clone(&self.service);
            tokio::spawn(server::run(listener, service, kind, max_connections))
        };
        let status = self
            .status
            .map(|listener| serve(listener, Listener::Status, STATUS_CONNECTIONS));
        let main = serve(self.listener, Listener::Main, self.max_connections);
        loop {
            match events().await {
                Event::Stop => break,
                Event::Reload => {
                    if let Err(error) = self.service.authenticator.reload() {
                        warn(&format!(
                            "the reload failed, and the previous keys stay in use: {error}"
                        ));
                    }
                }
            }
        }
        self.service.shutdown.request();
        // Both end by themselves, within a bounded time.
        main.await.ok();
        if let Some(status) = status {
            status.await.ok();
        }
        keys.abort();
        self.service.log.finish();
    }
}

/// Fetches keys before the first token arrives, and again when there are none left. How often a request is sent is for
/// the key cache to limit (rule K3).
async fn keep_keys(service: Arc<Service>) {
    loop {
        let now = crate::time::now();
        let validator = service.authenticator.validator();
        if !validator.is_ready(now) {
            // Requests and `/readyz` report the failure; this task has nobody to report it to.
            validator.prepare(now).await.ok();
        }
        tokio::time::sleep(KEY_CHECK_INTERVAL).await;
    }
}
