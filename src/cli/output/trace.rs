//! `--verbose`: the library's events, one line each on standard error. They hold paths, statuses and durations, never what
//! was sent.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Shows this crate's own events; those of the HTTP stack are filtered out, as they can hold what was sent.
pub(super) fn install(color: bool) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(color)
        .without_time()
        .with_target(false);
    let own = Targets::new().with_target("noesis", LevelFilter::DEBUG);
    // Fails only if another subscriber is installed already, which then receives the events.
    let _ = tracing_subscriber::registry().with(lines).with(own).try_init();
}
