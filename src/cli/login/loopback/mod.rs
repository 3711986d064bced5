//! The callback server: it listens on a loopback port for the one redirect with our state (rules L1, L3, L4, L6, L10).
//!
//! Every client of the port is untrusted until it sends the state: web pages, port scanners, other users of the machine. It
//! gets a constant page or a closed socket, within bounds on time, memory and sockets, and the wait goes on.
//!
//! `bind` takes the port, `request` checks the head of a request, `server` runs hyper's HTTP/1 loop on a thread of its own,
//! and `pending` is the browser that waits for its page.

mod bind;
pub mod error;
pub mod pending;
mod request;
mod server;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use self::error::ListenError;
use self::request::CallbackEndpoint;
use super::authorization_response::ExpectedResponse;
use super::event::SignInEvent;
use super::redirect::RedirectUri;

/// A bound port that is not served yet: clients that connect wait.
#[derive(Debug)]
pub struct CallbackListener {
    listeners: Vec<TcpListener>,
    endpoint: CallbackEndpoint,
    redirect_uri: String,
}

impl CallbackListener {
    /// Binds the port, before the redirect URI is shown to anybody (RFC 8252 §7.3).
    ///
    /// # Errors
    ///
    /// [`ListenError::Bind`] where the port is not available, [`ListenError::External`] for a redirect URI of another
    /// machine.
    pub fn bind(redirect_uri: &RedirectUri) -> Result<Self, ListenError> {
        let (host, port, path, suffix) = match redirect_uri {
            RedirectUri::External { uri } => return Err(ListenError::External(uri.clone())),
            RedirectUri::Loopback {
                host,
                port,
                path,
                suffix,
            } => (*host, *port, path, suffix),
        };
        let bound = bind::bind(host, port, TcpListener::bind)?;
        let authority = format!("{}:{}", bound.host, bound.port);
        Ok(Self {
            listeners: bound.listeners,
            redirect_uri: format!("http://{authority}{suffix}"),
            endpoint: CallbackEndpoint {
                host: bound.host,
                authority,
                path: path.clone(),
            },
        })
    }

    /// The redirect URI of the bound socket.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The host and port to connect to, for example `127.0.0.1:49152`.
    pub fn authority(&self) -> &str {
        &self.endpoint.authority
    }

    /// Starts to serve, on a thread named `noesis-callback`; sends at most one [`SignInEvent::Callback`].
    ///
    /// # Errors
    ///
    /// [`ListenError::Start`] where the system provides no thread or socket.
    pub fn serve(
        self,
        expected: ExpectedResponse,
        events: mpsc::Sender<SignInEvent>,
    ) -> Result<CallbackServer, ListenError> {
        let state = server::ServerState::new(self.endpoint, expected, events);
        let (stop, stopped) = oneshot::channel();
        let thread = server::start(self.listeners, state, stopped).map_err(ListenError::Start)?;
        Ok(CallbackServer {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A running server. When it is dropped, every socket is closed and the port is free before the drop returns (rule L10).
#[derive(Debug)]
pub struct CallbackServer {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for CallbackServer {
    fn drop(&mut self) {
        // The server stops when the sender is dropped.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
