//! The platform on this machine: every endpoint of the wire protocol in one process, with real RS256 keys.
//!
//! It exists so that a newcomer, a test suite or a CI job can sign in without an account. It is written from the RFCs and
//! imports nothing of the client, so that a mistake cannot be made on both sides at once.
//!
//! Reading order:
//!
//! - `endpoints` the table of endpoints; `handlers/` one file for each, and the router
//! - `seed/` users, tools, clients and activation codes at the start; `seed.toml` is the default and documents the format
//! - `app` what every handler is given, with the state: `users`, `claims`, `grants` (codes and tokens), `counters`;
//!   `expiring` is the map that codes and tokens are kept in
//! - `authorization_request` which requests are valid, with `redirect` and `pkce`; `client_auth`
//! - `body`, `form`, `oauth_error`, `detail` how requests are read and errors are answered
//! - `faults/` failures on demand, applied by a middleware; `request_context` what they change for a handler; `counting`
//! - `signing_key` the keys; `pages/` the HTML; `server` the HTTP server; `host` the check of `Host`;
//!   `web_page` which requests are a web page's doing
//!
//! Functions that depend on the time take `now`; only handlers read the clock of their request.

mod app;
mod authorization_request;
mod body;
mod claims;
mod client_auth;
mod counters;
mod counting;
mod detail;
mod digest;
mod endpoints;
mod expiring;
mod faults;
mod form;
mod grants;
mod handlers;
mod host;
mod oauth_error;
mod pages;
mod pkce;
mod redirect;
mod request_context;
mod seed;
mod server;
mod signing_key;
mod time;
mod users;
mod web_page;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub use faults::{Fault, FaultError};
pub use seed::{Seed, SeedError};
pub use signing_key::HS256_SECRET;

/// The options of a sandbox. By default it listens on a free port of 127.0.0.1, shows the consent page, and has the default seed.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on: 127.0.0.0/8 or `::1`. Port 0 takes a free one; see [`Sandbox::base_url`].
    pub listen: SocketAddr,
    /// Approve every valid authorization request without a consent page, as the user of `login_hint` or else the seed's first.
    pub auto_approve: bool,
    /// The user that [`auto_approve`](Self::auto_approve) signs in instead of the seed's first, by ID or e-mail address.
    pub approve_as: Option<String>,
    /// The users, tools, clients and activation codes.
    pub seed: Seed,
    /// The faults that are active from the start; `POST /sandbox/faults` replaces them.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            auto_approve: false,
            approve_as: None,
            seed: Seed::default(),
            faults: Vec::new(),
        }
    }
}

/// A sandbox that is bound to its address: connections are queued until [`Sandbox::serve`] accepts them.
///
/// The signing key is generated on a blocking thread, so that the first page does not wait for it; a request that needs
/// the key does.
///
/// ```no_run
/// # async fn example() -> Result<(), noesis::sandbox::SandboxError> {
/// use noesis::sandbox::{Options, Sandbox};
///
/// let sandbox = Sandbox::bind(Options::default()).await?;
/// eprintln!("the platform is at {}", sandbox.base_url());
/// sandbox.serve(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    listener: tokio::net::TcpListener,
    app: Arc<app::App>,
    default_client: String,
}

impl Sandbox {
    /// Binds the address and starts to generate the signing key. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`SandboxError::NotLoopback`], [`SandboxError::UnknownUser`] and [`SandboxError::Listen`].
    pub async fn bind(options: Options) -> Result<Self, SandboxError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(SandboxError::NotLoopback { address });
        }
        let state = app::State::new(options.seed.clone(), options.faults, time::Clock::default().now());
        let approve_as = match (options.auto_approve, &options.approve_as) {
            (false, _) => None,
            (true, None) => state.users.first(),
            (true, Some(name)) => Some(state.user_named(name).ok_or_else(|| SandboxError::UnknownUser {
                user: name.clone(),
                known: state.users.iter().map(|user| user.id.clone()).collect(),
            })?),
        };
        let approve_as = approve_as.map(|user| user.id.clone());
        let listen = |source| SandboxError::Listen { address, source };
        let listener = tokio::net::TcpListener::bind(address).await.map_err(listen)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(listen)?);
        let default_client = options.seed.default_client().to_owned();
        let app = app::App::new(base_url, approve_as, signing_key::SigningKeys::start(), state);
        Ok(Self {
            listener,
            app: Arc::new(app),
            default_client,
        })
    }

    /// The base URL without a trailing slash, `http://127.0.0.1:PORT`. It is also the issuer (RFC 8414 §2).
    pub fn base_url(&self) -> &str {
        &self.app.base_url
    }

    /// The ID of the seed's first public client, the default to sign in with.
    pub fn default_client(&self) -> &str {
        &self.default_client
    }

    /// Serves until `shutdown` completes; requests in flight then have two seconds to finish.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Keys`]: nothing can be signed, and serving ends by itself.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), SandboxError> {
        let Self { listener, app, .. } = self;
        let mut outcome = Ok(());
        let stop = async {
            tokio::select! {
                () = shutdown => {}
                () = app.keys.failed() => outcome = Err(SandboxError::Keys),
            }
        };
        server::run(listener, handlers::router(Arc::clone(&app)), stop).await;
        outcome
    }
}

/// Why a sandbox could not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address could not be bound.
    #[error("cannot listen on `{address}`: {source}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The address can be reached from other machines. The sandbox signs anybody in, so it serves loopback addresses only.
    #[error("the sandbox serves this machine only: `{address}` is not a loopback address")]
    NotLoopback {
        /// The requested address.
        address: SocketAddr,
    },
    /// Sign-ins were to be approved as a user that the seed does not have.
    #[error("the sandbox has no user `{user}`")]
    UnknownUser {
        /// The requested user.
        user: String,
        /// The IDs of the users that there are.
        known: Vec<String>,
    },
    /// The RSA key could not be generated.
    #[error("the signing key could not be generated")]
    Keys,
}
