//! `noesis sandbox browse`: the browser that `sandbox run --auto-approve` gives to `noesis login`. It is a program of its
//! own in `NOESIS_BROWSER`, so that a sign-in without a person takes every step that one with a person takes.

use crate::cli::error::CliError;
use crate::sandbox::stand_in;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The URL to open
    url: String,
}

pub fn run(args: &Args) -> Result<(), CliError> {
    stand_in::open(&args.url).map_err(|e| CliError::io(e.to_string()))
}
