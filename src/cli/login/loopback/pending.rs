//! A callback that was received, and the browser that waits for its page.

use std::convert::Infallible;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::cli::login::authorization_response::{AuthorizationResponse, ResponseError};

/// How long the page may take to reach the browser, which runs on the same machine.
pub(super) const PAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// The platform's response, and the browser that brought it.
#[derive(Debug)]
pub struct Callback {
    /// What the response says; never [`ResponseError::WrongState`].
    pub response: Result<AuthorizationResponse, ResponseError>,
    /// The page that the browser waits for.
    pub page: PendingPage,
}

/// The page that a browser waits for. Dropped, it is the failure page.
///
/// Sending it returns when the page was handed to the system, so that the process may exit right after; or after two
/// seconds, where the browser does not read it.
#[derive(Debug)]
pub struct PendingPage {
    result: Option<oneshot::Sender<bool>>,
    closed: mpsc::Receiver<Infallible>,
}

impl PendingPage {
    /// `result` is whether the sign-in succeeded; the other end of `closed` is dropped with the connection.
    pub(super) fn new(result: oneshot::Sender<bool>, closed: mpsc::Receiver<Infallible>) -> Self {
        Self {
            result: Some(result),
            closed,
        }
    }

    /// Shows that the user is signed in: only after the session was stored (rule L6).
    pub fn success(mut self) {
        self.finish(true);
    }

    /// Shows that the sign-in failed.
    #[cfg(test)]
    pub fn failure(mut self) {
        self.finish(false);
    }

    fn finish(&mut self, signed_in: bool) {
        let Some(result) = self.result.take() else {
            return;
        };
        if result.send(signed_in).is_ok() {
            // Nothing is ever sent: the sender is dropped with the connection.
            let _ = self.closed.recv_timeout(PAGE_TIMEOUT);
        }
    }

    /// Gives up without waiting, where the server itself would wait for the page.
    pub(super) fn abandon(mut self) {
        drop(self.result.take());
    }
}

impl Drop for PendingPage {
    fn drop(&mut self) {
        self.finish(false);
    }
}
