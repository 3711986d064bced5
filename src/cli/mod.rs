//! The program: parse, settings, command, exit status.
//!
//! argv and environment go through `args` and `settings` into a `Context`, with which one of `commands` runs. What it
//! answers is a `View`, printed by `Out`; what it fails with goes to `exit`, nowhere else, and from there to standard
//! error and the exit status.

mod args;
mod commands;
mod context;
mod exit;
mod input;
mod interrupt;
mod login;
mod output;
mod session;
mod settings;
mod store;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use self::args::{Cli, Command};
use self::context::Context;
use self::exit::{CliError, Report};
use self::output::{ColorChoice, Out};
use self::settings::Settings;

/// Runs the program on this process's command line and environment, and tells how it ended.
pub fn run() -> ExitCode {
    let argv = args::argv();
    let plain = settings::colour_unwanted();
    let cli = match args::parse(&argv) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(not_parsed(&error, &argv, plain)),
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

/// Runs the command; its exit code where it did what it was asked.
fn command(cli: &Cli, out: Arc<Out>) -> Result<u8, CliError> {
    let settings = match &cli.command {
        // What stands in the outer world's configuration is nothing to a sandbox, not even its mistakes.
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) if !args.uses_a_platform() => Settings::of_flags(&cli.global),
        _ => Settings::from_process(&cli.global)?,
    };
    let ctx = Context::new(settings, out);
    let done = |()| 0;
    match &cli.command {
        Command::Login(args) => commands::login::run(&ctx, args, &cli.global).map(done),
        Command::Logout(args) => commands::logout::run(&ctx, args).map(done),
        Command::Status(args) => commands::status::run(&ctx, args).map(done),
        Command::Token(args) => commands::token::run(&ctx, args).map(done),
        Command::Refresh(args) => commands::refresh::run(&ctx, args).map(done),
        Command::Redeem(args) => commands::redeem::run(&ctx, args),
        Command::Introspect(args) => commands::introspect::run(&ctx, args),
        Command::Decode(args) => commands::decode::run(&ctx, args).map(done),
        Command::Exec(args) => commands::exec::run(&ctx, args),
        Command::Pkce(args) => commands::pkce::run(&ctx, args).map(done),
        Command::AuthorizeUrl(args) => commands::authorize_url::run(&ctx, args).map(done),
        Command::Exchange(args) => commands::exchange::run(&ctx, args).map(done),
        Command::Completions(args) => commands::completions::run(&ctx, args).map(done),
        Command::Man(args) => commands::man::run(&ctx, args).map(done),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => commands::sandbox::run(&ctx, args),
    }
}

/// Help and version are answers; everything else that clap says is a usage error, told as every error is.
fn not_parsed(error: &clap::Error, argv: &[OsString], plain: bool) -> u8 {
    use clap::error::ErrorKind;
    let json = argv.iter().any(|word| word == "--json");
    let out = Out::new(json, false, false, ColorChoice::Auto, plain);
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let shown = out.help(&error.render());
        return shown.map_or_else(
            |e| {
                let report = e.report();
                out.error(&report);
                report.exit
            },
            |()| 0,
        );
    }
    let report = usage(error, argv);
    out.error(&report);
    report.exit
}

/// clap's words as an error of ours: its first line is what happened, its tip or usage what to do.
fn usage(error: &clap::Error, argv: &[OsString]) -> Report {
    use clap::error::ErrorKind;
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "no command was given".to_owned(),
        _ => {
            let first = lines.next().unwrap_or_default().trim_start_matches("error: ");
            // What is missing, or may be given, stands on lines of its own.
            let details: Vec<&str> = lines
                .clone()
                .take_while(|l| !l.starts_with("Usage:") && !l.starts_with("tip:") && !l.starts_with("For more"))
                .collect();
            std::iter::once(first)
                .chain(details)
                .collect::<Vec<_>>()
                .join(" ")
                .replace('\'', "`")
        }
    };
    let tip = rendered
        .lines()
        .map(str::trim)
        .find_map(|line| line.strip_prefix("tip: "));
    let command = command_of(&rendered);
    let hint = match tip {
        Some(tip) => tip.replace('\'', "`"),
        None => format!("run `{command} --help`"),
    };
    CliError::usage(without_long_words(message, argv), without_long_words(hint, argv)).report()
}

/// The command that clap's usage line is about: its words before the first flag or argument.
fn command_of(rendered: &str) -> String {
    let usage = rendered.lines().find_map(|line| line.trim().strip_prefix("Usage: "));
    let words = usage.unwrap_or("noesis").split(' ');
    let words: Vec<&str> = words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    words.join(" ")
}

/// What looks like a secret on the command line is not repeated in full: logs outlive terminals.
fn without_long_words(mut text: String, argv: &[OsString]) -> String {
    for word in argv.iter().skip(1).filter_map(|word| word.to_str()) {
        if word.chars().count() > 40 {
            let start: String = word.chars().take(8).collect();
            text = text.replace(word, &format!("{start}…"));
        }
    }
    text
}
