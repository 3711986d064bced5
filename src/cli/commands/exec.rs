//! `noesis exec`: runs a command with a fresh access token in its environment.

use std::ffi::OsString;
use std::time::Duration;

use crate::cli::args::lifetime;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::session::TokenRequirement;

/// Run a command with a valid access token in NOESIS_TOKEN, and the platform in NOESIS_BASE_URL.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The token is in no argument. On Unix the command takes the place of this process:
signals and exit code are its own.

Examples:
  noesis exec -- sh -c 'curl -H \"Authorization: Bearer $NOESIS_TOKEN\" https://…'
  noesis exec --min-ttl 15m -- python3 my_tool.py")]
pub struct Args {
    /// How much longer the token has to be valid
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = lifetime)]
    min_ttl: Duration,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub fn run(ctx: &Context, args: &Args) -> Result<ExitStatus, CliError> {
    let bearer = ctx.bearer(TokenRequirement::MinTtl(args.min_ttl))?;
    let Some((program, rest)) = args.command.split_first() else {
        return Err(CliError::usage("no command was given", "name one after `--`"));
    };
    let mut command = std::process::Command::new(program);
    command.args(rest).env("NOESIS_TOKEN", bearer.token.expose());
    if let Some(base_url) = &bearer.base_url {
        command.env("NOESIS_BASE_URL", base_url);
    }
    replace_process(command).map_err(|source| CliError::NotRun {
        program: program.to_string_lossy().into_owned(),
        source,
    })
}

#[cfg(unix)]
fn replace_process(mut command: std::process::Command) -> std::io::Result<ExitStatus> {
    Err(std::os::unix::process::CommandExt::exec(&mut command))
}

#[cfg(not(unix))]
fn replace_process(mut command: std::process::Command) -> std::io::Result<ExitStatus> {
    let status = command.status()?;
    let code = status.code().and_then(|code| u8::try_from(code & 0xff).ok());
    Ok(ExitStatus::Child(code.unwrap_or(1)))
}
