//! `noesis help [COMMAND…]`, which is `noesis [COMMAND…] --help`.
//!
//! It is no command of its own: only a command line that is wrong otherwise is looked at, so that a start pays nothing.

use std::ffi::OsString;

use super::{built, position::Position};

/// The command line with `--help` in the place of the word `help`, where that stands for a command.
pub fn requested(argv: &[OsString]) -> Option<Vec<OsString>> {
    let program = built();
    let mut line = argv.to_vec();
    while let Some(place) = place_of_help(&program, &line) {
        line.remove(place);
    }
    if line.len() == argv.len() {
        return None;
    }
    let words = line.iter().take_while(|word| *word != "--").count();
    line.insert(words, "--help".into());
    Some(line)
}

fn place_of_help(program: &clap::Command, line: &[OsString]) -> Option<usize> {
    let position = Position::read(program, line);
    let place = position.next?;
    let names_a_command = position.command.has_subcommands();
    (names_a_command && line.get(place)? == "help").then_some(place)
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;
    use crate::cli::command_line::parse;

    #[test]
    fn help_before_a_command_is_the_help_of_that_command() {
        let argv = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        let shown = |line: &str| {
            let error = parse(&argv(line)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::DisplayHelp, "{line}");
            error.render().to_string()
        };
        for (typed, meant) in [
            ("noesis help", "noesis --help"),
            ("noesis help help", "noesis --help"),
            ("noesis --json help", "noesis --help"),
            ("noesis help login", "noesis login --help"),
            ("noesis help sandbox", "noesis sandbox --help"),
            ("noesis help sandbox serve", "noesis sandbox serve --help"),
            ("noesis sandbox help serve", "noesis sandbox serve --help"),
            ("noesis help exec -- ls", "noesis exec --help"),
            ("noesis help token --header", "noesis token --help"),
        ] {
            assert_eq!(shown(typed), shown(meant), "{typed}");
        }
        assert_eq!(
            parse(&argv("noesis help logn")).unwrap_err().kind(),
            ErrorKind::InvalidSubcommand
        );
        // A code may have any letters.
        assert!(parse(&argv("noesis redeem help")).is_ok());
        assert_eq!(requested(&argv("noesis --profile help login --jsn")), None);
    }
}
