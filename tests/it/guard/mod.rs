//! The guard: what it lets through and what it answers, alone and before a tool, beside the real SDK and in every trouble.

mod bypass;
mod contract;
mod faults;
mod peer;
pub mod support;
mod upstream;
