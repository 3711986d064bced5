//! All end-to-end tests, in one binary so that they are linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]
// What only tests for Unix use.
#![cfg_attr(not(unix), allow(dead_code, unused_imports))]

mod support;

mod layout;

mod client;
mod environment;
mod environment_proxy;
mod jwt;
mod middleware;
mod sdk_names;

mod commands;
mod examples;
mod guard;
mod sandbox;

mod contract;
#[cfg(target_os = "linux")]
mod deployment;
mod documents;
mod help;
mod hints;
#[cfg(unix)]
mod hostile_input;
#[cfg(target_os = "linux")]
mod keyring;
#[cfg(target_os = "linux")]
mod network_faults;
mod packaged;
#[cfg(target_os = "linux")]
mod prompts;
#[cfg(unix)]
mod proxies;
mod python_sdk;
mod races;
#[cfg(unix)]
mod robustness;
mod secrets;
mod session;
#[cfg(target_os = "linux")]
mod startup;
mod time_zone;
#[cfg(unix)]
mod tls;
