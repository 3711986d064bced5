//! Signing in: from a redirect URI to the platform's answer in hand (rules L1–L10).

#![expect(
    dead_code,
    reason = "the flow that is composed of these pieces is not there yet"
)]

pub mod callback;
pub mod redirect;
