//! `noesis sandbox`: the platform on your own machine.

mod browse;
mod mint;
mod run;
mod serve;
mod signals;

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::exit::CliError;
use crate::cli::settings;
use crate::sandbox::{SandboxError, Seed};

/// Run the whole platform on this machine: sign-in, tokens, codes and keys, with no account and no network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis sandbox serve
  noesis sandbox run --auto-approve -- sh -c 'noesis login && noesis status'")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Serve until Ctrl-C
    Serve(serve::Args),
    /// Serve for as long as a command runs, which finds it in its environment
    Run(run::Args),
    /// Print a token to order from a running sandbox
    Mint(mint::Args),
    /// Stand in for a browser: open a URL of a sandbox and follow where it leads
    #[command(hide = true)]
    Browse(browse::Args),
}

/// What both ways to serve have in common.
#[derive(Debug, clap::Args)]
struct Common {
    /// Approve every sign-in at once, as the first user
    #[arg(long)]
    auto_approve: bool,
    /// Users, clients, tools and codes from a TOML file instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

impl Args {
    /// Whether the command is about a platform that is there already, and has to be told which.
    pub fn uses_a_platform(&self) -> bool {
        matches!(self.command, Command::Mint(_))
    }
}

pub fn run(ctx: &Context, args: &Args) -> Result<u8, CliError> {
    match &args.command {
        Command::Serve(args) => serve::run(ctx, args).map(|()| 0),
        Command::Run(args) => run::run(ctx, args),
        Command::Mint(args) => mint::run(ctx, args).map(|()| 0),
        Command::Browse(args) => browse::run(args).map(|()| 0),
    }
}

impl Common {
    fn seed(&self) -> Result<Seed, CliError> {
        let Some(path) = &self.seed else {
            return Ok(Seed::default());
        };
        let text = settings::read_small(path)
            .map_err(|e| CliError::config(format!("cannot read the seed `{}`: {e}", path.display()), None))?;
        text.parse().map_err(|e: crate::sandbox::SeedError| {
            CliError::config(
                format!("the seed `{}` has a mistake at {e}", path.display()),
                Some("the built-in seed shows the form: run `noesis sandbox serve` and open its page"),
            )
        })
    }
}

fn failed(error: SandboxError) -> CliError {
    match error {
        SandboxError::Listen { .. } | SandboxError::NotLoopback { .. } => CliError::usage(
            error.to_string(),
            "choose another `--listen`; `127.0.0.1:0` takes any port that is free",
        ),
        error => CliError::io(error.to_string()),
    }
}
