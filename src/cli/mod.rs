//! The program: parse, settings, command, exit status.
//!
//! `argv` and environment go through `command_line` and `settings` into a `Context`, with which one of `commands` runs. Its
//! result is a `View`, printed by `Out`. Its error is a `CliError`, which has a message, a hint and an exit status.

mod args;
mod batch;
mod bearer;
mod command_line;
mod commands;
mod context;
mod critical_section;
mod error;
pub mod exit_status;
mod input;
mod interrupt;
mod login;
mod output;
mod session;
mod settings;
mod shell;
mod store;
mod usage_error;
mod verification_args;

use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory as _;

use self::command_line::{Cli, Command};
use self::context::Context;
use self::error::CliError;
use self::exit_status::ExitStatus;
use self::output::{Out, terminal};
use self::settings::Settings;

/// Runs the program on this process's command line and environment.
pub fn run() -> ExitCode {
    let argv = args::argv();
    let plain = settings::environment::colour_unwanted();
    let cli = match command_line::parse(&argv) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage_error::show(&error, &argv, plain)),
    };
    let global = &cli.global;
    let out = Arc::new(Out::new(global.json, global.quiet, global.verbose, global.color, plain));
    let exit = match command(&cli, Arc::clone(&out)) {
        Ok(exit) => exit,
        Err(CliError::Interrupted) => interrupt::end(&out),
        Err(error) => {
            let report = match &global.profile {
                Some(profile) => error.report().for_profile(profile),
                None => error.report(),
            };
            out.error(&report);
            report.exit
        }
    };
    ExitCode::from(exit)
}

/// Runs the command.
fn command(cli: &Cli, out: Arc<Out>) -> Result<ExitStatus, CliError> {
    let settings = match &cli.command {
        // These use none of the user's configuration, so that mistakes in it must not stop them.
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) if !args.uses_a_platform() => Settings::of_flags(&cli.global),
        Command::Decode(args) if args.token.is_some() => Settings::of_flags(&cli.global),
        Command::Completions(args) if args.shell.is_some() => Settings::of_flags(&cli.global),
        Command::Pkce(_) | Command::Man(_) => Settings::of_flags(&cli.global),
        Command::Doctor(_) => Settings::for_diagnosis(&cli.global)?,
        _ => Settings::from_process(&cli.global)?,
    };
    if settings.no_input {
        terminal::forbid_asking();
    }
    let ctx = Context::new(settings, out);
    if cli.command.uses_profile() {
        ctx.require_profile()?;
    }
    match &cli.command {
        Command::Login(args) => commands::login::run(&ctx, args, &cli.global),
        Command::Logout(args) => commands::logout::run(&ctx, args),
        Command::Status(args) => commands::status::run(&ctx, args),
        Command::Token(args) => commands::token::run(&ctx, args),
        Command::Refresh(args) => commands::refresh::run(&ctx, args),
        Command::Redeem(args) => commands::redeem::run(&ctx, args),
        Command::Introspect(args) => commands::introspect::run(&ctx, args),
        Command::Decode(args) => commands::decode::run(&ctx, args),
        Command::Verify(args) => commands::verify::run(&ctx, args),
        Command::Exec(args) => commands::exec::run(&ctx, args),
        Command::Pkce(args) => commands::pkce::run(&ctx, args),
        Command::AuthorizeUrl(args) => commands::authorize_url::run(&ctx, args),
        Command::Exchange(args) => commands::exchange::run(&ctx, args),
        Command::Doctor(args) => commands::doctor::run(&ctx, args),
        #[cfg(feature = "guard")]
        Command::Guard(args) => commands::guard::run(&ctx, args),
        Command::Completions(args) => commands::completions::run(&ctx, args, Cli::command()),
        Command::Man(args) => commands::man::run(&ctx, args, Cli::command()),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => commands::sandbox::run(&ctx, args),
    }
}
