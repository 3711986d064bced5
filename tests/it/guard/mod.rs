//! The guard: what it grants, denies and answers, beside a proxy and as one, compared with the real SDK, and under faults.

mod bypass;
mod contract;
mod faults;
mod peer;
pub mod support;
mod upstream;
