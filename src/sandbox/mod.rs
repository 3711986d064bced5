//! The platform on your own machine: every endpoint of the wire protocol in one process, with real RS256 keys.
//!
//! It exists so that a newcomer, a test suite or a CI job has something to sign in to. It is written from the RFCs and
//! imports nothing of the client, so that a mistake cannot be made on both sides at once.
//!
//! Reading order:
//!
//! - `seed/` what is in it: users, tools, clients, activation codes; `seed.toml` is the default and explains the format
//! - `state` what changes while it runs; `grants` codes, refresh and access tokens; `expiring` the map they live in
//! - `authorize` the consent page and its answer, after `asked` has judged the request, with `redirect` and `pkce`
//! - `mint` tokens to order; `local` and `stand_in`, what speaks to a running sandbox from this machine
//! - `token`, `introspect`, `redeem`, `metadata` one endpoint a file
//! - `client_auth`, `form`, `oauth_error`, `fastapi` how requests are read and refused
//! - `faults/` what goes wrong on purpose, in a layer of which the endpoints know nothing
//! - `keys` the signing key; `pages/` the HTML; `server` the HTTP loop; `routes` which path is whose
//!
//! `now` is a parameter of everything that judges time; only the handlers ask the clock that their request came with.

mod asked;
mod authorize;
mod client_auth;
mod digest;
mod expiring;
mod fastapi;
mod faults;
mod form;
mod grants;
mod introspect;
mod keys;
#[doc(hidden)]
pub mod local;
mod metadata;
mod mint;
mod oauth_error;
mod pages;
mod pkce;
mod redeem;
mod redirect;
mod routes;
mod seed;
mod server;
#[doc(hidden)]
pub mod stand_in;
mod state;
mod stats;
mod time;
mod token;

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub use faults::{Fault, FaultError};
pub use mint::HS256_SECRET;
pub use seed::{Seed, SeedError};

/// How a sandbox is set up. The default listens on a free port of 127.0.0.1, asks the person, and holds the default seed.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on: 127.0.0.0/8 or `::1`. Port 0 takes a free one; see [`Sandbox::base_url`].
    pub listen: SocketAddr,
    /// Approve every valid authorization request at once, as the user that `login_hint` names or else the seed's first.
    pub auto_approve: bool,
    /// The users, tools, clients and activation codes.
    pub seed: Seed,
    /// What goes wrong from the start on; `POST /sandbox/faults` replaces it.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            auto_approve: false,
            seed: Seed::default(),
            faults: Vec::new(),
        }
    }
}

/// A sandbox that is bound to its address: connections are queued from now on and answered once [`Sandbox::serve`] runs.
///
/// The signing key is made on a thread of its own, so that the first page does not wait for it; a request that needs
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
    app: Arc<state::App>,
    default_client: String,
}

impl Sandbox {
    /// Binds the address and starts to make the signing key. Needs a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`SandboxError::NotLoopback`] and [`SandboxError::Listen`].
    pub async fn bind(options: Options) -> Result<Self, SandboxError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(SandboxError::NotLoopback { address });
        }
        let listen = |source| SandboxError::Listen { address, source };
        let listener = tokio::net::TcpListener::bind(address).await.map_err(listen)?;
        let base_url = format!("http://{}", listener.local_addr().map_err(listen)?);
        let default_client = options.seed.default_client().to_owned();
        let app = state::App {
            base_url,
            auto_approve: options.auto_approve,
            keys: keys::Keys::start(),
            state: std::sync::Mutex::new(state::State::new(
                options.seed,
                options.faults,
                time::Clock::default().now(),
            )),
        };
        Ok(Self {
            listener,
            app: Arc::new(app),
            default_client,
        })
    }

    /// Where the sandbox is, without a trailing slash: `http://127.0.0.1:PORT`. It is the issuer (RFC 8414 §2) as well.
    pub fn base_url(&self) -> &str {
        &self.app.base_url
    }

    /// The ID of the seed's first public client: the one to sign in with where nothing else is asked for.
    pub fn default_client(&self) -> &str {
        &self.default_client
    }

    /// Answers requests until `shutdown` is done; requests under way then have two seconds to end.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Keys`], in which case nothing can be signed and serving ends by itself.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), SandboxError> {
        let Self { listener, app, .. } = self;
        let mut outcome = Ok(());
        let stop = async {
            tokio::select! {
                () = shutdown => {}
                () = app.keys.failed() => outcome = Err(SandboxError::Keys),
            }
        };
        server::run(listener, routes::router(Arc::clone(&app)), stop).await;
        outcome
    }
}

/// Why a sandbox could not start, or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address could not be bound.
    #[error("cannot listen on `{address}`: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address can be reached from other machines; the sandbox signs anybody in, so that it stays on its own.
    #[error("the sandbox serves its own machine only: `{address}` is no loopback address")]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The RSA key could not be made.
    #[error("the signing key could not be made")]
    Keys,
}
