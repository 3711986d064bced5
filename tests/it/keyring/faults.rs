//! A keyring that denies, dies in the middle, or holds what this program did not put there (rules S1, S2, L8).
//!
//! Each test that needs a real keyring is run beside one of its own, which it may end: `tests/keyring-bus` starts this
//! binary once more with the part of the test that is the child.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::raw::{Raw, json};
use crate::support::with_input;
use crate::support::{Cases, Home, assert_ended, document, error, has, skipped, stdout, text, until};

const CHILD: &str = "NOESIS_TEST_KEYRING_CHILD";

/// The program at the bus of this process, with its sessions in the keyring.
fn noesis(home: &Home, args: &[&str]) -> Command {
    let mut command = home.noesis(args);
    command.env("NOESIS_STORE", "keyring");
    if let Some(bus) = std::env::var_os("DBUS_SESSION_BUS_ADDRESS") {
        command.env("DBUS_SESSION_BUS_ADDRESS", bus);
    }
    command
}

fn login(home: &Home, url: &str, token: &str) -> Output {
    let args = [
        "--json",
        "login",
        "--with-token",
        "--base-url",
        url,
        "--client-id",
        "cli",
    ];
    with_input(noesis(home, &args), token)
}

/// An item of the keyring as another program writes it; `more` are attributes beside ours.
fn put(text: &[u8], more: &[&str]) {
    let mut child = secret_tool(&["store", "--label=noesis"], more)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    assert!(child.wait().unwrap().success());
}

fn secret_tool(verb: &[&str], more: &[&str]) -> Command {
    let mut command = Command::new("secret-tool");
    command
        .args(verb)
        .args(["service", "noesis", "username", "default"])
        .args(more);
    command
}

/// Runs `child` of this file beside a keyring of its own.
fn beside_a_keyring(child: &str) {
    for program in ["gnome-keyring-daemon", "dbus-daemon", "secret-tool", "gdbus"] {
        if !has(program) {
            return;
        }
    }
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keyring-bus"))
        .arg(std::env::current_exe().unwrap())
        .args([
            &format!("keyring::faults::{child}"),
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(stdout(&output).contains("1 passed"), "{}", text(&output));
    // The counts of the child are this test's.
    let counts = stdout(&output);
    for line in counts.lines().filter(|line| line.ends_with("survived")) {
        print(line);
    }
}

#[allow(clippy::print_stdout)]
fn print(line: &str) {
    println!("{line}");
}

fn is_child() -> bool {
    let is = std::env::var_os(CHILD).is_some();
    if !is {
        skipped("a part of other tests, which start it themselves");
    }
    is
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s2_items_that_are_no_session_are_reported_and_replaced() {
    beside_a_keyring("child_with_corrupt_items");
}

#[test]
#[ignore = "a part of the test above"]
fn child_with_corrupt_items() {
    if !is_child() {
        return;
    }
    let (home, mut cases) = (Home::new(), Cases::of("keyring items"));
    let parts = r#"{"noesis_parts":1,"generation":"a","count":3,"bytes":9,"sha256":"00"}"#;
    for (name, item) in [
        ("corrupt", &b"{\"version\": canary"[..]),
        ("binary", b"\xff\xfecanary"),
        ("empty", b""),
        ("another version", b"{\"version\":9}"),
        ("parts that are not there", parts.as_bytes()),
    ] {
        cases.case(name, || {
            put(item, &[]);
            for args in ["status", "token", "refresh"] {
                let output = noesis(&home, &["--json", args]).output().unwrap();
                assert_ended(&output, &[1]);
                assert!(!text(&output).contains("canary"), "{}", text(&output));
                let error = error(&output);
                assert!(error["hint"].as_str().unwrap().contains("noesis login"), "{error}");
            }
            assert_ended(&login(&home, "http://127.0.0.1:9", "new"), &[0]);
            assert_eq!(stdout(&noesis(&home, &["token"]).output().unwrap()), "new\n");
            put(item, &[]);
            assert_ended(&noesis(&home, &["logout"]).output().unwrap(), &[0]);
            assert_ended(&noesis(&home, &["status"]).output().unwrap(), &[4]);
        });
    }
    cases.case("a foreign item with the same attributes", || {
        assert_ended(&login(&home, "http://127.0.0.1:9", "mine"), &[0]);
        put(b"canary", &["maker", "another"]);
        for args in [&["status"][..], &["token"], &["logout"]] {
            let output = noesis(&home, &["--json"]).args(args).output().unwrap();
            assert_ended(&output, &[1]);
            let error = error(&output);
            let hint = error["hint"].as_str().unwrap();
            assert!(
                hint.starts_with("run `secret-tool clear service noesis username default`"),
                "{hint}"
            );
        }
        assert!(secret_tool(&["clear"], &[]).status().unwrap().success());
        assert_ended(&login(&home, "http://127.0.0.1:9", "again"), &[0]);
    });
    cases.case("a session that is too large", || {
        let output = login(&home, "http://127.0.0.1:9", &"x".repeat(1 << 20));
        assert_ended(&output, &[1, 2]);
        assert_eq!(stdout(&noesis(&home, &["token"]).output().unwrap()), "again\n");
    });
    cases.case("the largest that is taken", || {
        let token = "x".repeat((1 << 20) - 400);
        let output = login(&home, "http://127.0.0.1:9", &token);
        assert_ended(&output, &[0, 1, 2]);
        let kept = if output.status.code() == Some(0) {
            token
        } else {
            "again".into()
        };
        assert!(stdout(&noesis(&home, &["token"]).output().unwrap()).trim() == kept);
    });
    cases.end();
}

/// A signal to the keyring of this bus.
fn keyring(signal: &str) {
    let script = r#"kill "$1" "$(gdbus call --session -d org.freedesktop.DBus -o /org/freedesktop/DBus \
        -m org.freedesktop.DBus.GetConnectionUnixProcessID org.freedesktop.secrets | tr -dc '0-9 ' | cut -d ' ' -f 2)""#;
    assert!(
        Command::new("sh")
            .args(["-c", script, "sh", signal])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s2_a_keyring_that_dies_or_hangs_during_a_refresh_is_reported() {
    beside_a_keyring("child_whose_keyring_dies");
}

#[test]
#[ignore = "a part of the test above"]
fn child_whose_keyring_dies() {
    if !is_child() {
        return;
    }
    let (home, mut cases) = (Home::new(), Cases::of("dying keyrings"));
    let answers = json(
        "200 OK",
        r#"{"access_token":"new","refresh_token":"next","expires_in":900}"#,
    );
    let tokens = r#"{"access_token":"old","refresh_token":"spent","expires_in":900}"#;
    for (stop, go_on) in [("-STOP", Some("-CONT")), ("-KILL", None)] {
        let answer = answers.clone();
        let server = Raw::acting(move |stream| {
            // After the session was read and the store was tried, before the answer is there to be kept.
            keyring(stop);
            std::thread::sleep(Duration::from_millis(50));
            let _ = stream.write_all(answer.as_bytes());
        });
        assert_ended(&login(&home, &server.url, tokens), &[0]);
        cases.case(format!("{stop} before the answer"), || {
            let output = noesis(&home, &["--json", "refresh"]).output().unwrap();
            assert_ended(&output, &[1]);
            assert_eq!(error(&output)["code"], "STORE_ERROR");
            assert!(text(&output).contains("could not be stored"), "{}", text(&output));
        });
        cases.case(format!("{stop}: the next run"), || {
            let output = noesis(&home, &["--json", "status"]).output().unwrap();
            assert_ended(&output, &[1]);
            assert!(
                error(&output)["hint"].as_str().unwrap().contains("--store file"),
                "{}",
                text(&output)
            );
        });
        if let Some(signal) = go_on {
            cases.case("the keyring goes on", || {
                resume(signal);
                until("the keyring answers", || {
                    noesis(&home, &["--json", "status"]).output().unwrap().status.success()
                });
                assert_eq!(
                    document(&noesis(&home, &["--json", "status"]).output().unwrap())["source"],
                    "keyring"
                );
            });
        }
    }
    cases.end();
}

/// No request is sent to a stopped keyring: the bus knows its process.
fn resume(signal: &str) {
    keyring(signal);
}

#[test]
fn s2_l8_a_bus_that_denies_the_keyring_is_reported_in_time() {
    if !has("dbus-daemon") {
        return;
    }
    let home = Home::new();
    let (socket, config) = (home.path().join("bus"), home.path().join("bus.conf"));
    let policy = "<allow own=\"*\"/><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><deny send_destination=\"org.freedesktop.secrets\"/>";
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\"><busconfig><type>session</type>\
         <listen>unix:path={}</listen><auth>EXTERNAL</auth><policy context=\"default\">{policy}</policy></busconfig>",
        socket.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut bus = home.command("dbus-daemon");
    let mut bus = bus
        .args(["--nofork", "--nopidfile", "--config-file"])
        .arg(&config)
        .spawn()
        .unwrap();
    until("the bus is there", || socket.exists());
    let mut cases = Cases::of("denied keyrings");
    for args in [
        &["login", "--base-url", "http://127.0.0.1:9", "--client-id", "cli"][..],
        &["status"],
        &["token"],
        &["logout"],
    ] {
        cases.case(args[0], || {
            let mut command = noesis(&home, &["--json"]);
            command
                .args(args)
                .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
            let output = command.output().unwrap();
            assert_ended(&output, &[1]);
            let error = error(&output);
            assert_eq!(error["code"], "STORE_ERROR");
            assert!(error["hint"].as_str().unwrap().contains("--store file"), "{error}");
        });
    }
    bus.kill().unwrap();
    bus.wait().unwrap();
    cases.end();
}
