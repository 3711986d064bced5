//! All end-to-end tests, in one binary so that they are linked once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

mod loopback;
mod sandbox;
mod stores;
