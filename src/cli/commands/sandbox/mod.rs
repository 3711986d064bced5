//! `noesis sandbox`: the platform on your own machine.

mod browse;
mod headless_browser;
mod loopback_http;
mod mint;
mod run;
mod serve;
mod signals;

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::settings;
use crate::sandbox::{Fault, Options, SandboxError, Seed};

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
    /// Something that goes wrong, such as `status=503,rate=0.1@token`; may be given more than once
    #[arg(long = "fault", value_name = "SPEC", long_help = FAULT)]
    faults: Vec<String>,
}

const FAULT: &str = "\
Something that goes wrong, as FAULT[,rate=SHARE][@ENDPOINT]; may be given more than once.

  latency=2s       every answer begins that much later
  status=503       that status instead of an answer (400 to 599);
                   `status=503,retry-after=7` adds `Retry-After: 7`
  reset            the connection is reset
  truncate         half of the body comes, then the connection closes
  slow-body        the body drips for 30 seconds; `slow-body=5s` for 5
  rotate-keys      a new signing key before every request of `token`
  skew=+90s        the platform's clock is off, also `skew=-5m`
  denied           the user denies every sign-in

ENDPOINT is authorize, token, introspect, redeem, jwks, metadata or mint; without it a fault
hits all but mint. `rate=0.1` hits every tenth request. `POST /sandbox/faults` replaces all
faults while the sandbox runs, and `GET /sandbox/stats` counts what they hit.";

impl Args {
    /// Whether the command is about a platform that is there already, and has to be told which.
    pub fn uses_a_platform(&self) -> bool {
        matches!(self.command, Command::Mint(_))
    }
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    match &args.command {
        Command::Serve(args) => serve::run(ctx, args).map(|()| ExitStatus::Success),
        Command::Run(args) => run::run(ctx, args).map(ExitStatus::Child),
        Command::Mint(args) => mint::run(ctx, args).map(|()| ExitStatus::Success),
        Command::Browse(args) => browse::run(args).map(|()| ExitStatus::Success),
    }
}

impl Common {
    /// What is served, on a free port.
    fn options(&self) -> Result<Options, CliError> {
        Ok(Options {
            auto_approve: self.auto_approve,
            seed: self.seed()?,
            faults: self.faults.iter().map(|spec| fault(spec)).collect::<Result<_, _>>()?,
            ..Options::default()
        })
    }

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

fn fault(spec: &str) -> Result<Fault, CliError> {
    spec.parse()
        .map_err(|e: crate::sandbox::FaultError| CliError::usage(format!("`--fault {spec}`: {e}"), e.hint().to_owned()))
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
