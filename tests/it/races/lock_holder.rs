//! What waiting processes do when the one that refreshes is killed or stopped, or when the session is replaced or removed
//! meanwhile (rule S5).

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::raw::{Raw, json};
use crate::support::session::{signal, signed_in_at, start};
use crate::support::strace::{can_trace, killed_at_its_store, traced};
use crate::support::with_input;
use crate::support::{Cases, Home, Sandbox, assert_ended, error, stderr, stdout, text, until};

const WAITERS: usize = 16;

/// A platform that keeps its first answer back until it is released, and gives a token of its own to each request.
struct Slow {
    server: Raw,
    go: Arc<AtomicBool>,
}

impl Slow {
    fn new() -> Self {
        let (go, count) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
        let gone = Arc::clone(&go);
        let server = Raw::acting(move |stream| {
            let count = count.fetch_add(1, Ordering::SeqCst) + 1;
            let deadline = Instant::now() + Duration::from_secs(60);
            while count == 1 && !gone.load(Ordering::SeqCst) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            let body = format!(r#"{{"access_token":"new-{count}","refresh_token":"next-{count}","expires_in":900}}"#);
            let _ = stream.write_all(json("200 OK", &body).as_bytes());
        });
        Self { server, go }
    }

    fn release(&self) {
        self.go.store(true, Ordering::SeqCst);
    }

    /// A refresh that holds the lock, its request on the way.
    fn holder(&self, home: &Home) -> Child {
        let child = start(home, &["token", "--timeout", "90s"]);
        until("the refresh is on its way", || self.server.requests().len() == 1);
        child
    }
}

/// Processes that wait for the lock.
fn waiters(home: &Home) -> Vec<Child> {
    let children: Vec<Child> = (0..WAITERS).map(|_| start(home, &["token"])).collect();
    until("they all wait", || {
        children.iter().all(|child| has_the_lock_open(child.id()))
    });
    children
}

fn has_the_lock_open(id: u32) -> bool {
    let files = std::fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let mut files = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    files.any(|path| path.ends_with("default.lock"))
}

#[test]
fn s5_when_the_lock_holder_is_killed_before_its_answer_a_waiting_process_refreshes() {
    let platform = Slow::new();
    let home = signed_in_at(&platform.server.url, -1);
    let mut holder = platform.holder(&home);
    let children = waiters(&home);
    assert_eq!(
        platform.server.requests().len(),
        1,
        "nobody asks while the lock is held"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_ended(&output, &[0]);
        assert_eq!(stdout(&output), "new-2\n", "{}", text(&output));
    }
    platform.release();
    assert_eq!(platform.server.requests().len(), 2);
    assert_eq!(home.session()["refresh_token"], "next-2");
}

/// Its tokens are lost then, and a platform that detects reuse ends the session at the next try: that is reported, with the
/// way out, by each of those who wait, and no second try is made.
#[test]
fn s5_when_the_lock_holder_is_killed_before_its_store_the_others_report_it_and_a_sign_in_recovers() {
    if !can_trace() {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    home.expire_token_in(-1);
    let winner = traced(&home, &home.noesis(&["token"]), &killed_at_its_store(&home))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the winner asks", || sandbox.count("token.refresh_token") == 1);
    let children: Vec<Child> = (0..WAITERS).map(|_| start(&home, &["token"])).collect();
    let output = winner.wait_with_output().unwrap();
    assert_eq!(stdout(&output), "", "{}", text(&output));
    let (mut explained, mut signed_out) = (0, 0);
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_ended(&output, &[4]);
        let printed = text(&output);
        assert!(printed.contains("run `noesis login`"), "{printed}");
        explained += usize::from(printed.contains("the refresh of profile `default` was interrupted"));
        signed_out += usize::from(printed.contains("not signed in"));
    }
    assert_eq!(
        (explained, signed_out),
        (1, WAITERS - 1),
        "one asks again, and the others find the session gone"
    );
    assert_eq!(sandbox.count("token.refresh_token"), 2);
    home.sign_in(&sandbox);
    assert_ended(&home.noesis(&["refresh"]).output().unwrap(), &[0]);
}

#[test]
fn s5_a_sign_in_or_sign_out_during_a_refresh_wins() {
    let mut cases = Cases::of("sign-ins and sign-outs in a refresh");
    for name in ["login", "logout"] {
        cases.case(name, || {
            let platform = Slow::new();
            let home = signed_in_at(&platform.server.url, -1);
            let holder = platform.holder(&home);
            let children = waiters(&home);
            let base_url = platform.server.url.clone();
            std::thread::scope(|scope| {
                let other = scope.spawn(|| {
                    let mut command = home.noesis(&[name]);
                    if name == "login" {
                        command.args(["--with-token", "--base-url", &base_url, "--client-id", "noesis-cli"]);
                    }
                    with_input(command, "signed-in")
                });
                platform.release();
                let output = holder.wait_with_output().unwrap();
                assert_ended(&output, &[0]);
                assert_eq!(stdout(&output), "new-1\n");
                assert_ended(&other.join().unwrap(), &[0]);
            });
            for child in children {
                let output = child.wait_with_output().unwrap();
                assert_ended(&output, if name == "login" { &[0] } else { &[0, 4] });
                assert!(
                    ["new-1\n", "signed-in\n", ""].contains(&stdout(&output).as_str()),
                    "{}",
                    text(&output)
                );
            }
            match name {
                "login" => assert_eq!(home.session()["access_token"], "signed-in"),
                _ => assert!(!home.session_file("default").exists()),
            }
            assert_eq!(platform.server.requests().len(), 1);
        });
    }
    cases.end();
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn s5_a_stopped_lock_holder_is_waited_for_half_a_minute_and_reported() {
    let mut cases = Cases::of("a stopped holder");
    let platform = Slow::new();
    let home = signed_in_at(&platform.server.url, 30);
    let holder = start(&home, &["refresh", "--timeout", "90s"]);
    until("the refresh is on its way", || platform.server.requests().len() == 1);
    signal("-STOP", &holder);
    let begun = Instant::now();
    let wait = |args: &[&str]| -> Child { start(&home, args) };
    // One that has a valid token, others that need the lock.
    let lives = wait(&["token", "--min-ttl", "1h"]);
    let others = [&["--json", "refresh"][..], &["--json", "logout"]].map(|args| (args, wait(args)));
    for (args, child) in others {
        cases.case(format!("{args:?}"), || {
            let output = child.wait_with_output().unwrap();
            assert_ended(&output, &[1]);
            let error = error(&output);
            assert_eq!(error["code"], "STORE_ERROR");
            assert!(
                error["message"].as_str().unwrap().contains("another `noesis`"),
                "{error}"
            );
            assert!(
                error["hint"].as_str().unwrap().contains("let it finish, or end it"),
                "{error}"
            );
        });
    }
    cases.case("a token that lives", || {
        // It may have ended in the half minute that was waited.
        let output = lives.wait_with_output().unwrap();
        assert_ended(&output, &[0, 1]);
        assert!(stderr(&output).contains("another `noesis`"), "{}", text(&output));
    });
    cases.case("bounded", || {
        let took = begun.elapsed();
        assert!(
            took > Duration::from_secs(29) && took < Duration::from_secs(2 * 30),
            "{took:?}"
        );
    });
    platform.release();
    signal("-CONT", &holder);
    cases.case("it goes on", || {
        let output = holder.wait_with_output().unwrap();
        assert_ended(&output, &[0]);
        assert_eq!(home.session()["access_token"], "new-1");
        assert_eq!(platform.server.requests().len(), 1);
        let next: Command = home.noesis(&["token"]);
        assert_eq!(with_input(next, "").status.code(), Some(0));
    });
    cases.end();
}
