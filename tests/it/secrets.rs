//! No secret in any output, log, file or error of any command (rule N7), at `--verbose`, in good times and bad.

use std::path::Path;
use std::process::Output;

use crate::support::raw::Raw;
use crate::support::session::signed_in_at;
use crate::support::{Home, Sandbox, stderr, stdout, text};

const SECRETS: [&str; 4] = [
    "canary-access",
    "canary-refresh",
    "canary-client-secret",
    "canary-env-token",
];

/// A home that holds a session of canaries with a given platform.
fn home_with_session(url: &str) -> Home {
    let home = Home::new();
    let file = home.session_file("default");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let session = serde_json::json!({
        "version": 1, "base_url": url, "client_id": "noesis-cli", "access_token": "canary-access",
        "refresh_token": "canary-refresh", "token_type": "bearer", "expires_at": 1, "obtained_at": 0,
    });
    std::fs::write(&file, session.to_string()).unwrap();
    home
}

fn assert_clean(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
    }
}

/// Every file below a folder but the sessions, which are where the tokens belong.
fn assert_files_clean(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("sessions") {
                assert_files_clean(&path);
            }
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert_clean(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
}

/// Servers that answer in every way, those that echo what they were sent among them.
fn servers() -> Vec<Raw> {
    // What a refresh is sent, and a server could send back.
    let sent = "canary-refresh canary-client-secret";
    let echo = |status: &str, key: &str| Raw::json(status, &format!(r#"{{"{key}":"{sent}"}}"#));
    vec![
        echo("400 Bad Request", "detail"),
        echo("400 Bad Request", "error_description"),
        echo("401 Unauthorized", "error"),
        echo("503 Service Unavailable", "detail"),
        echo("200 OK", "access_token"),
        Raw::json("200 OK", r#"{"access_token":"canary-access canary-refresh"}"#),
        Raw::json(
            "422 Unprocessable Entity",
            r#"{"detail":[{"loc":["canary-refresh"],"msg":"canary-client-secret"}]}"#,
        ),
        Raw::json(
            "400 Bad Request",
            r#"{"error":"invalid_grant","error_description":"canary-refresh"}"#,
        ),
        Raw::answering("HTTP/1.1 302 Found\r\nlocation: /x?token=canary-refresh\r\ncontent-length: 0\r\n\r\n"),
        Raw::answering("HTTP/1.1 502 Bad\r\ncontent-type: text/html\r\n\r\n<html><title>canary-refresh</title>"),
        Raw::answering("nonsense canary-refresh\r\n\r\n"),
        Raw::acting(|_| {}),
    ]
}

#[test]
fn n7_no_command_prints_a_secret_unless_that_is_its_output() {
    for server in servers() {
        for json in [false, true] {
            for args in [
                &["status"][..],
                &["token"],
                &["token", "--min-ttl", "24h"],
                &["refresh"],
                &["refresh", "canary-refresh"],
                &["doctor"],
                &["logout"],
                &["login", "--no-browser", "--wait", "1ms"],
                &["status", "canary-refresh-typed-where-it-does-not-belong"],
            ] {
                let home = home_with_session(&server.url);
                let mut command = home.noesis(&["--verbose"]);
                command.args(args).args(json.then_some("--json"));
                command
                    .env("NOESIS_BASE_URL", &server.url)
                    .env("NOESIS_CLIENT_ID", "noesis-cli");
                command.env("NOESIS_CLIENT_SECRET", "canary-client-secret");
                let output = command.output().unwrap();
                assert_clean(&format!("{args:?}"), &text(&output));
                assert_files_clean(home.path());
            }
        }
    }
}

#[test]
fn n7_a_token_from_the_environment_is_printed_only_by_token() {
    let home = Home::new();
    let run = |args: &[&str]| -> Output {
        home.noesis(args)
            .env("NOESIS_TOKEN", "canary-env-token")
            .output()
            .unwrap()
    };
    for args in [
        &["status", "-v"][..],
        &["status", "--json"],
        &["refresh", "-v"],
        &["doctor", "-v"],
        &["doctor", "--json"],
        &["logout", "-v"],
    ] {
        assert_clean(&format!("{args:?}"), &text(&run(args)));
    }
    let token = run(&["token", "-v"]);
    assert_eq!(stdout(&token), "canary-env-token\n");
    assert_clean("token", &stderr(&token));
}

#[test]
fn n7_the_tokens_of_a_session_are_in_no_file_but_the_store() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let mut shown = String::new();
    let mut secrets = Vec::new();
    let mut run = |args: &[&str]| {
        let output = home.at(&sandbox, args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        shown += &text(&output);
        if let Ok(bytes) = std::fs::read(home.session_file("default")) {
            let session: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            for name in ["access_token", "refresh_token"] {
                secrets.push(session[name].as_str().unwrap().to_owned());
            }
        }
    };
    run(&["login", "-v"]);
    run(&["status", "-v"]);
    run(&["status", "-v", "--json"]);
    run(&["doctor", "-v"]);
    run(&["doctor", "-v", "--json"]);
    run(&["refresh", "-v"]);
    run(&["refresh", "-v", "--json"]);
    run(&["login", "-v", "--json"]);
    run(&["logout", "-v"]);
    secrets.dedup();
    assert!(secrets.len() >= 6);
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
    let left = std::process::Command::new("grep")
        .args(["-rlF", "eyJ"])
        .arg(home.path())
        .output()
        .unwrap();
    assert_eq!(stdout(&left), "", "a token is left in a file");
}

#[test]
fn a_client_secret_is_sent_only_for_its_own_client_to_its_own_platform() {
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
