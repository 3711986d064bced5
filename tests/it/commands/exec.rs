//! `noesis exec`: the command takes the place of the program, with a token in its environment and in no argument.
#![cfg(unix)]

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::{Home, Sandbox, error, stderr, stdout, text, within};

fn signed_in() -> (Home, Sandbox) {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    (home, sandbox)
}

#[test]
fn the_command_finds_token_and_platform_in_its_environment() {
    let (home, sandbox) = signed_in();
    let output = home
        .noesis(&["exec", "--", "sh", "-c", "echo $NOESIS_TOKEN $NOESIS_BASE_URL"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let token = home.session()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(stdout(&output), format!("{token} {}\n", sandbox.url));
    assert_eq!(stderr(&output), "");
}

#[test]
fn the_token_is_in_no_argument_and_the_process_is_the_same_one() {
    let (home, _sandbox) = signed_in();
    // Busy with its input until it is read.
    let mut exec = home.noesis(&["exec", "--", "sh", "-c", "echo $$; read -r line"]);
    let mut child = exec.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(
        line.trim(),
        child.id().to_string(),
        "the shell has the program's own process"
    );
    if cfg!(target_os = "linux") {
        let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        let arguments = String::from_utf8_lossy(&arguments).into_owned();
        assert_eq!(arguments, "sh\0-c\0echo $$; read -r line\0");
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn exit_statuses_and_signals_are_those_of_the_command() {
    let (home, _sandbox) = signed_in();
    for exit in [0, 1, 3, 4, 7, 255] {
        let output = home
            .noesis(&["exec", "--", "sh", "-c", &format!("exit {exit}")])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
    }
    let killed = home.noesis(&["exec", "--", "sh", "-c", "kill -9 $$"]).output().unwrap();
    assert_eq!(killed.status.signal(), Some(9));

    // A signal from outside reaches the command, which handles it itself.
    let trap = "trap 'echo stopped; exit 9' TERM; echo ready; while :; do read -r line; done";
    let mut exec = home.noesis(&["exec", "--", "sh", "-c", trap]);
    let mut child = exec.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    assert_eq!(line, "ready\n");
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let mut status = None;
    within(STEP_TIMEOUT, "the end of the command", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    assert_eq!(status.unwrap().code(), Some(9));
}

#[test]
fn a_command_that_is_not_there_is_127_and_one_that_cannot_run_126() {
    let (home, _sandbox) = signed_in();
    std::fs::write(home.path().join("no-program"), "").unwrap();
    for (program, exit) in [("no-such-program-anywhere", 127), ("./no-program", 126), ("/", 126)] {
        let output = home.noesis(&["exec", "--json", "--", program]).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        assert_eq!(error(&output)["code"], "USAGE");
    }
    let none = home.noesis(&["exec", "--json"]).output().unwrap();
    assert_eq!(
        (none.status.code(), error(&none)["code"].as_str()),
        (Some(2), Some("USAGE"))
    );
}

#[test]
fn a_token_that_expires_soon_is_refreshed_first_and_without_a_session_nothing_runs() {
    let (home, sandbox) = signed_in();
    home.expire_token_in(30);
    let output = home.noesis(&["exec", "--", "true"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(sandbox.count("token.refresh_token"), 1);

    let signed_out = Home::new();
    let output = signed_out
        .noesis(&["exec", "--json", "--", "touch", "ran"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert_eq!(error(&output)["code"], "LOGIN_REQUIRED");
    assert!(!signed_out.path().join("ran").exists());
}
