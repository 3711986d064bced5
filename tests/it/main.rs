//! All end-to-end tests, in one binary so that they are linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[cfg(unix)]
mod call;
mod pty;
mod raw;
mod support;
mod waiting;
mod webdriver;

mod browser;
mod canary;
mod commands;
mod contract;
#[cfg(target_os = "linux")]
mod deployment;
#[cfg(target_os = "linux")]
mod faults;
mod guard;
mod helpful;
mod house;
mod interrupted;
mod jwt;
#[cfg(target_os = "linux")]
mod keyring;
mod login;
mod middleware;
mod naughty;
mod network;
mod packaged;
mod peer;
#[cfg(unix)]
mod proxies;
mod races;
mod readme;
mod sandbox;
mod session;
mod shell;
#[cfg(target_os = "linux")]
mod startup;
mod surroundings;
#[cfg(unix)]
mod survival;
mod terminal;
#[cfg(unix)]
mod tls;
