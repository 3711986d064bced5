//! The whole command line: the program, its commands and their arguments, parsed from `argv`.

mod help;
mod named;
mod overview;
pub mod position;
mod program;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

pub use self::program::{Cli, Command};

/// The command line, or clap's error, help or version.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    // Errors come from the whole program, as they suggest other commands too.
    match named::parse(argv) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => match help::requested(argv) {
            Some(line) => Cli::try_parse_from(line),
            None => Cli::try_parse_from(argv),
        },
        parsed => parsed,
    }
}

/// The program with everything that is deferred, such as the arguments of its commands.
pub fn built() -> clap::Command {
    let mut program = Cli::command();
    program.build();
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_argument_that_is_a_secret_may_begin_with_a_dash() {
        let verifier = "-BjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for line in [
            [
                "noesis",
                "exchange",
                verifier,
                "--redirect-uri",
                "x",
                "--code-verifier",
                verifier,
            ]
            .as_slice(),
            &[
                "noesis",
                "authorize-url",
                "--redirect-uri",
                "x",
                "--state",
                "-s",
                "--code-challenge",
                verifier,
            ],
            &["noesis", "pkce", "--verifier", verifier],
            &["noesis", "refresh", verifier],
            &["noesis", "refresh", "--", "-x"],
            &["noesis", "refresh", "--json", "--", "--json"],
            &["noesis", "redeem", "--", "-x", "--y"],
            &["noesis", "introspect", "--", "-x"],
            &["noesis", "decode", "--", "--x"],
            &["noesis", "verify", "--", "-x"],
        ] {
            let argv: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(parse(&argv).is_ok(), "{line:?}");
        }
    }

    #[test]
    fn x1_the_help_of_a_command_names_exit_statuses_of_the_table() {
        use crate::cli::exit_status::ExitStatus;

        let help = |name: &str| {
            let mut program = Cli::command();
            let help = program.find_subcommand_mut(name).unwrap().render_long_help();
            help.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let (yes, no, failure) = (ExitStatus::Success, ExitStatus::No, ExitStatus::Failure);
        for (name, words) in [
            (
                "introspect",
                format!("Exit status {} is yes, {} is no.", yes.number(), no.number()),
            ),
            (
                "verify",
                format!("Exit status {} is valid, {} is not.", yes.number(), no.number()),
            ),
            (
                "doctor",
                format!(
                    "Exit status {} means that no check failed (a warning is not a failure), {} that one did.",
                    yes.number(),
                    failure.number()
                ),
            ),
        ] {
            assert!(help(name).contains(words.trim_end_matches('.')), "{}", help(name));
        }
    }
}
