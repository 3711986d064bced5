//! The whole command line: the program, its commands and their arguments, parsed from `argv`.

mod named;
mod overview;
mod program;

use std::ffi::OsString;

use clap::Parser as _;
use clap::error::ErrorKind;

pub use self::program::{Cli, Command};

/// The command line, or clap's error, help or version.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    // Errors come from the whole program, as they suggest other commands too.
    match named::parse(argv) {
        Err(error) if error.kind() != ErrorKind::DisplayVersion => Cli::try_parse_from(argv),
        parsed => parsed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
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
        ] {
            let argv: Vec<OsString> = line.iter().map(OsString::from).collect();
            assert!(parse(&argv).is_ok(), "{line:?}");
        }
    }
}
