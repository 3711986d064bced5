//! `noesis completions`: the scripts that are shipped, in the real shells.

use std::path::{Path, PathBuf};

#[cfg(unix)]
use crate::support::pty::Terminal;
use crate::support::{Home, has, path_with_program, stdout, text};

/// The scripts that are shipped, by the shell that each is for.
const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "noesis.bash"),
    ("zsh", "_noesis"),
    ("fish", "noesis.fish"),
    ("powershell", "_noesis.ps1"),
    ("elvish", "noesis.elv"),
];

fn script(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file)
}

/// A home with two profiles, whose names a shell may complete.
fn home_with_profiles() -> Home {
    let home = Home::new();
    let folder = home.path().join(".config/noesis");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[profile.work]\n[profile.private]\n").unwrap();
    home
}

#[test]
fn the_committed_scripts_are_those_that_the_program_generates() {
    let home = Home::new();
    for (shell, file) in SCRIPTS {
        let output = home.noesis(&["completions", shell]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(
            stdout(&output) == std::fs::read_to_string(script(file)).unwrap_or_default(),
            "`completions/{file}` is behind: run `noesis completions {shell} > completions/{file}`"
        );
    }
}

#[test]
fn bash_completes_a_command_a_flag_a_value_and_the_name_of_a_profile() {
    if !has("bash") {
        return;
    }
    let home = home_with_profiles();
    for (typed, offered) in [
        ("noesis intro", "introspect"),
        ("noesis introspect --ba", "--base-url --batch"),
        ("noesis sandbox m", "mint"),
        ("noesis sandbox ", "serve run mint seed"),
        ("noesis status --store f", "file"),
        ("noesis completions z", "zsh"),
        ("noesis --profile w", "work"),
        ("noesis status --profile pri", "private"),
        ("noesis completions --profi", "--profile"),
    ] {
        let complete = "source \"$0\"; read -ra COMP_WORDS <<< \"$1\"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}
            _noesis noesis \"$cur\" \"$prev\"; echo \"${COMPREPLY[*]}\"";
        let mut bash = home.command("bash");
        bash.env("PATH", path_with_program()).args(["--norc", "-c", complete]);
        let output = bash.arg(script("noesis.bash")).arg(typed).output().unwrap();
        let got = stdout(&output);
        let mut words: Vec<&str> = got.split_whitespace().filter(|word| !word.starts_with("-h")).collect();
        let mut wanted: Vec<&str> = offered.split(' ').collect();
        // Behind a space, flags are offered too.
        words.retain(|word| !typed.ends_with(' ') || !word.starts_with('-'));
        words.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(words, wanted, "{typed}: {}", text(&output));
    }
}

#[test]
fn fish_completes_a_command_a_flag_a_value_and_the_name_of_a_profile() {
    if !has("fish") {
        return;
    }
    let home = home_with_profiles();
    for (typed, offered) in [
        ("noesis intro", &["introspect"][..]),
        ("noesis introspect --batc", &["--batch"]),
        ("noesis sandbox ", &["mint", "run", "seed", "serve"]),
        ("noesis status --store f", &["file"]),
        ("noesis status --profile w", &["work"]),
        ("noesis completions --profi", &["--profile"]),
    ] {
        let mut fish = home.command("fish");
        fish.env("PATH", path_with_program()).args(["--no-config", "-c"]);
        fish.arg("source $argv[1]; complete -C $argv[2]");
        let output = fish.arg(script("noesis.fish")).arg(typed).output().unwrap();
        let got = stdout(&output);
        let mut words: Vec<&str> = got.lines().map(|line| line.split('\t').next().unwrap()).collect();
        words.sort_unstable();
        assert_eq!(words, offered, "{typed}: {}", text(&output));
    }
}

#[cfg(unix)]
#[test]
fn zsh_completes_a_command_a_flag_and_the_name_of_a_profile() {
    if !has("zsh") {
        return;
    }
    let home = home_with_profiles();
    let mut zsh = home.command("zsh");
    zsh.args(["-f", "-i"])
        .env("PATH", path_with_program())
        .env("PS1", "ready> ");
    let mut terminal = Terminal::start(&home, &zsh, 200);
    terminal.asked("ready> ");
    let folder = script("").display().to_string();
    terminal.enter(&format!(
        "fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -u -D; print be'gun'"
    ));
    terminal.expect("begun");
    terminal.asked("ready> ");
    for (typed, completed) in [
        ("noesis intro\t", "spect\x1b[1m "),
        ("noesis introspect --batc\t", "h\x1b[1m="),
        ("noesis --profile w\t", "ork\x1b[1m "),
    ] {
        terminal.type_in(typed);
        // What is added stands in bold, up to the next key.
        terminal.expect(completed);
        // The line is wiped; an interruption could hit the completion, which may still be at work.
        terminal.type_in("\x15");
    }
    terminal.enter("exit");
    terminal.end();
}
