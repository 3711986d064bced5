//! `sandbox run` and signals: neither the command nor its temporary folder is left behind.
#![cfg(unix)]

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Home, NOESIS, stderr, stdout, text, until};

/// `sandbox run` of a shell script, with its own temporary folder and a pipe for its output.
fn run(home: &Home, script: &str) -> Command {
    let temporary = home.path().join("tmp");
    std::fs::create_dir_all(&temporary).unwrap();
    let mut command = home.noesis(&["sandbox", "run", "--", "sh", "-c", script]);
    command.env("TMPDIR", temporary).stdout(Stdio::piped());
    command
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args([&format!("-{name}"), &pid]).status();
    assert!(status.unwrap().success());
}

fn folders_left(home: &Home) -> usize {
    std::fs::read_dir(home.path().join("tmp")).unwrap().count()
}

/// Reads until every process that could write has exited, the command among them.
fn rest(child: &mut Child) -> String {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_signal_at_any_moment_leaves_neither_the_command_nor_its_folder() {
    let home = Home::new();
    for after in 0..15 {
        // The shell exits at the signal, or runs for five minutes if it is not forwarded.
        let mut child = run(&home, "exec sleep 300").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(after * 10));
        signal(&child, "TERM");
        let status = end_of(&home, &mut child);
        // Before the handlers are installed, the signal terminates it by default.
        assert!(status.code() == Some(143) || status.signal() == Some(15), "{status:?}");
    }
}

#[test]
fn a_signal_that_the_command_sends_first_of_all_is_handled() {
    let home = Home::new();
    for _ in 0..25 {
        let mut child = run(&home, "kill -TERM $PPID; exec sleep 300").spawn().unwrap();
        assert_eq!(end_of(&home, &mut child).code(), Some(143));
    }
}

/// Waits for the run to exit; by then the command must have exited and its folder must be removed.
fn end_of(home: &Home, child: &mut Child) -> std::process::ExitStatus {
    let start = Instant::now();
    rest(child);
    let status = child.wait().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(150),
        "the command stayed: {status:?}"
    );
    assert_eq!(folders_left(home), 0, "{status:?}");
    status
}

#[test]
fn termination_signals_are_forwarded_and_the_commands_exit_status_is_returned() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let home = Home::new();
        let script = format!("trap 'echo {name} came; exit 7' {name}; : > ready; while :; do sleep 0.05; done");
        let mut child = run(&home, &script).spawn().unwrap();
        until("the command is ready", || home.path().join("ready").exists());
        signal(&child, name);
        assert_eq!(rest(&mut child), format!("{name} came\n"));
        assert_eq!(child.wait().unwrap().code(), Some(7));
        assert_eq!(folders_left(&home), 0);

        let mut child = run(&home, "echo ready; exec sleep 300").spawn().unwrap();
        let mut ready = [0; 6];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(128 + number), "{name}");
        assert_eq!(folders_left(&home), 0);
    }
}

#[test]
fn a_signal_that_nohup_ignores_stays_ignored() {
    if !crate::support::has("nohup") || !cfg!(target_os = "linux") {
        return;
    }
    let home = Home::new();
    let script = "echo ready; until [ -e go ]; do sleep 0.05; done; echo done";
    let inner = run(&home, script);
    let mut command = home.command("nohup");
    command.arg(NOESIS).args(inner.get_args()).stdout(Stdio::piped());
    command.env("TMPDIR", home.path().join("tmp"));
    let mut child = command.spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    signal(&child, "HUP");
    std::fs::write(home.path().join("go"), "").unwrap();
    assert_eq!(rest(&mut child), "done\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn noesis_without_a_path_is_this_program_whatever_the_path_has() {
    let home = Home::new();
    let output = home
        .noesis(&["sandbox", "run", "--", "noesis", "--version"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(stdout(&output).starts_with("noesis "), "{}", stdout(&output));
    let output = home
        .noesis(&["sandbox", "run", "--", "no-such-program"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(127), "{}", text(&output));
    assert!(
        stderr(&output).contains("cannot run `no-such-program`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn serve_prints_exports_that_a_shell_reads_whatever_the_client_id() {
    let home = Home::new();
    let seed = "[[users]]\nid = 'ada'\nname = 'Ada'\n[[clients]]\nid = \"it's; touch pwned\"\nname = 'x'\n\
                redirect_uris = ['http://127.0.0.1/callback']";
    std::fs::write(home.path().join("seed.toml"), seed).unwrap();
    let args = ["sandbox", "serve", "--listen", "127.0.0.1:0", "--seed", "seed.toml"];
    let mut child = home.noesis(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = String::new();
    let mut byte = [0];
    while !lines.contains("noesis login") {
        assert_eq!(child.stdout.as_mut().unwrap().read(&mut byte).unwrap(), 1, "{lines}");
        lines.push(char::from(byte[0]));
    }
    let exports: String = lines
        .lines()
        .filter(|line| line.contains("export "))
        .map(|l| format!("{l}\n"))
        .collect();
    let script = format!("{exports}printf %s \"$NOESIS_CLIENT_ID\"");
    let output = home.command("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(stdout(&output), "it's; touch pwned");
    assert!(!home.path().join("pwned").exists());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_sign_in_needs_no_person_whatever_the_folder_of_the_program_is_called() {
    for folder in ["a %s b", "%s", "it's", "a:b", "a;b $HOME `id`"] {
        let home = Home::new();
        let bin = home.path().join(folder);
        std::fs::create_dir_all(&bin).unwrap();
        let program = bin.join("noesis");
        // A hard link has a path of its own, which a symbolic one would not; across file systems there is none.
        if std::fs::hard_link(NOESIS, &program).is_err() {
            std::fs::copy(NOESIS, &program).unwrap();
        }
        let mut command = home.command(&program);
        command.args([
            "sandbox",
            "run",
            "--auto-approve",
            "--",
            "noesis",
            "login",
            "--wait",
            "60s",
        ]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{folder}: {}", text(&output));
        // In CI a browser that is named still runs.
        let output = command.env("CI", "true").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{folder}: {}", text(&output));
    }
}

#[test]
fn the_temporary_folder_is_never_in_the_current_one_by_mistake() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("tmp")).unwrap();
    let folder_with = |temporary: &str| {
        let mut command = home.noesis(&["sandbox", "run", "--", "sh", "-c", "printf %s \"$NOESIS_CONFIG_DIR\""]);
        let output = command.env("TMPDIR", temporary).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        stdout(&output)
    };
    assert!(
        folder_with("").starts_with("/tmp/noesis-sandbox-"),
        "{}",
        folder_with("")
    );
    // A command that changes its folder finds the session where it was.
    let relative = folder_with("tmp");
    let expected = home.path().join("tmp/noesis-sandbox-");
    assert!(relative.starts_with(expected.to_str().unwrap()), "{relative}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn without_a_path_the_current_folder_is_not_searched() {
    let home = Home::new();
    for path in [None, Some("")] {
        let mut command = home.noesis(&["sandbox", "run", "--", "/bin/sh", "-c", "echo \"$PATH\""]);
        match path {
            Some(path) => command.env("PATH", path),
            None => command.env_remove("PATH"),
        };
        let output = command.output().unwrap();
        let own = std::path::Path::new(NOESIS).parent().unwrap();
        assert_eq!(stdout(&output).trim_end(), own.to_str().unwrap(), "{}", text(&output));
    }
}

#[test]
fn ctrl_c_and_sigterm_are_the_normal_end_of_serve() {
    let home = Home::new();
    for json in [&[][..], &["--json"]] {
        for name in ["INT", "TERM"] {
            let mut command = home.noesis(&["sandbox", "serve", "--listen", "127.0.0.1:0"]);
            command.args(json).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            // At the first byte of its address it may be told to stop.
            assert_eq!(child.stdout.as_mut().unwrap().read(&mut [0]).unwrap(), 1);
            signal(&child, name);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output));
            assert_eq!(stderr(&output), "", "{name}");
        }
    }
}

#[test]
fn sign_ins_are_approved_as_the_user_that_is_named() {
    let home = Home::new();
    let run = |approve: &str| {
        let script = "noesis login --quiet && noesis status --json";
        let mut command = home.noesis(&["sandbox", "run", approve, "--", "sh", "-c", script]);
        command.output().unwrap()
    };
    for (approve, sub) in [
        ("--auto-approve", "ada"),
        ("--auto-approve=grace", "grace"),
        ("--auto-approve=grace@noesis.example", "grace"),
    ] {
        let output = run(approve);
        assert_eq!(output.status.code(), Some(0), "{approve}: {}", text(&output));
        assert!(
            stdout(&output).contains(&format!("\"sub\":\"{sub}\"")),
            "{approve}: {}",
            text(&output)
        );
    }
    for (approve, user) in [("--auto-approve=nobody", "nobody"), ("--auto-approve=", "")] {
        let output = run(approve);
        assert_eq!(output.status.code(), Some(2), "{approve}: {}", text(&output));
        let shown = stderr(&output);
        assert!(shown.contains(&format!("the sandbox has no user `{user}`")), "{shown}");
        assert!(shown.contains("ada, grace, hedy, linus, root"), "{shown}");
    }
}

#[test]
fn the_seed_that_is_printed_is_the_default_and_can_be_given_back() {
    let home = Home::new();
    let output = home.noesis(&["sandbox", "seed"]).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    assert_eq!(stdout(&output), include_str!("../../../src/sandbox/seed.toml"));
    std::fs::write(home.path().join("seed.toml"), &output.stdout).unwrap();
    let args = ["sandbox", "run", "--seed", "seed.toml", "--", "true"];
    assert_eq!(home.noesis(&args).output().unwrap().status.code(), Some(0));
}

#[test]
fn a_sandbox_does_not_mind_the_configuration_around_it() {
    let home = Home::new();
    let config = home.path().join(".config/noesis");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "broken [").unwrap();
    let mut command = home.noesis(&["sandbox", "run", "--auto-approve", "--", "noesis", "login"]);
    command
        .env("NOESIS_TIMEOUT", "bad")
        .env("NOESIS_STORE", "vault")
        .env("NOESIS_TOKEN", " ");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
