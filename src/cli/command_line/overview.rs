//! The text of `noesis --help`: all commands by topic, and the global options in a few lines, on one screen.
//!
//! clap does not group subcommands, and gives each option a line of its own. So the text is a template of literals; the
//! tests compare it with the commands and options that exist. The exit statuses are those of their table.

use crate::cli::exit_status::ExitStatus;
use crate::cli::output::wrap;

/// A heading, in the style of clap's own.
macro_rules! heading {
    ($text:literal) => {
        concat!("\x1b[1m\x1b[32m", $text, "\x1b[0m")
    };
}

/// A command and what it does, in the column after the group's heading.
macro_rules! command {
    ($name:literal, $rest:literal) => {
        concat!("\x1b[1m\x1b[36m", $name, "\x1b[0m", $rest, "\n")
    };
}

#[cfg(feature = "guard")]
macro_rules! guard {
    () => {
        command!("guard", "          Guard a tool: grant or deny each request")
    };
}

#[cfg(feature = "sandbox")]
macro_rules! sandbox {
    () => {
        command!("sandbox", "        Run the platform on your own machine")
    };
}

/// The servers that this program is built with.
#[cfg(all(feature = "guard", feature = "sandbox"))]
macro_rules! serving {
    () => {
        concat!(
            heading!("Serving:"),
            "          ",
            guard!(),
            "                  ",
            sandbox!()
        )
    };
}

#[cfg(all(feature = "guard", not(feature = "sandbox")))]
macro_rules! serving {
    () => {
        concat!(heading!("Serving:"), "          ", guard!())
    };
}

#[cfg(all(feature = "sandbox", not(feature = "guard")))]
macro_rules! serving {
    () => {
        concat!(heading!("Serving:"), "          ", sandbox!())
    };
}

#[cfg(not(any(feature = "guard", feature = "sandbox")))]
macro_rules! serving {
    () => {
        ""
    };
}

/// The columns that the text may have.
const WIDTH: usize = 79;

/// The template of the program's own help. The help of a command is clap's, with every option and its variable.
pub fn template() -> String {
    let statuses = ExitStatus::ALL.map(|status| format!("{} {}", status.number(), status.brief()));
    let statuses = wrap(&statuses.join(", "), WIDTH - 2).join("\n  ");
    format!("{OVERVIEW}\n\n{EXIT_STATUSES}\n  {statuses}{{after-help}}")
}

const EXIT_STATUSES: &str = heading!("Exit statuses:");

const OVERVIEW: &str = concat!(
    "{about-with-newline}\n{usage-heading} {usage}\n\n",
    heading!("Account:"),
    "          ",
    command!("login", "          Sign in with the browser"),
    "                  ",
    command!("logout", "         Forget the session"),
    "                  ",
    command!("status", "         Show who is signed in, and for how long"),
    "                  ",
    command!("token", "          Print a valid access token"),
    "                  ",
    command!("refresh", "        Refresh the session now"),
    "                  ",
    command!("redeem", "         Redeem activation codes"),
    heading!("Tokens:"),
    "           ",
    command!("introspect", "     Ask the platform whether a token is active"),
    "                  ",
    command!("decode", "         Show a token's content without verifying it"),
    "                  ",
    command!("verify", "         Check a token's signature, times and access"),
    heading!("Building blocks:"),
    "  ",
    command!("pkce", "           Print a PKCE pair"),
    "                  ",
    command!("authorize-url", "  Print the URL where a user approves a sign-in"),
    "                  ",
    command!("exchange", "       Exchange an authorization code for tokens"),
    "                  ",
    command!("exec", "           Run a command with a token in its environment"),
    serving!(),
    heading!("Help:"),
    "             ",
    command!("doctor", "         Check store, browser, network and keys"),
    heading!("Shell:"),
    "            ",
    command!("completions", "    Print the completion script for a shell"),
    "                  ",
    command!("man", "            Print the manual pages"),
    "\n",
    heading!("Options of every command"),
    ", which `noesis help COMMAND` explains:\n",
    "  --base-url URL  --client-id ID  --client-secret-file PATH  --profile NAME\n",
    "  --store keyring|file|memory  --timeout DURATION  --ca-cert PEM  --no-input\n",
    "  --json  -q, --quiet  -v, --verbose  --color auto|always|never\n",
    "  -h, --help  -V, --version",
);

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::Cli;

    /// The help without its colours.
    fn help() -> String {
        Cli::command().render_long_help().to_string()
    }

    #[test]
    fn the_help_fits_a_screen() {
        let help = help();
        assert!(help.lines().count() <= 40, "{help}");
        for line in help.lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
        assert_eq!(help, Cli::command().render_help().to_string(), "`-h` says the same");
    }

    #[test]
    fn the_help_names_every_command_in_its_group_with_its_own_words_and_no_other() {
        let help = help();
        let table: Vec<(&str, &str)> = help
            .lines()
            .skip_while(|line| !line.starts_with("Account:"))
            .take_while(|line| !line.is_empty())
            .map(|line| line.split_at(18).1.split_once("  ").unwrap())
            .map(|(name, about)| (name, about.trim()))
            .collect();
        // Not built: the words are those of the list, and not of the command's own help.
        let program = Cli::command();
        let shown: Vec<&clap::Command> = program.get_subcommands().filter(|c| !c.is_hide_set()).collect();
        let mut names: Vec<&str> = shown.iter().map(|command| command.get_name()).collect();
        let mut listed: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, names);
        for command in shown {
            let about = command.get_about().unwrap().to_string();
            assert!(
                table.contains(&(command.get_name(), &about)),
                "{}: {about}",
                command.get_name()
            );
        }
    }

    #[test]
    fn x1_the_help_names_every_exit_status() {
        let help = help();
        let statuses = help.split("Exit statuses:").nth(1).unwrap();
        let statuses = statuses.split("\n\n").next().unwrap().split_whitespace();
        let words = statuses.collect::<Vec<_>>().join(" ");
        for status in super::ExitStatus::ALL {
            let named = format!("{} {}", status.number(), status.brief());
            assert!(words.contains(&named), "{named}: {words}");
        }
    }

    #[test]
    fn the_help_names_every_global_option_and_no_other() {
        let help = help();
        let options = help.split("Options of every command").nth(1).unwrap();
        let options = options.split("\n\n").next().unwrap();
        let mut listed: Vec<&str> = options
            .split_whitespace()
            .filter_map(|word| word.strip_prefix("--"))
            .collect();
        let mut program = Cli::command();
        program.build();
        let mut longs: Vec<&str> = program.get_arguments().filter_map(|arg| arg.get_long()).collect();
        listed.sort_unstable();
        longs.sort_unstable();
        assert_eq!(listed, longs);
    }
}
