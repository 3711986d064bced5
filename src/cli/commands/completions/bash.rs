//! The script of bash.

use super::script::ASK;

/// How clap_complete has bash complete a file name: split into words, expanded, and inserted without quotes.
pub(super) const FILES: &str = "COMPREPLY=($(compgen -f \"${cur}\"))";

/// The functions that the script calls.
///
/// `compgen -W` would expand the names of profiles, and so run what is in them. Without bash-completion, only names of
/// commands that need no quotes are offered, for the same reason.
fn functions() -> String {
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
}}

# Behind `--`: a command, and what the command completes itself.
_noesis_command() {{
    local at name
    for ((at = 1; at < COMP_CWORD; at++)); do
        [[ \"${{COMP_WORDS[at]}}\" == -- ]] && break
    done
    ((at < COMP_CWORD)) || return 1
    if declare -F _command_offset >/dev/null; then
        _command_offset $((at + 1))
        return 0
    fi
    COMPREPLY=()
    # Arguments are files, which bash completes itself, and quotes.
    ((at + 1 == COMP_CWORD)) || return 0
    while IFS= read -r name; do
        [[ \"${{name}}\" != *[!A-Za-z0-9._+-]* ]] && COMPREPLY+=(\"${{name}}\")
    done < <(compgen -c -- \"${{cur}}\")
    return 0
}}"
    )
}

/// The script that clap_complete makes, with profiles, commands to run, and commands before options.
pub fn improved(script: &str, runners: &[Vec<String>]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut of_profile = false;
    for line in script.lines() {
        let of_value = line.contains(FILES);
        let is_profile = of_profile && of_value;
        of_profile = line.trim() == "--profile)" || (of_profile && !is_profile);
        lines.push(match (of_value, is_profile) {
            (true, true) => line.replace(FILES, "_noesis_profiles \"${cur}\""),
            // Without a match bash completes file names itself, and quotes them.
            (true, false) => line.replace(FILES, "COMPREPLY=()"),
            (false, _) => commands_first(line),
        });
        let indent = line.len() - line.trim_start().len();
        let is_runner = |path: &Vec<String>| line.trim() == format!("noesis__subcmd__{})", path.join("__subcmd__"));
        if runners.iter().any(is_runner) {
            lines.push(format!("{}_noesis_command && return 0", " ".repeat(indent + 4)));
        }
    }
    lines.push(functions());
    lines
}

/// The list of what a command offers, with commands before options.
fn commands_first(line: &str) -> String {
    let Some((indent, list)) = line
        .split_once("opts=\"")
        .and_then(|(indent, list)| Some((indent, list.strip_suffix('"')?)))
    else {
        return line.to_owned();
    };
    let (options, commands): (Vec<&str>, Vec<&str>) = list.split(' ').partition(|word| word.starts_with('-'));
    let words: Vec<&str> = commands.into_iter().chain(options).collect();
    format!("{indent}opts=\"{}\"", words.join(" "))
}
