//! `noesis sandbox seed`: prints the default seed, to be changed and given to `--seed`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::sandbox::Seed;

/// Print the default seed: users, clients, tools and codes as a TOML file that describes its format.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis sandbox seed > my-seed.toml
  noesis sandbox serve --seed my-seed.toml")]
pub struct Args {}

pub fn run(ctx: &Context, Args {}: &Args) -> Result<(), CliError> {
    ctx.out.raw(Seed::DEFAULT_TOML)
}
