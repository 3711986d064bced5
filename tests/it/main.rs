//! All end-to-end tests, in one binary so that they are linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod pty;
mod raw;
mod support;
mod waiting;
mod webdriver;

mod browser;
mod canary;
mod house;
mod login;
mod network;
mod races;
mod sandbox;
mod session;
mod surroundings;
mod terminal;
