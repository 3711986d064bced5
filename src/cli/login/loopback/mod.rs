//! The callback server: it waits on a port of this machine for the one redirect that carries our state (rules L1, L3, L4, L6, L10).
//!
//! Whoever can reach the port is hostile until they show the state: web pages, port scanners, other users of the machine. They get
//! a constant page or a closed socket, within bounds on time, memory and sockets, and the wait goes on.
//!
//! [`bind`] takes the port, `request` looks at the head of a request, `server` runs hyper's HTTP/1 loop on a thread of its own.

mod bind;
mod request;
mod server;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Event;
use super::callback::{Answer, Expected, Rejected};
use super::redirect::{LoopbackHost, Redirect};

/// How long a page may take to reach the browser, which sits on the same machine.
const PAGE_TIME: Duration = Duration::from_secs(2);

/// A port that is taken and not yet served: what connects to it waits.
#[derive(Debug)]
pub struct Loopback {
    listeners: Vec<TcpListener>,
    site: request::Site,
    redirect_uri: String,
}

/// Why nothing can listen for the callback.
#[derive(Debug, thiserror::Error)]
pub enum LoopbackError {
    /// The port is in use, or not ours to use, or there is no loopback interface.
    #[error("cannot listen on `{address}`: {source}")]
    Bind {
        /// Host and port as they were tried.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The redirect URI leads to another machine: the answer can only be pasted.
    #[error("nothing can listen for `{0}` on this machine")]
    Elsewhere(String),
    /// The system gave no thread or no socket to wait with.
    #[error("cannot wait for the callback: {0}")]
    Start(std::io::Error),
}

impl Loopback {
    /// Takes the port, before anything is told about it (RFC 8252 §7.3).
    ///
    /// # Errors
    ///
    /// [`LoopbackError::Bind`] where the port cannot be had, [`LoopbackError::Elsewhere`] for a redirect URI of another machine.
    pub fn bind(redirect: &Redirect) -> Result<Self, LoopbackError> {
        let (wanted, port, path, tail) = match redirect {
            Redirect::Elsewhere { uri } => return Err(LoopbackError::Elsewhere(uri.clone())),
            Redirect::Loopback { host, port, path, tail } => (*host, *port, path, tail),
        };
        let bound = bind::bind(wanted, port, TcpListener::bind)?;
        let authority = format!("{}:{}", bound.host, bound.port);
        Ok(Self {
            listeners: bound.listeners,
            redirect_uri: format!("http://{authority}{tail}"),
            site: request::Site {
                host: bound.host,
                authority,
                path: path.clone(),
            },
        })
    }

    /// The redirect URI of the socket that was bound.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The host and port to connect to, for example `127.0.0.1:49152`.
    pub fn authority(&self) -> &str {
        &self.site.authority
    }

    /// Starts to answer, on a thread named `noesis-callback`; sends one [`Event::Callback`] at most.
    ///
    /// # Errors
    ///
    /// [`LoopbackError::Start`] where the system gives no thread or socket.
    pub fn serve(self, expected: Expected, events: mpsc::Sender<Event>) -> Result<Serving, LoopbackError> {
        let desk = server::Desk::new(self.site, expected, events);
        let (stop, stopped) = oneshot::channel();
        let thread = server::start(self.listeners, desk, stopped).map_err(LoopbackError::Start)?;
        Ok(Serving {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A server at work. When it is dropped, every socket is closed and the port is free, before the drop returns (rule L10).
#[derive(Debug)]
pub struct Serving {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // The server ends when the other end of this is gone.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The platform's answer, and the browser that brought it and waits to be told how it went.
#[derive(Debug)]
pub struct Callback {
    /// What the answer says; never [`Rejected::NotOurs`].
    pub answer: Result<Answer, Rejected>,
    /// What the browser is to be shown.
    pub page: Page,
}

/// The page that a browser waits for. Dropped, it is the failure page.
///
/// Each of its ends returns when the page is on its way to the browser, so that the process may exit right after; or, where the
/// browser takes no notice, after two seconds.
#[derive(Debug)]
pub struct Page {
    verdict: Option<oneshot::Sender<bool>>,
    gone: mpsc::Receiver<Infallible>,
}

impl Page {
    /// Shows that the person is signed in: only after the session has been stored (rule L6).
    pub fn success(mut self) {
        self.finish(true);
    }

    /// Shows that the sign-in did not succeed.
    pub fn failure(mut self) {
        self.finish(false);
    }

    fn finish(&mut self, signed_in: bool) {
        let Some(verdict) = self.verdict.take() else {
            return;
        };
        if verdict.send(signed_in).is_ok() {
            // Nothing is ever sent here: the other end goes away with the connection.
            let _ = self.gone.recv_timeout(PAGE_TIME);
        }
    }

    /// Gives up without waiting, where the one who would wait is the server itself.
    fn abandon(mut self) {
        drop(self.verdict.take());
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.finish(false);
    }
}
