//! The sandbox over real sockets: requests as a client, a browser or an attacker sends them.
//!
//! Each test has its own sandbox, on a free port, in this process: `in_process`.

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
