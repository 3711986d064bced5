//! `noesis completions`: completion scripts for shells, with the names of the profiles where the shell can run a command.

mod bash;
mod fish;
mod script;
mod zsh;

use clap_complete::Shell;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_status::ExitStatus;
use crate::cli::store::valid_profile_name;

/// Print the completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  noesis completions bash > ~/.local/share/bash-completion/completions/noesis
  noesis completions zsh > \"${fpath[1]}/_noesis\"
  noesis completions fish > ~/.config/fish/completions/noesis.fish")]
pub struct Args {
    /// The shell
    #[arg(value_enum, required = true)]
    pub shell: Option<Shell>,
    /// Print the names of the profiles instead, for the scripts themselves
    #[arg(long, hide = true, exclusive = true)]
    profiles: bool,
}

pub fn run(ctx: &Context, args: &Args, program: clap::Command) -> Result<ExitStatus, CliError> {
    match args.shell {
        Some(shell) => ctx.out.raw(&script(shell, program))?,
        None => {
            // A shell may expand what it is offered, and a table of `config.toml` can have any name.
            let names = ctx.settings.config.profile.keys();
            let valid = names.filter(|name| valid_profile_name(name));
            ctx.out
                .raw(&valid.map(|name| format!("{name}\n")).collect::<String>())?;
        }
    }
    Ok(ExitStatus::Success)
}

/// The command line without hidden commands and arguments, which clap_complete would offer; and with `help`.
fn shown(mut program: clap::Command) -> clap::Command {
    // Deferred commands have their arguments only after this.
    program.build();
    let copy = without_hidden(&program)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true);
    let names: Vec<&'static str> = script::names(&copy).into_iter().map(|name| &*name.leak()).collect();
    let commands = clap::Arg::new("command")
        .num_args(0..)
        .help("The command")
        .value_parser(clap::builder::PossibleValuesParser::new(names));
    copy.subcommand(
        clap::Command::new("help")
            .about("Show the help of a command")
            .arg(commands),
    )
}

fn without_hidden(command: &clap::Command) -> clap::Command {
    // Each build adds these again.
    let added = |arg: &clap::Arg| ["help", "version"].contains(&arg.get_id().as_str());
    // clap takes names as `&'static str`; the process ends soon, so leaking these few is fine.
    let name: &'static str = command.get_name().to_owned().leak();
    let mut copy = clap::Command::new(name)
        .args(
            command
                .get_arguments()
                .filter(|arg| !arg.is_hide_set() && !added(arg))
                .cloned(),
        )
        .subcommands(
            command
                .get_subcommands()
                .filter(|below| !below.is_hide_set())
                .map(without_hidden),
        );
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    copy
}

fn script(shell: Shell, program: clap::Command) -> String {
    let mut program = shown(program);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "noesis", &mut script);
    let script = String::from_utf8_lossy(&script);
    let runners = script::runners(&program);
    let lines = match shell {
        Shell::Bash => bash::improved(&script, &runners),
        Shell::Zsh => zsh::improved(&script, &script::with_equals(&program)),
        Shell::Fish => fish::improved(&script, &runners, &script::names(&program)),
        Shell::Elvish => script::commands_first(&script, "cand "),
        Shell::PowerShell => script.lines().map(powershell_order).collect(),
        _ => script.lines().map(str::to_owned).collect(),
    };
    lines.join("\n") + "\n"
}

/// PowerShell sorts by the text, in which it does not count a dash: commands come before options.
fn powershell_order(line: &str) -> String {
    line.replace(
        "Sort-Object -Property ListItemText",
        "Sort-Object -Property @{ Expression = { $_.ListItemText.StartsWith('-') } }, ListItemText",
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::bash::FILES;
    use super::script::ASK;
    use super::*;
    use crate::cli::command_line::Cli;

    #[test]
    fn no_shell_offers_hidden_commands_or_arguments() {
        use clap::ValueEnum as _;
        for shell in Shell::value_variants() {
            let script = script(*shell, Cli::command());
            assert!(
                !script.contains("Stand in for a browser") && !script.contains("sandbox__browse"),
                "{shell}"
            );
            // The scripts ask with it, and offer it nowhere else.
            let calls_to_ask = script.matches(ASK).count();
            assert_eq!(script.matches("--profiles").count(), calls_to_ask, "{shell}");
            assert!(
                !script.contains("-l profiles") && script.contains("introspect"),
                "{shell}"
            );
        }
    }

    #[test]
    fn shells_that_can_run_a_command_complete_the_names_of_profiles() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell, Cli::command());
            let calls_to_ask = script.matches(ASK).count();
            // Once for the program and once for each command, as far as the shell repeats global flags.
            assert!(calls_to_ask > 0, "{shell}");
            if shell == Shell::Bash {
                let calls = script.matches("_noesis_profiles \"").count();
                assert_eq!((calls_to_ask, calls), (1, script.matches("--profile)").count()));
                // What a command prints is neither expanded nor split by a shell.
                assert!(!script.contains(FILES) && !script.contains("compgen -W \"$("));
            }
        }
    }
}
