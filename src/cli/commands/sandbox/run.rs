//! `noesis sandbox run`: serves the platform for as long as a command runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::signals::Signals;
use super::{Common, failed};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::settings;
use crate::sandbox::{Options, Sandbox};

/// Serve the platform on a free port for as long as a command runs, and exit with its exit status.
///
/// The command gets NOESIS_BASE_URL and NOESIS_CLIENT_ID, a temporary NOESIS_CONFIG_DIR and NOESIS_CACHE_DIR with
/// sessions in files, and this program first on PATH.
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

/// Variables that would lead the command to another platform, profile or browser.
const REMOVED: [&str; 6] = [
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
        // Before the folder is created, which a signal must not leave behind.
        let mut signals = Signals::listen().map_err(listen)?;
        let folder = |e| CliError::io(format!("cannot create a temporary folder: {e}"));
        let home = tempfile::Builder::new()
            .prefix("noesis-sandbox-")
            .tempdir_in(settings::environment::temporary_folder().map_err(folder)?)
            .map_err(folder)?;
        let code = serve_for(args, options, home.path(), &mut signals).await;
        if let Err(error) = home.close() {
            ctx.out.warn(&format!("cannot remove the temporary folder: {error}"));
        }
        code
    })
}

/// Serves for as long as the command runs; returns its exit status.
async fn serve_for(args: &Args, options: Options, home: &Path, signals: &mut Signals) -> Result<u8, CliError> {
    let sandbox = Sandbox::bind(options).await.map_err(failed)?;
    let mut command = command(args, &sandbox, home)?;
    if let Some(signal) = signals.received() {
        return Ok(killed_by(signal));
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
            () = signals.forward(pid) => None,
        };
    };
    sandbox.serve(ended).await.map_err(failed)?;
    match status {
        Some(Ok(status)) => Ok(exit_status(status)),
        Some(Err(e)) => Err(CliError::io(format!("cannot wait for the command: {e}"))),
        None => Err(CliError::io("the sandbox stopped before the command exited")),
    }
}

fn command(args: &Args, sandbox: &Sandbox, home: &Path) -> Result<tokio::process::Command, CliError> {
    let io = |e: std::io::Error| CliError::io(format!("cannot find the file of this program: {e}"));
    let program = std::env::current_exe().map_err(io)?;
    let (name, rest) = args
        .command
        .split_first()
        .ok_or_else(|| CliError::io("no command was given"))?;
    let path = settings::environment::path_with(&program_folder(&program, home)?)?;
    // A name without a path is looked up in the PATH that is set below, so that `-- noesis` is this program.
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
    for name in REMOVED {
        command.env_remove(name);
    }
    if args.common.auto_approve.is_some() {
        command.env("NOESIS_BROWSER", browser(&program));
    }
    Ok(command)
}

/// The folder to put on `PATH`: that of this program, or, where its name has what separates folders there, one with a link to it.
fn program_folder(program: &Path, home: &Path) -> Result<PathBuf, CliError> {
    let own = program.parent().unwrap_or(Path::new("/"));
    #[cfg(unix)]
    if std::env::join_paths([own]).is_err() {
        let link = || {
            let folder = home.join("bin");
            std::fs::create_dir(&folder)?;
            std::os::unix::fs::symlink(program, folder.join("noesis"))?;
            Ok(folder)
        };
        return link().map_err(|e: std::io::Error| CliError::io(format!("cannot link to this program: {e}")));
    }
    #[cfg(not(unix))]
    let _ = home;
    Ok(own.to_owned())
}

/// The command of the headless browser, whatever characters the path of this program has. A path that is no text is not named:
/// the program is then found on `PATH`.
fn browser(program: &Path) -> String {
    let program = program.to_str().unwrap_or("noesis");
    format!("'{}' sandbox browse", program.replace('\'', r"'\''"))
}

/// The command's exit status; for a command killed by a signal 128 plus the number of the signal, as in a shell.
fn exit_status(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return killed_by(signal);
    }
    status.code().map_or(1, |code| u8::try_from(code & 0xff).unwrap_or(1))
}

fn killed_by(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}
