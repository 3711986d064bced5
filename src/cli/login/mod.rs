//! Signing in: from a redirect URI to the platform's answer in hand (rules L1–L10).
//!
//! The pieces, in the order in which a sign-in meets them: [`redirect`] reads where the answer shall come to; [`loopback`] listens
//! there; [`browser`] opens the platform's page, [`ssh`] tells a person whose browser is on another machine how to get here, and
//! [`paste`] reads the redirect URL that such a person copies. Whatever comes in is judged by [`callback`] and answered with a
//! [`page`]. All of them report to one channel of [`Event`]s, so that whoever waits for a sign-in waits in one place.

pub mod browser;
pub mod callback;
pub mod flow;
pub mod loopback;
pub mod page;
pub mod paste;
pub mod redirect;
pub mod ssh;

use crate::Secret;

/// What can happen while a sign-in waits.
#[derive(Debug)]
pub enum Event {
    /// A browser brought the platform's answer. It comes once; what does not know the state never gets this far.
    Callback(loopback::Callback),
    /// A person pasted a redirect URL: its query, not yet judged.
    Pasted(Secret),
    /// A person typed a line that is no redirect URL.
    NotARedirect,
    /// The person's end of the terminal is closed: nothing can be pasted any more.
    InputEnded,
    /// No browser could be opened.
    BrowserFailed(browser::BrowserError),
}
