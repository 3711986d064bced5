//! Signing in: from a redirect URI to the platform's authorization response (rules L1–L10).
//!
//! In the order of a sign-in: [`redirect`] parses the redirect URI; [`loopback`] listens on it; [`browser`] opens the
//! platform's page, [`ssh`] tells a user whose browser is on another machine how to forward the port, and [`paste`] reads
//! the redirect URL that such a user copies. Each response is validated by [`authorization_response`] and answered with a
//! [`result_page`]. All of them report to one channel of [`event::SignInEvent`]s, on which [`flow`] waits.

pub mod authorization_response;
pub mod browser;
pub mod error;
pub mod event;
pub mod flow;
pub mod loopback;
pub mod paste;
pub mod redirect;
pub mod result_page;
pub mod ssh;
