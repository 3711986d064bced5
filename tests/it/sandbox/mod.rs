//! The sandbox over real sockets: every endpoint asked as a client, a browser or a mischief-maker would.
//!
//! Each test has a sandbox of its own, on a free port, in this process. `sandbox` is what they stand on.

mod authorize;
mod faults;
mod in_process;
mod introspect;
mod mint;
mod pages;
mod peer;
mod redeem;
mod run;
mod seed;
mod server;
mod token;
