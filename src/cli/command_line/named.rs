//! The fast path for a valid command line: clap is given only the commands whose names occur in it.
//!
//! clap copies every global option into every command that it is given, which would dominate the time of a start. A word
//! that is not a command's name cannot select a command, so the result is the one of the whole program.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{Args as _, FromArgMatches as _, Subcommand as _};

use super::program::{Cli, Command};
use crate::cli::args::GlobalArgs;

/// The command line. Of the errors only the version is meant to be shown; for others the whole program has to parse.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    // None of these is dropped: that would cost as much as building it.
    let mut all = ManuallyDrop::new(Command::augment_subcommands(clap::Command::default()));
    let is_named = |command: &&mut clap::Command| argv.iter().any(|word| word == command.get_name());
    let program = clap::Command::new("noesis")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .subcommands(all.get_subcommands_mut().filter(is_named).map(std::mem::take));
    let mut program = ManuallyDrop::new(GlobalArgs::augment_args(program));
    let mut matches = ManuallyDrop::new(program.try_get_matches_from_mut(argv)?);
    Cli::from_arg_matches_mut(&mut matches)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::command_line;

    #[test]
    fn the_named_commands_are_parsed_as_the_whole_program_parses_them() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<OsString>>();
        for line in [
            "noesis --json decode a.b.c",
            "noesis decode --json a.b.c --color never",
            "noesis --profile status -q login --port 80 --no-browser",
            "noesis exec --min-ttl 5m -- login logout",
            "noesis authorize-url --redirect-uri http://127.0.0.1/ --timeout 3s",
            "noesis --no-input --store file status --profile work",
            "noesis sandbox mint --claim status=1 --json",
            "noesis introspect --batch - --jobs 3",
        ] {
            let argv = words(line);
            let named = parse(&argv).map_err(|e| e.to_string());
            let whole = Cli::try_parse_from(&argv).map_err(|e| e.to_string());
            assert!(named.is_ok(), "{line}: {named:?}");
            assert_eq!(format!("{named:?}"), format!("{whole:?}"), "{line}");
        }
        for line in [
            "noesis",
            "noesis --version",
            "noesis -V status",
            "noesis --help",
            "noesis login --version",
            "noesis logon",
            "noesis decode --jsn",
            "noesis status decode",
            "noesis --profile decode",
            "noesis -q -v token",
            "noesis sandbox",
        ] {
            let argv = words(line);
            let rendered =
                |parsed: Result<Cli, clap::Error>| parsed.map_err(|e| (e.kind(), e.render().ansi().to_string()));
            let (named, whole) = (
                rendered(command_line::parse(&argv)),
                rendered(Cli::try_parse_from(&argv)),
            );
            assert!(named.is_err(), "{line}");
            assert_eq!(format!("{named:?}"), format!("{whole:?}"), "{line}");
        }
    }
}
