//! What can happen while a sign-in waits, all reported to one channel.

use super::browser::error::BrowserError;
use super::loopback::pending::Callback;
use crate::Secret;

/// What can happen while a sign-in waits.
#[derive(Debug)]
pub enum SignInEvent {
    /// A browser brought the platform's response. It comes once; a request without the state never gets this far.
    Callback(Callback),
    /// The user pasted a redirect URL: its query, not validated yet.
    Pasted(Secret),
    /// The user typed a line that is not a redirect URL.
    NotARedirect,
    /// Standard input is closed: nothing can be pasted any more.
    InputEnded,
    /// Ctrl-C was typed on a terminal that sends no signal for it.
    Interrupted,
    /// No browser could be opened.
    BrowserFailed(BrowserError),
}
