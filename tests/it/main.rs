//! All end-to-end tests, in one binary so that they are linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod raw;
mod support;

mod canary;
mod house;
#[cfg(target_os = "linux")]
mod keyring;
mod network;
mod races;
mod sandbox;
mod session;
#[cfg(target_os = "linux")]
mod startup;
#[cfg(unix)]
mod tls;
