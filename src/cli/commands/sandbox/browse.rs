//! `noesis sandbox browse`: the headless browser that `sandbox run --auto-approve` sets in `NOESIS_BROWSER`. It is a separate
//! process, so that a sign-in without a person takes the same steps as one with a person.

use super::headless_browser;
use crate::cli::error::CliError;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The URL to open
    url: String,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    headless_browser::open(&args.url).map_err(|e| CliError::io(e.to_string()))
}
