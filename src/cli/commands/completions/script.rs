//! What the scripts of all shells have in common.

/// The command that the scripts run for the names of the profiles.
pub const ASK: &str = "noesis completions --profiles 2>/dev/null";

/// The names of all commands, those below others too.
pub fn names(command: &clap::Command) -> Vec<String> {
    let mut all = Vec::new();
    for below in command.get_subcommands() {
        all.push(below.get_name().to_owned());
        all.extend(names(below));
    }
    all
}

/// The commands that run another command, which stands behind a `--`; each with its parents, but without the program.
pub fn runners(command: &clap::Command) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for below in command.get_subcommands() {
        let name = below.get_name().to_owned();
        if below.get_positionals().any(clap::Arg::is_last_set) {
            all.push(vec![name.clone()]);
        }
        for mut path in runners(below) {
            path.insert(0, name.clone());
            all.push(path);
        }
    }
    all
}

/// The options whose value may be left out, and has to follow a `=`.
pub fn with_equals(command: &clap::Command) -> Vec<String> {
    let own = command.get_arguments().filter(|arg| arg.is_require_equals_set());
    let own = own.filter_map(|arg| arg.get_long()).map(str::to_owned);
    own.chain(command.get_subcommands().flat_map(with_equals)).collect()
}

/// The lines with commands before options, wherever lines with candidates follow each other.
pub fn commands_first(script: &str, marker: &str) -> Vec<String> {
    let (mut lines, mut options) = (Vec::new(), Vec::new());
    for line in script.lines() {
        match line.trim_start().strip_prefix(marker) {
            Some(candidate) if candidate.starts_with('-') => options.push(line.to_owned()),
            Some(_) => lines.push(line.to_owned()),
            None => {
                lines.append(&mut options);
                lines.push(line.to_owned());
            }
        }
    }
    lines.append(&mut options);
    lines
}
