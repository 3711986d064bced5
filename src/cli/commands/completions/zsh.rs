//! The script of zsh.

use super::script::ASK;

/// How clap_complete completes the command that `exec` and `sandbox run` run.
const COMMAND: &str = "'*::command -- The command and its arguments:_default'";

/// The script that clap_complete makes, with profiles and commands to run, and for a shell without `compinit` too.
pub fn improved(script: &str, with_equals: &[String]) -> Vec<String> {
    let profiles = format!(":NAME:{{compadd -- ${{(f)\"$({ASK})\"}}}}'");
    let command = COMMAND.replace(":_default", ":_noesis_command");
    let mut lines = Vec::new();
    for line in script.lines() {
        match line.trim() {
            "if [ \"$funcstack[1]\" = \"_noesis\" ]; then" => lines.extend(RUN.lines().map(str::to_owned)),
            "compdef _noesis noesis" => lines.extend(INITIALIZED.lines().map(str::to_owned)),
            _ => {}
        }
        lines.push(match line.contains("'--profile=") {
            true => line.replace(":NAME:_default'", &profiles),
            false => optional_value(line, with_equals).replace(COMMAND, &command),
        });
    }
    lines
}

/// The line of an option, which says that its value is in the same word, if it is one whose value has to follow a `=`.
fn optional_value(line: &str, with_equals: &[String]) -> String {
    for flag in with_equals {
        if let Some(rest) = line.strip_prefix(&format!("'--{flag}=[")) {
            return format!("'--{flag}=-[{rest}");
        }
    }
    line.to_owned()
}

/// The function that completes a command to run, and what the command completes itself, behind a `--`.
const RUN: &str = "\
(( $+functions[_noesis_command] )) ||
_noesis_command() {
    [[ \"$LBUFFER\" == *' -- '* ]] && _normal
}
";

/// `zsh -f` and a configuration without it: there is no `compdef` yet.
const INITIALIZED: &str = "    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i -D }";
