//! `noesis token`: from the session or the environment, with a refresh where it has to be.

use std::time::Duration;

use serde_json::json;

use crate::support::raw::Raw;
use crate::support::session::signed_in_at;
use crate::support::{Home, Sandbox, document, error, stderr, stdout, text};

#[test]
fn a_token_in_the_environment_takes_the_place_of_the_session() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let token = stdout(&home.noesis(&["token"]).output().unwrap());
    let other = Home::new();
    let with = |args: &[&str], token: &str| other.noesis(args).env("NOESIS_TOKEN", token).output().unwrap();

    assert_eq!(stdout(&with(&["token"], &format!("Bearer {token}"))), token);
    let status = document(&with(&["status", "--json"], &token));
    assert_eq!((&status["source"], &status["sub"]), (&json!("env"), &json!("ada")));
    assert_eq!(with(&["refresh"], &token).status.code(), Some(2));

    // {"alg":"none"}, {"exp":1700000000}
    let expired = with(&["token", "--json"], "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.AA");
    assert_eq!(
        (expired.status.code(), &error(&expired)["code"]),
        (Some(4), &json!("LOGIN_REQUIRED"))
    );
}

#[test]
fn s6_a_token_that_expired_during_the_refresh_is_not_printed() {
    let server = Raw::acting(|_| std::thread::sleep(Duration::from_secs(3)));
    let home = signed_in_at(&server.url, 2);
    let output = home.noesis(&["token", "--timeout", "2500ms"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn s6_a_valid_token_is_used_when_the_lock_the_client_or_the_store_fails() {
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
        stderr(&lock).contains("using the current access token"),
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
fn an_invalid_token_in_the_environment_is_refused() {
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
