//! The arguments of every command that takes a batch.

use std::time::Duration;

use super::Format;
use crate::cli::args::duration;

/// How a batch is read, when it ends, and what it prints.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Take one token per line of a file, or of `-`; print one JSON object per line, in the same order
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    pub batch: Option<String>,
    /// `json`, one JSON object per line, or `junit`, one XML document with a test case per line
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "json",
        requires = "batch",
        hide_possible_values = true
    )]
    pub format: Format,
    /// End a batch after the first line whose token is refused, or that failed
    #[arg(long, requires = "batch")]
    pub fail_fast: bool,
    /// How long a whole batch may take
    #[arg(long, value_name = "DURATION", requires = "batch", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// A batch without tokens is not an error
    #[arg(long, requires = "batch")]
    pub allow_empty: bool,
}
