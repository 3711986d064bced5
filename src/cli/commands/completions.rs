//! `noesis completions`: completion scripts for shells, with the names of the profiles where the shell can run a command.

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

/// The command that the scripts run for the names of the profiles.
const ASK: &str = "noesis completions --profiles 2>/dev/null";

/// How clap_complete has bash complete a file name: split into words, expanded, and inserted without quotes.
const BASH_FILES: &str = "COMPREPLY=($(compgen -f \"${cur}\"))";

/// The bash function for the names of the profiles. `compgen -W` would expand them, and so run what is in them.
fn bash_profiles() -> String {
    format!(
        "
_noesis_profiles() {{
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        if [[ \"${{name}}\" != *[!A-Za-z0-9._-]* && \"${{name}}\" == \"$1\"* ]]; then
            COMPREPLY+=(\"${{name}}\")
        fi
    done < <({ASK})
}}"
    )
}

/// The command line without hidden commands and arguments, which clap_complete would offer.
fn shown(mut program: clap::Command) -> clap::Command {
    // Deferred commands have their arguments only after this.
    program.build();
    without_hidden(&program)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
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
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut shown(program), "noesis", &mut script);
    let script = String::from_utf8_lossy(&script);
    let lines = script.lines().map(str::to_owned);
    let lines: Vec<String> = match shell {
        Shell::Bash => {
            let mut of_profile = false;
            lines
                .map(|line| {
                    let of_value = line.contains(BASH_FILES);
                    let is_profile = of_profile && of_value;
                    of_profile = line.trim() == "--profile)" || (of_profile && !is_profile);
                    match (of_value, is_profile) {
                        (true, true) => line.replace(BASH_FILES, "_noesis_profiles \"${cur}\""),
                        // Without a match bash completes file names itself, and quotes them.
                        (true, false) => line.replace(BASH_FILES, "COMPREPLY=()"),
                        (false, _) => line,
                    }
                })
                .chain([bash_profiles()])
                .collect()
        }
        Shell::Zsh => {
            let ask = format!(":NAME:{{compadd -- ${{(f)\"$({ASK})\"}}}}'");
            lines
                .map(|line| {
                    if line.contains("'--profile=") {
                        line.replace(":NAME:_default'", &ask)
                    } else {
                        line
                    }
                })
                .collect()
        }
        Shell::Fish => lines
            .map(|line| {
                if line.contains(" -l profile ") {
                    format!("{line} -f -a '({ASK})'")
                } else {
                    line
                }
            })
            .collect(),
        _ => lines.collect(),
    };
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

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
                assert!(!script.contains(BASH_FILES) && !script.contains("compgen -W \"$("));
            }
        }
    }
}
