//! The script of fish.

use super::script::ASK;

/// What completes a command to run, behind a `--`.
const COMMAND: &str = "
# Whether a command to run is behind `--`.
function __fish_noesis_runs_command
    contains -- -- (commandline -opc)
end

# That command, and what it completes itself.
function __fish_noesis_command
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
";

/// The script that clap_complete makes, with profiles, commands to run, and the commands that `help` is about.
pub fn improved(script: &str, runners: &[Vec<String>], names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = script
        .lines()
        .map(|line| match line.contains(" -l profile ") {
            true => format!("{line} -f -a '({ASK})'"),
            false => line.to_owned(),
        })
        .collect();
    lines.push(format!(
        "complete -c noesis -n \"__fish_noesis_using_subcommand help\" -f -a \"{}\"",
        names.join(" ")
    ));
    lines.push(COMMAND.to_owned());
    for path in runners {
        let uses = match path.as_slice() {
            [parent, name] => {
                format!("__fish_noesis_using_subcommand {parent}; and __fish_seen_subcommand_from {name}")
            }
            path => format!("__fish_noesis_using_subcommand {}", path.join(" ")),
        };
        lines.push(format!(
            "complete -c noesis -n \"{uses}; and __fish_noesis_runs_command\" -f -a \"(__fish_noesis_command)\""
        ));
    }
    lines
}
