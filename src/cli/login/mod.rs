//! Signing in: from a redirect URI to the platform's answer in hand (rules L1–L10).

#![expect(
    dead_code,
    reason = "the flow that is composed of these pieces is not there yet"
)]

pub mod browser;
pub mod callback;
pub mod loopback;
pub mod page;
pub mod redirect;

/// What can happen while a sign-in waits.
#[derive(Debug)]
pub enum Event {
    /// A browser brought the platform's answer. It comes once; what does not know the state never gets this far.
    Callback(loopback::Callback),
    /// No browser could be opened.
    BrowserFailed(browser::BrowserError),
    /// The person pressed Ctrl-C.
    Interrupted,
}
