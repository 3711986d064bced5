//! Where the words of a command line stand: which of them name a command, and which is the first that names none.

use std::ffi::OsString;

/// The command that a command line names, as far as there is one.
#[derive(Debug)]
pub struct Position<'a> {
    /// The command itself.
    pub command: &'a clap::Command,
    /// Its name with those of its parents: `noesis`, `sandbox`, `serve`.
    pub path: Vec<&'a str>,
    /// The places of these names in `argv`, the program's own first.
    pub places: Vec<usize>,
    /// The place of the first word behind it that is neither an option nor the value of one.
    pub next: Option<usize>,
}

impl<'a> Position<'a> {
    /// Reads a command line by a program that was built, as commands have their arguments only then.
    pub fn read(program: &'a clap::Command, argv: &[OsString]) -> Self {
        let mut found = Self {
            command: program,
            path: vec![program.get_name()],
            places: vec![0],
            next: None,
        };
        let mut words = argv.iter().enumerate().skip(1);
        while let Some((place, word)) = words.next() {
            let word = word.to_str().unwrap_or_default();
            if word == "--" {
                return found;
            }
            if word.len() > 1 && word.starts_with('-') {
                if takes_next_word(program, found.command, word) {
                    words.next();
                }
                continue;
            }
            match shown(found.command).find(|below| below.get_name() == word) {
                Some(below) => {
                    found.command = below;
                    found.path.push(below.get_name());
                    found.places.push(place);
                }
                None => {
                    found.next = Some(place);
                    return found;
                }
            }
        }
        found
    }

    /// The command as it is typed: `noesis sandbox serve`.
    pub fn typed(&self) -> String {
        self.path.join(" ")
    }
}

/// The commands below another that its help shows.
pub fn shown(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command.get_subcommands().filter(|below| !below.is_hide_set())
}

/// The option of a command by its long name, such as `--json`.
pub fn option<'a>(command: &'a clap::Command, flag: &str) -> Option<&'a clap::Arg> {
    let name = flag.strip_prefix("--")?;
    command
        .get_arguments()
        .find(|arg| arg.get_long() == Some(name) && !arg.is_hide_set())
}

/// All commands of a program by the names that they are typed with, each before those below it.
pub fn all(program: &clap::Command) -> Vec<(String, &clap::Command)> {
    fn below<'a>(command: &'a clap::Command, typed: String, all: &mut Vec<(String, &'a clap::Command)>) {
        all.push((typed.clone(), command));
        for command in shown(command) {
            below(command, format!("{typed} {}", command.get_name()), all);
        }
    }
    let mut commands = Vec::new();
    below(program, program.get_name().to_owned(), &mut commands);
    commands
}

/// Whether the word behind an option is its value. An option of another command counts too: it may be in the wrong place.
fn takes_next_word(program: &clap::Command, command: &clap::Command, word: &str) -> bool {
    let elsewhere = || all(program).into_iter().find_map(|(_, other)| option(other, word));
    option(command, word)
        .or_else(elsewhere)
        .is_some_and(|option| option.get_action().takes_values() && !option.is_require_equals_set())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line::built;

    #[test]
    fn the_command_is_found_between_options_and_their_values() {
        let program = built();
        for (line, typed, next) in [
            ("noesis", "noesis", None),
            ("noesis --profile status login", "noesis login", None),
            ("noesis sandbox --json serve 8080", "noesis sandbox serve", Some(4)),
            ("noesis --port 80 login", "noesis login", None),
            ("noesis --bogus login", "noesis login", None),
            ("noesis frobnicate login", "noesis", Some(1)),
            ("noesis sandbox browse", "noesis sandbox", Some(2)),
            (
                "noesis sandbox run --auto-approve ada -- login",
                "noesis sandbox run",
                Some(4),
            ),
            ("noesis exec -- login", "noesis exec", None),
            ("noesis decode -", "noesis decode", Some(2)),
        ] {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let position = Position::read(&program, &argv);
            assert_eq!((position.typed().as_str(), position.next), (typed, next), "{line}");
        }
    }
}
