//! The examples in the help of every command, taken from what it prints and run in a shell, against a sandbox.

use crate::support::authorization::code;
use crate::support::{Home, Sandbox, get, has, path_with_program, stdout, text};

/// What marks an example that needs what is not here: a platform, a person, a program of the reader's, or no end.
const OUTSIDE: [&str; 6] = ["…", "pytest", "--no-browser", "sandbox serve", "noesis guard", "man1"];

/// The names of all commands, as words.
fn commands(home: &Home) -> Vec<Vec<String>> {
    let folder = home.path().join("names");
    let output = home.noesis(&["man", "--out", "names"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let pages: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .filter_map(|page| page.strip_prefix("noesis-").map(str::to_owned))
        .collect();
    // A hyphen may be a part of a command's name, or stand between a command and its subcommand, which has a page as well.
    let words = |name: &String| match name.split_once('-') {
        Some((command, subcommand)) if pages.iter().any(|page| page == command) => {
            vec![command.to_owned(), subcommand.to_owned()]
        }
        _ => vec![name.clone()],
    };
    let mut all: Vec<Vec<String>> = pages.iter().map(words).collect();
    all.push(Vec::new());
    all.sort();
    all
}

/// The examples at the end of a command's help, without the words beside them.
fn examples(home: &Home, command: &[String]) -> Vec<String> {
    let mut program = home.noesis(&[]);
    let output = program.args(command).arg("--help").output().unwrap();
    let help = stdout(&output);
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let mut examples: Vec<String> = Vec::new();
    // A line that ends in a colon says what those below it are for.
    for line in lines.filter(|line| !line.trim().is_empty() && !line.ends_with(':')) {
        match examples.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => *last = format!("{}{}", last.trim_end_matches('\\'), line.trim()),
            None => examples.push(
                line.trim()
                    .split("   ")
                    .next()
                    .unwrap()
                    .split("  ")
                    .next()
                    .unwrap()
                    .to_owned(),
            ),
        }
    }
    examples
}

/// What the examples find: tokens and codes in files and variables, and the session of somebody who is signed in.
fn prepare(home: &Home, sandbox: &Sandbox) -> String {
    home.sign_in(sandbox);
    let other = Home::new();
    other.sign_in(sandbox);
    let session = other.session();
    let (token, refresh) = (
        session["access_token"].as_str().unwrap(),
        session["refresh_token"].as_str().unwrap(),
    );
    let (code, verifier) = code(home, sandbox, "http://127.0.0.1:8400/callback");
    let answer = get(&format!("{}/.well-known/jwks.json", sandbox.url));
    let (_, keys) = answer.split_once("\r\n\r\n").unwrap();
    let tokens = format!("{token}\n{token}\n");
    for (file, content) in [
        ("token", token),
        ("token.txt", token),
        ("tokens.txt", &tokens),
        ("keys.json", keys),
        ("refresh-token.txt", refresh),
        ("code.txt", &code),
        ("verifier.txt", &verifier),
        ("codes.txt", "BQLG-N4RS-8TCP-X3ZV\n"),
        (
            "my_tool.py",
            "import os\nassert os.environ['NOESIS_TOKEN'].count('.') == 2\n",
        ),
        (".local/share/bash-completion/completions/x", ""),
        (".config/fish/completions/x", ""),
    ] {
        let path = home.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    // `vision-lab` is redeemed by one example, and required by another before that.
    format!("set -euo pipefail; fpath=(. .); CODE='{code}'; TOKEN=$(noesis sandbox mint --tool vision-lab)")
}

#[test]
fn the_examples_of_every_command_run() {
    if !(has("bash") && has("curl") && has("jq") && has("python3")) {
        return;
    }
    let home = Home::new();
    let mut run = Vec::new();
    for command in commands(&home) {
        let examples = examples(&home, &command);
        assert!(examples.len() >= 2, "{command:?} teaches nothing: {examples:?}");
        // A sandbox that has redeemed nothing yet.
        let sandbox = Sandbox::start();
        for example in examples {
            // The one that prompts has no terminal here.
            if OUTSIDE.iter().any(|mark| example.contains(mark)) || example == "noesis redeem" {
                continue;
            }
            let room = Home::new();
            let prelude = prepare(&room, &sandbox);
            let mut bash = room.command("bash");
            for (name, value) in room.at(&sandbox, &[]).get_envs() {
                if let Some(value) = value {
                    bash.env(name, value);
                }
            }
            bash.env("PATH", path_with_program())
                .args(["-c", &format!("{prelude}\n{example}")]);
            let output = bash.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{example}: {}", text(&output));
            run.push(example);
        }
    }
    assert!(run.len() >= 25, "{run:?}");
}
