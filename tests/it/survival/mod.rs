//! What a session survives: signals in the middle of a refresh, waits that outlive a token, stores that fail late,
//! settings of others. Each test of this file is a fault that was found once; the groups below it look for more.

mod clock;
mod ctrl_c;
mod disk;
mod keyring;
mod streams;
pub mod syscalls;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::raw::{Raw, json};
use crate::support::{Home, Sandbox, error, now, stderr, stdout, text, until};

/// A home whose session is with a platform of our own, kept as a sign-in keeps it.
pub fn signed_in_at(url: &str, lives: i64) -> Home {
    signed_in_with("old", url, lives)
}

/// The same with an access token of the caller's; the refresh token is `refresh-` and that.
pub fn signed_in_with(access_token: &str, url: &str, lives: i64) -> Home {
    let home = Home::new();
    let file = home.session_file("default");
    let folder = file.parent().unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::write(&file, session(url, access_token, now() + lives).to_string()).unwrap();
    let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, own).unwrap();
    home
}

pub fn session(url: &str, access_token: &str, expires_at: i64) -> serde_json::Value {
    serde_json::json!({
        "version": 1, "base_url": url, "client_id": "noesis-cli", "access_token": access_token,
        "refresh_token": format!("refresh-{access_token}"), "token_type": "bearer", "expires_at": expires_at,
        "obtained_at": now() - 60,
    })
}

pub fn start(home: &Home, args: &[&str]) -> Child {
    home.noesis(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub fn signal(name: &str, child: &Child) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn s5_a_ctrl_c_during_a_refresh_waits_for_the_new_session_to_be_stored() {
    let server = Raw::acting(|stream| {
        std::thread::sleep(Duration::from_millis(700));
        let tokens = json(
            "200 OK",
            r#"{"access_token":"new","refresh_token":"next","expires_in":900}"#,
        );
        let _ = std::io::Write::write_all(stream, tokens.as_bytes());
    });
    for name in ["-INT", "-TERM"] {
        let home = signed_in_at(&server.url, -1);
        let asked = server.requests().len();
        let child = start(&home, &["token"]);
        until("the refresh is on its way", || server.requests().len() > asked);
        signal(name, &child);
        let output = child.wait_with_output().unwrap();
        let exit = if name == "-INT" { 130 } else { 143 };
        assert_eq!(output.status.code(), Some(exit), "{name}: {}", text(&output));
        assert!(
            stderr(&output).contains("as soon as the session is stored"),
            "{}",
            text(&output)
        );
        assert_eq!(home.session()["refresh_token"], "next", "{name}");
    }
}

#[test]
fn x2_a_second_ctrl_c_ends_a_refresh_that_is_never_answered() {
    let server = Raw::acting(|_| std::thread::sleep(Duration::from_secs(30)));
    let home = signed_in_at(&server.url, -1);
    let child = start(&home, &["token", "--timeout", "60s"]);
    until("the refresh is on its way", || !server.requests().is_empty());
    let started = Instant::now();
    signal("-INT", &child);
    std::thread::sleep(Duration::from_millis(300));
    signal("-INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(home.session()["access_token"], "old");
}

#[test]
fn s6_a_token_that_ended_during_the_wait_is_not_handed_out() {
    let server = Raw::acting(|_| std::thread::sleep(Duration::from_secs(3)));
    let home = signed_in_at(&server.url, 2);
    let output = home.noesis(&["token", "--timeout", "2500ms"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn s6_a_token_that_lives_is_used_where_the_lock_the_client_or_the_store_fails() {
    let home = signed_in_at("http://127.0.0.1:1", 30);
    let state = home.path().join(".local/state");
    std::fs::create_dir_all(state.parent().unwrap()).unwrap();
    std::fs::write(&state, "in the way").unwrap();
    let lock = home.noesis(&["token", "--min-ttl", "60s"]).output().unwrap();
    assert_eq!(
        (lock.status.code(), stdout(&lock).as_str()),
        (Some(0), "old\n"),
        "{}",
        text(&lock)
    );
    assert!(
        stderr(&lock).contains("using the present access token"),
        "{}",
        text(&lock)
    );

    let home = signed_in_at("https://127.0.0.1:1", 30);
    let client = home.noesis(&["token", "--ca-cert", "/no/such/file"]).output().unwrap();
    assert_eq!(
        (client.status.code(), stdout(&client).as_str()),
        (Some(0), "old\n"),
        "{}",
        text(&client)
    );
}

#[test]
fn s6_an_invalid_grant_for_an_old_token_does_not_end_the_new_session() {
    // Another process has renewed the session without our lock, while our refresh was on its way.
    let home = std::sync::Arc::new(Home::new());
    let other = std::sync::Arc::clone(&home);
    let server = Raw::acting(move |stream| {
        let newer = session("http://127.0.0.1:1", "newer", now() + 900);
        std::fs::write(other.session_file("default"), newer.to_string()).unwrap();
        let answer = json("400 Bad Request", r#"{"error":"invalid_grant"}"#);
        let _ = std::io::Write::write_all(stream, answer.as_bytes());
    });
    let file = home.session_file("default");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, session(&server.url, "old", now() - 1).to_string()).unwrap();
    let output = home.noesis(&["token"]).output().unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(0), "newer\n"),
        "{}",
        text(&output)
    );
    assert_eq!(home.session()["access_token"], "newer");
}

#[test]
fn a_logout_of_all_finds_sessions_that_no_config_file_knows_and_recorded_stores_count() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for profile in ["default", "Work", "x.y"] {
        let login = home.at(&sandbox, &["login", "--profile", profile]).output().unwrap();
        assert!(login.status.success(), "{}", text(&login));
    }
    let output = home.noesis(&["--store", "memory", "logout", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!home.session_file("default").exists());

    for profile in ["default", "Work", "x.y"] {
        home.at(&sandbox, &["login", "--profile", profile]).output().unwrap();
    }
    std::fs::remove_file(home.path().join(".config/noesis/config.toml")).unwrap();
    let output = home.noesis(&["logout", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let left = std::fs::read_dir(home.session_file("x").parent().unwrap())
        .unwrap()
        .count();
    assert_eq!(left, 0);
}

#[test]
fn a_client_secret_is_shown_to_its_own_client_and_platform_alone() {
    let server = Raw::json("200 OK", r#"{"access_token":"new","expires_in":900}"#);
    let home = signed_in_at(&server.url, 900);
    let with = |id: &str| {
        let mut command = home.noesis(&["refresh"]);
        command
            .env("NOESIS_CLIENT_ID", id)
            .env("NOESIS_CLIENT_SECRET", "canary-secret");
        assert!(command.output().unwrap().status.success());
        server.requests().last().unwrap().contains("canary-secret")
    };
    assert!(!with("another-client"));
    assert!(with("noesis-cli"));

    let secret = home.path().join("secret");
    std::fs::write(&secret, "canary-file\n").unwrap();
    let config = home.path().join(".config/noesis/config.toml");
    for (base_url, shown) in [(server.url.as_str(), true), ("https://elsewhere.example", false)] {
        let text = format!(
            "[profile.default]\nbase_url = \"{base_url}\"\nclient_secret_file = \"{}\"\n",
            secret.display()
        );
        std::fs::write(&config, text).unwrap();
        assert!(home.noesis(&["refresh"]).output().unwrap().status.success());
        assert_eq!(
            server.requests().last().unwrap().contains("canary-file"),
            shown,
            "{base_url}"
        );
    }
    // A secret that is not needed is not missed.
    std::fs::remove_file(&secret).unwrap();
    assert!(home.noesis(&["status"]).output().unwrap().status.success());
}

#[test]
fn a_token_of_the_environment_that_is_none_is_refused() {
    let home = Home::new();
    for text in ["a\r\nX-Evil: 1", "\u{1b}[31m", "   ", "Bearer   ", "é"] {
        let output = home
            .noesis(&["token", "--header", "--json"])
            .env("NOESIS_TOKEN", text)
            .output()
            .unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{text:?}"
        );
        assert!(error(&output)["message"].as_str().unwrap().contains("NOESIS_TOKEN"));
    }
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

#[test]
fn a_hint_names_the_profile_that_the_run_named() {
    let home = signed_in_at("http://127.0.0.1:1", -1);
    std::fs::rename(home.session_file("default"), home.session_file("work")).unwrap();
    std::fs::write(home.session_file("work"), "broken").unwrap();
    let output = home.noesis(&["--profile", "work", "status"]).output().unwrap();
    assert!(
        stderr(&output).contains("hint: run `noesis login --profile work`"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_mistyped_command_line_is_answered_with_the_command_that_it_is_about() {
    let home = Home::new();
    for (args, hint) in [
        (
            &["--profile", "status", "login", "--bogus"][..],
            "run `noesis login --help`",
        ),
        (&["sandbox", "serve", "--bogus"], "run `noesis sandbox serve --help`"),
    ] {
        let output = home.noesis(args).arg("--json").output().unwrap();
        assert_eq!(
            (output.status.code(), error(&output)["hint"].as_str()),
            (Some(2), Some(hint)),
            "{args:?}"
        );
    }
}
