//! `noesis sandbox run`: the platform for as long as a command runs.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;

use super::signals::Signals;
use super::{Common, failed};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::settings;
use crate::sandbox::{Options, Sandbox};

/// Serve the platform on a free port for as long as a command runs, and end with its exit code.
///
/// The command finds it in NOESIS_BASE_URL and NOESIS_CLIENT_ID, has a throw-away NOESIS_CONFIG_DIR and
/// NOESIS_CACHE_DIR, keeps sessions in files there, and has this program first on PATH.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis sandbox run --auto-approve -- sh -c 'noesis login && noesis status'
  noesis sandbox run --auto-approve -- pytest

  A platform that is down, and one at which the user denies:
  noesis sandbox run --fault status=503 -- sh -c 'noesis introspect x || test $? = 5'
  noesis sandbox run --auto-approve --fault denied -- sh -c 'noesis login || test $? = 1'")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// What would make the command look elsewhere than at the sandbox.
const FOREIGN: [&str; 6] = [
    "NOESIS_TOKEN",
    "NOESIS_PROFILE",
    "NOESIS_CLIENT_SECRET",
    "NOESIS_TIMEOUT",
    "NOESIS_CA_CERT",
    "NOESIS_BROWSER",
];

pub fn run(ctx: &Context, args: &Args) -> Result<u8, CliError> {
    let options = args.common.options()?;
    ctx.block_on(async {
        let listen = |e| CliError::io(format!("cannot listen for signals: {e}"));
        // First of all: from the folder on there is something that must not be left behind.
        let mut signals = Signals::listen().map_err(listen)?;
        let home = tempfile::Builder::new()
            .prefix("noesis-sandbox-")
            .tempdir()
            .map_err(|e| CliError::io(format!("cannot make a temporary folder: {e}")))?;
        let code = serve_for(args, options, home.path(), &mut signals).await;
        if let Err(error) = home.close() {
            ctx.out
                .warn(&format!("the temporary folder could not be removed: {error}"));
        }
        code
    })
}

/// Serves for as long as the command runs; the command's exit code.
async fn serve_for(args: &Args, options: Options, home: &Path, signals: &mut Signals) -> Result<u8, CliError> {
    let sandbox = Sandbox::bind(options).await.map_err(failed)?;
    let mut command = command(args, &sandbox, home)?;
    if let Some(signal) = signals.so_far() {
        return Ok(death_by(signal));
    }
    let mut child = command.spawn().map_err(|source| CliError::NotRun {
        program: args
            .command
            .first()
            .map(|word| word.to_string_lossy().into_owned())
            .unwrap_or_default(),
        source,
    })?;
    let mut status = None;
    let ended = async {
        let pid = child.id();
        status = tokio::select! {
            ended = child.wait() => Some(ended),
            () = signals.pass_on(pid) => None,
        };
    };
    sandbox.serve(ended).await.map_err(failed)?;
    match status {
        Some(Ok(status)) => Ok(exit_code(status)),
        Some(Err(e)) => Err(CliError::io(format!("cannot wait for the command: {e}"))),
        None => Err(CliError::io("the sandbox ended before the command did")),
    }
}

fn command(args: &Args, sandbox: &Sandbox, home: &Path) -> Result<tokio::process::Command, CliError> {
    let io = |e: std::io::Error| CliError::io(format!("cannot find this program's own file: {e}"));
    let program = std::env::current_exe().map_err(io)?;
    let (name, rest) = args
        .command
        .split_first()
        .ok_or_else(|| CliError::io("no command was given"))?;
    let path = settings::path_with(program.parent().unwrap_or(Path::new(".")))?;
    // A bare name is looked up in the PATH that is set below, so that `-- noesis` is this very program.
    let mut command = tokio::process::Command::new(name);
    command
        .args(rest)
        .env("NOESIS_BASE_URL", sandbox.base_url())
        .env("NOESIS_CLIENT_ID", sandbox.default_client())
        .env("NOESIS_CONFIG_DIR", home.join("config"))
        .env("NOESIS_CACHE_DIR", home.join("cache"))
        .env("NOESIS_STORE", "file")
        .env("PATH", path)
        .kill_on_drop(true);
    for name in FOREIGN {
        command.env_remove(name);
    }
    if args.common.auto_approve {
        let program = program.to_string_lossy();
        let quoted = shlex::try_quote(&program).map_err(|e| CliError::io(format!("cannot name this program: {e}")))?;
        command.env("NOESIS_BROWSER", format!("{quoted} sandbox browse"));
    }
    Ok(command)
}

/// The command's own exit code; a death by signal is 128 and the signal's number, as a shell has it.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return death_by(signal);
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1))
}

fn death_by(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
