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
        ("noesis help sandb", "sandbox"),
        ("noesis exec -- printen", "printenv"),
        ("noesis sandbox run --auto-approve -- printen", "printenv"),
        // Files are left to bash, which quotes them.
        ("noesis exec -- printenv HOM", ""),
        ("noesis exec --min", "--min-ttl"),
    ] {
        let complete = "source \"$0\"; read -ra COMP_WORDS <<< \"$1\"; [[ $1 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}
            _noesis noesis \"$cur\" \"$prev\"; echo \"${COMPREPLY[*]}\"";
        let mut bash = home.command("bash");
        bash.env("PATH", path_with_program()).args(["--norc", "-c", complete]);
        let output = bash.arg(script("noesis.bash")).arg(typed).output().unwrap();
        let got = stdout(&output);
        let mut words: Vec<&str> = got.split_whitespace().filter(|word| !word.starts_with("-h")).collect();
        let mut wanted: Vec<&str> = offered.split_whitespace().collect();
        // Behind a space, flags are offered too.
        words.retain(|word| !typed.ends_with(' ') || !word.starts_with('-'));
        words.sort_unstable();
        // A program that is in two folders of `PATH` comes twice.
        words.dedup();
        wanted.sort_unstable();
        assert_eq!(words, wanted, "{typed}: {}", text(&output));
    }
}

#[test]
fn bash_offers_commands_before_flags() {
    if !has("bash") {
        return;
    }
    let home = Home::new();
    for (words, count) in [("noesis ''", 19), ("noesis sandbox ''", 4)] {
        let complete = format!(
            "source \"$0\"; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _noesis noesis '' noesis; printf '%s\n' \"${{COMPREPLY[@]}}\""
        );
        let mut bash = home.command("bash");
        let output = bash
            .args(["--norc", "-c", &complete])
            .arg(script("noesis.bash"))
            .output()
            .unwrap();
        let got = stdout(&output);
        let is_flag: Vec<bool> = got.lines().map(|word| word.starts_with('-')).collect();
        assert!(is_flag.is_sorted() && is_flag.contains(&true), "{got}");
        assert!(is_flag.iter().filter(|flag| !**flag).count() >= count, "{got}");
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
        ("noesis help sandb", &["sandbox"]),
        ("noesis exec -- printen", &["printenv"]),
        ("noesis exec --min-ttl 5m -- printen", &["printenv"]),
        ("noesis sandbox run --auto-approve -- printen", &["printenv"]),
        ("noesis exec -- noesis intro", &["introspect"]),
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

/// zsh without the user's configuration, at its prompt.
#[cfg(unix)]
fn bare_zsh(home: &Home) -> Terminal {
    let mut zsh = home.command("zsh");
    zsh.args(["-f", "-i"])
        .env("PATH", path_with_program())
        .env("PS1", "ready> ");
    let mut terminal = Terminal::start(home, &zsh, 200);
    terminal.expect_prompt("ready> ");
    terminal
}

#[cfg(unix)]
#[test]
fn zsh_completes_a_command_a_flag_and_the_name_of_a_profile() {
    if !has("zsh") {
        return;
    }
    let home = home_with_profiles();
    let mut terminal = bare_zsh(&home);
    let folder = script("").display().to_string();
    terminal.enter(&format!(
        "fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -u -D; print be'gun'"
    ));
    terminal.expect("begun");
    terminal.expect_prompt("ready> ");
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

#[cfg(unix)]
#[test]
fn zsh_without_compinit_gets_a_working_script_which_completes_the_command_to_run() {
    if !has("zsh") {
        return;
    }
    let home = home_with_profiles();
    let mut terminal = bare_zsh(&home);
    terminal.enter("source <(noesis completions zsh); print be'gun'");
    let printed = terminal.expect("begun");
    assert!(!printed.contains("not found"), "{printed}");
    terminal.expect_prompt("ready> ");
    for (typed, completed) in [
        ("noesis intro\t", "spect\x1b[1m "),
        ("noesis exec -- printen\t", "v\x1b[1m "),
        ("noesis exec --min-ttl 5m -- printen\t", "v\x1b[1m "),
        ("noesis sandbox run --auto-approve -- printen\t", "v\x1b[1m "),
        ("noesis exec -- noesis intro\t", "spect\x1b[1m "),
        ("noesis help sandb\t", "ox\x1b[1m "),
    ] {
        terminal.type_in(typed);
        terminal.expect(completed);
        terminal.type_in("\x15");
    }
    terminal.enter("exit");
    terminal.end();
    // Nothing is left in the home of somebody who only looks.
    assert!(!home.path().join(".zcompdump").exists());
}

/// Names of profiles and files that run something or break the line where a shell expands them.
const HOSTILE: [&str; 9] = [
    "w$(touch PWNED)",
    "w`touch PWNED`",
    "w;touch PWNED",
    "w<(touch PWNED)",
    "w${x:=$(touch PWNED)}",
    "w'$(touch PWNED)'",
    "w\"$(touch PWNED)\"",
    "w\n$(touch PWNED)",
    "w*",
];

/// A home with a valid profile among hostile ones, and files with hostile names.
fn hostile_home() -> Home {
    let home = Home::new();
    let folder = home.path().join(".config/noesis");
    std::fs::create_dir_all(&folder).unwrap();
    let tables: String = HOSTILE
        .iter()
        .map(|name| format!("[profile.{}]\n", serde_json::to_string(name).unwrap()))
        .collect();
    std::fs::write(folder.join("config.toml"), tables + "[profile.work]\n").unwrap();
    std::fs::write(home.path().join("a$(id>PWNED)"), "").unwrap();
    home
}

#[test]
fn the_scripts_are_given_valid_names_of_profiles_only() {
    let home = hostile_home();
    let output = home.noesis(&["completions", "--profiles"]).output().unwrap();
    assert_eq!(stdout(&output), "work\n", "{}", text(&output));
}

/// A folder with a `noesis` that prints every hostile name, as a version that does not check them would.
#[cfg(unix)]
fn path_with_unchecked_program(home: &Home) -> std::ffi::OsString {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = home.path().join("unchecked");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("noesis");
    std::fs::write(folder.join("names"), HOSTILE.join("\n") + "\nwork\n").unwrap();
    std::fs::write(&program, "#!/bin/sh\nexec cat \"${0%/*}/names\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others))).unwrap()
}

#[cfg(unix)]
#[test]
fn a_hostile_name_of_a_profile_or_a_file_runs_nothing_in_any_shell() {
    for shell in ["bash", "zsh", "fish"] {
        if !has(shell) {
            continue;
        }
        let home = hostile_home();
        for path in [path_with_program(), path_with_unchecked_program(&home)] {
            for typed in [
                "noesis status --profile w",
                "noesis --profile w",
                "noesis verify --batch a",
            ] {
                complete(shell, &home, &path, typed);
                let pwned = home.path().join("PWNED").exists();
                assert!(!pwned, "{shell} ran a name behind `{typed}`");
            }
        }
    }
}

/// Has a shell complete a line, and run what it made of a file's name.
#[cfg(unix)]
fn complete(shell: &str, home: &Home, path: &std::ffi::OsStr, typed: &str) {
    let mut program = home.command(shell);
    program.env("PATH", path).env("PS1", "ready> ");
    if shell == "fish" {
        // It waits for answers of the terminal; `complete -C` is what its Tab key does.
        program.args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"]);
        let output = program.arg(script("noesis.fish")).arg(typed).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        return;
    }
    let load = match shell {
        "bash" => format!("source '{}'", script("noesis.bash").display()),
        _ => format!(
            "fpath=('{}' $fpath); autoload -Uz compinit; compinit -u -D",
            script("").display()
        ),
    };
    match shell {
        "bash" => program.args(["--norc", "--noprofile", "-i"]),
        _ => program.args(["-f", "-i"]),
    };
    let mut terminal = Terminal::start(home, &program, 200);
    terminal.expect_prompt("ready> ");
    terminal.enter(&format!("{load}; echo load''ed"));
    terminal.expect("loaded");
    terminal.expect_prompt("ready> ");
    // The shell takes the keys in their order, so what follows comes after the completion.
    terminal.type_in(typed);
    terminal.type_in("\t\t");
    if typed.contains("--batch") {
        terminal.enter("");
        terminal.expect_prompt("ready> ");
    } else {
        terminal.type_in("\x15");
    }
    terminal.enter("echo do''ne");
    terminal.expect("done");
    terminal.enter("exit");
    terminal.end();
}
