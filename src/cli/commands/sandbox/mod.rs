//! `noesis sandbox`: the platform on this machine.

mod browse;
mod headless_browser;
mod loopback_http;
mod mint;
mod run;
mod seed;
mod serve;
mod signals;

use std::path::PathBuf;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::input::secret_file;
use crate::sandbox::{Fault, Options, SandboxError, Seed};

/// Run the whole platform on this machine: sign-in, tokens, codes and keys, without an account or a network.
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
    /// Serve for as long as a command runs, with the environment set for it
    Run(run::Args),
    /// Print a token from a running sandbox, valid or invalid as requested
    Mint(mint::Args),
    /// Print the default seed, to be changed and given to `--seed`
    Seed(seed::Args),
    /// Open a URL of a sandbox and follow its redirects, as a headless browser
    #[command(hide = true)]
    Browse(browse::Args),
}

/// The options of both `serve` and `run`.
#[derive(Debug, clap::Args)]
struct Common {
    /// Approve every sign-in at once, as the first user or as the one that follows the `=`
    #[arg(long, value_name = "USER", num_args = 0..=1, require_equals = true)]
    auto_approve: Option<Option<String>>,
    /// Users, clients, tools and codes from a TOML file instead of the built-in ones, which `sandbox seed` prints
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// A failure on demand, such as `status=503,rate=0.1@token`; may be given more than once
    #[arg(long = "fault", value_name = "SPEC", long_help = FAULT)]
    faults: Vec<String>,
}

const FAULT: &str = "\
A failure on demand, as FAULT[,rate=SHARE][@ENDPOINT]; may be given more than once.

  latency=2s       every response is delayed by that time
  status=503       that status instead of a response (400 to 599);
                   `status=503,retry-after=7` adds `Retry-After: 7`
  reset            the connection is reset
  truncate         half of the body is sent, then the connection closes
  slow-body        the body is sent over 30 seconds; `slow-body=5s` over 5
  rotate-keys      a new signing key before every request to `token`
  skew=+90s        the platform's clock is ahead; `skew=-5m` is behind
  denied           the user denies every sign-in

ENDPOINT is authorize, token, introspect, redeem, jwks, metadata or mint; without it a fault
affects all but mint. `rate=0.1` affects every tenth request. `POST /sandbox/faults` replaces
all faults while the sandbox runs, and `GET /sandbox/stats` counts the affected requests.";

impl Args {
    /// Whether the command needs the base URL of a platform that is already running.
    pub fn uses_a_platform(&self) -> bool {
        matches!(self.command, Command::Mint(_))
    }
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    match &args.command {
        Command::Serve(args) => serve::run(ctx, args).map(|()| ExitStatus::Success),
        Command::Run(args) => run::run(ctx, args).map(ExitStatus::Child),
        Command::Mint(args) => mint::run(ctx, args).map(|()| ExitStatus::Success),
        Command::Seed(args) => seed::run(ctx, args).map(|()| ExitStatus::Success),
        Command::Browse(args) => browse::run(args).map(|()| ExitStatus::Success),
    }
}

impl Common {
    /// The options of a sandbox on a free port.
    fn options(&self) -> Result<Options, CliError> {
        Ok(Options {
            auto_approve: self.auto_approve.is_some(),
            approve_as: self.auto_approve.clone().flatten(),
            seed: self.seed()?,
            faults: self.faults.iter().map(|spec| fault(spec)).collect::<Result<_, _>>()?,
            ..Options::default()
        })
    }

    fn seed(&self) -> Result<Seed, CliError> {
        let Some(path) = &self.seed else {
            return Ok(Seed::default());
        };
        let failed = |why: String| CliError::config(format!("cannot read the seed `{}`: {why}", path.display()), None);
        let bytes = secret_file::read(path).map_err(|e| failed(e.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
        text.parse().map_err(|e: crate::sandbox::SeedError| {
            CliError::config(
                format!("invalid seed `{}`: {e}", path.display()),
                Some("`noesis sandbox seed` prints one that is right, and describes the format"),
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
        SandboxError::UnknownUser { ref known, .. } => CliError::usage(
            error.to_string(),
            format!("give one of its users to `--auto-approve`: {}", known.join(", ")),
        ),
        error => CliError::io(error.to_string()),
    }
}
