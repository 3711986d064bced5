//! Ctrl-C in every wait that a command has (rules X2, L10): exit 130, said once, and the terminal as it was.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::pty::{Terminal, interrupt};
use crate::support::raw::Raw;
use crate::support::session::{signal, signed_in_at, start};
use crate::support::{Cases, Home, Sandbox, assert_ended, has, now, text, until};

/// A platform that takes a request and says nothing.
fn mute() -> Raw {
    Raw::acting(|_| std::thread::sleep(Duration::from_secs(60)))
}

/// In a terminal: interrupted as soon as `waits` holds.
fn in_a_terminal(cases: &mut Cases, name: &str, home: &Home, program: &Command, waits: impl FnMut() -> bool) {
    cases.case(name, || {
        let terminal = Terminal::start(home, program, 100);
        until(name, waits);
        interrupt(terminal);
    });
}

#[test]
fn x2_ctrl_c_in_every_wait_ends_with_130_and_the_terminal_as_it_was() {
    let mut cases = Cases::of("interrupts");
    let home = signed_in_at("http://127.0.0.1:9", 900);
    let tokens = home.path().join("tokens");
    std::fs::write(&tokens, "a.b.c\n".repeat(50)).unwrap();
    let batch = tokens.to_str().unwrap();
    let uri = "http://127.0.0.1:1/cb";
    for args in [
        &["exchange", "code", "--redirect-uri", uri, "--code-verifier", "v"][..],
        &["refresh", "a-refresh-token"],
        &["introspect", "a.b.c"],
        &["introspect", "--batch", batch],
        &["redeem", "CODE"],
    ] {
        let server = mute();
        let home = signed_in_at(&server.url, 900);
        let mut program = home.noesis(args);
        program
            .env("NOESIS_BASE_URL", &server.url)
            .env("NOESIS_CLIENT_ID", "noesis-cli");
        in_a_terminal(&mut cases, &args.join(" "), &home, &program, || {
            !server.requests().is_empty()
        });
    }

    // Keys that do not come, for one token and for a batch.
    let sandbox = Sandbox::start();
    let signed_in = Home::new();
    signed_in.sign_in(&sandbox);
    let token = signed_in.session()["access_token"].as_str().unwrap().to_owned();
    std::fs::write(&tokens, format!("{token}\n")).unwrap();
    for args in [&["verify", &token][..], &["verify", "--batch", batch]] {
        let server = mute();
        let mut program = signed_in.noesis(args);
        program
            .arg("--jwks")
            .arg(format!("{}/keys", server.url))
            .env("NOESIS_CACHE_DIR", home.path().join("cache"));
        in_a_terminal(&mut cases, &args[..1].join(" "), &home, &program, || {
            !server.requests().is_empty()
        });
    }

    // A question whose answer is not shown, and input that does not come.
    for args in [
        &["decode", "-"][..],
        &["verify", "-"],
        &["introspect", "-"],
        &["pkce", "--verifier", "-"],
    ] {
        cases.case(format!("{args:?} at a terminal"), || {
            let mut terminal = Terminal::start(&signed_in, &signed_in.at(&sandbox, args), 100);
            terminal.expect_prompt("The ");
            terminal.type_in("canary");
            interrupt(terminal);
        });
    }
    for args in [
        &["introspect", "--batch", "-"][..],
        &["verify", "--batch", "-"],
        &["redeem", "-"],
    ] {
        cases.case(format!("{args:?} at a pipe"), || {
            let mut program = signed_in.at(&sandbox, args);
            program
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = program.spawn().unwrap();
            until("it catches the signal", || catches_interrupts(child.id()));
            // Its end of the pipe stays open until it has ended.
            let input = child.stdin.take();
            // Between the handler and what it calls there is a moment in which a signal gets lost: a person presses again.
            until("it has ended", || {
                let ended = child.try_wait().unwrap().is_some();
                if !ended {
                    signal("-INT", &child);
                }
                ended
            });
            let output = child.wait_with_output().unwrap();
            drop(input);
            assert_eq!(output.status.code(), Some(130), "{}", text(&output));
        });
    }
    cases.end();
}

/// Whether a process has a handler for SIGINT.
fn catches_interrupts(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << 1) != 0)
}

#[test]
fn x2_s5_ctrl_c_while_another_process_holds_the_session_ends_at_once() {
    if !has("flock") {
        return;
    }
    let mut cases = Cases::of("interrupts of a wait for the lock");
    let home = signed_in_at("http://127.0.0.1:9", -1);
    let locks = home.path().join(".local/state/noesis/locks");
    std::fs::create_dir_all(&locks).unwrap();
    let mut holder = home.command("flock");
    let mut holder = holder
        .arg(locks.join("default.lock"))
        .args(["sleep", "60"])
        .spawn()
        .unwrap();
    until("the lock is held", || {
        let mut attempt = home.command("flock");
        !attempt
            .arg("-n")
            .arg(locks.join("default.lock"))
            .arg("true")
            .status()
            .unwrap()
            .success()
    });
    for args in [&["token"][..], &["refresh"], &["exec", "--", "true"], &["logout"]] {
        cases.case(format!("{args:?}"), || {
            let mut terminal = Terminal::start(&home, &home.noesis(args), 100);
            terminal.expect("waiting for another `noesis`");
            interrupt(terminal);
        });
    }
    for (name, exit) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        cases.case(name, || {
            let child = start(&home, &["refresh"]);
            until("it waits for the lock", || waits_for_a_lock(child.id()));
            signal(name, &child);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        });
    }
    holder.kill().unwrap();
    holder.wait().unwrap();
    cases.case("the session is as it was", || {
        assert_ended(&home.noesis(&["status"]).output().unwrap(), &[0]);
        assert!(home.session()["expires_at"].as_i64().unwrap() < now());
    });
    cases.end();
}

/// Whether a process has a lock file open.
fn waits_for_a_lock(id: u32) -> bool {
    let files = std::fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    files
        .filter_map(|file| std::fs::read_link(file.path()).ok())
        .any(|path| path.ends_with("default.lock"))
}
