//! `noesis status`: what is shown of a session, on terminals of every width, and of one that is corrupt or cannot be refreshed.

use serde_json::json;

#[cfg(unix)]
use crate::support::pty::{Terminal, has_colour};
use crate::support::session::LOGIN_WITH_TOKEN;
use crate::support::{Home, Sandbox, document, error, now, stderr, text};

#[test]
fn a_corrupt_session_is_reported_and_a_new_sign_in_replaces_it() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    for broken in ["", "{", "canary", r#"{"version":99,"access_token":"canary"}"#] {
        std::fs::write(home.session_file("default"), broken).unwrap();
        let output = home.noesis(&["status"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(stderr(&output).contains("cannot be read") && stderr(&output).contains("hint: run `noesis login`"));
        assert!(!text(&output).contains("canary"));
    }
    home.sign_in(&sandbox);
    assert!(home.noesis(&["status"]).output().unwrap().status.success());
}

#[test]
fn the_status_of_a_session_that_cannot_be_refreshed_asks_for_a_sign_in() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let mut session = home.session();
    session["refresh_token"] = "".into();
    // Ten days, so that the seconds that this test takes do not show.
    session["expires_at"] = (now() - 10 * 86_400).into();
    std::fs::write(home.session_file("default"), session.to_string()).unwrap();
    let output = home.noesis(&["status", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(
        (&document(&output)["expired"], &error(&output)["code"]),
        (&json!(true), &json!("LOGIN_REQUIRED"))
    );
    let token = home.noesis(&["token"]).output().unwrap();
    assert_eq!(token.status.code(), Some(4));
    assert!(stderr(&token).contains("expired 10 days ago"), "{}", stderr(&token));
}

/// The text without the sequences that set a colour or a style.
#[cfg(unix)]
fn without_style(line: &str) -> String {
    let mut pieces = line.split("\x1b[");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').unwrap().1)
}

#[cfg(unix)]
#[test]
fn status_fits_every_terminal_without_breaking_words() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let tools = document(&home.noesis(&["status", "--json"]).output().unwrap());
    let tools = tools["entitlements"].as_array().unwrap();
    for columns in [20, 60, 120] {
        for color in ["never", "always"] {
            let mut terminal = Terminal::start(&home, &home.noesis(&["status", "--color", color]), columns);
            assert_eq!(terminal.end(), 0, "{}", terminal.shown());
            let shown = terminal.shown();
            assert_eq!(has_colour(&shown), color == "always", "{shown:?}");
            // A URL stays whole, so that it can be copied.
            for line in shown.lines().filter(|line| !line.contains("://")) {
                let line = without_style(line);
                assert!(
                    line.chars().count() <= usize::from(columns),
                    "{columns}: {line}\n{shown}"
                );
            }
            for tool in tools {
                assert!(shown.contains(tool["tool_id"].as_str().unwrap()), "{columns}: {shown}");
            }
            assert!(shown.contains("refreshed") && shown.contains(&sandbox.url), "{shown}");
        }
    }
}

#[test]
fn a_profile_that_does_not_exist_is_named_with_those_that_do() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for profile in ["default", "work"] {
        let login = home.at(&sandbox, &["login", "--profile", profile]).output().unwrap();
        assert_eq!(login.status.code(), Some(0), "{}", text(&login));
    }
    each_command_says(&home, "no profile \"nope\"; there are default, work");
    let doctor = home.noesis(&["doctor", "--profile", "nope"]).output().unwrap();
    assert!(
        text(&doctor).contains("no profile \"nope\"; there are default, work"),
        "{}",
        text(&doctor)
    );
}

#[test]
fn a_profile_is_named_as_missing_where_there_is_none_at_all() {
    let home = Home::new();
    each_command_says(&home, "no profile \"nope\"; there is none yet");
    let output = home
        .noesis(&["status", "--json", "--profile", "default"])
        .output()
        .unwrap();
    let message = crate::support::error(&output)["message"].clone();
    assert!(!message.as_str().unwrap().contains("no profile"), "{message}");
    // What uses no profile, and what creates one.
    for args in [
        &["pkce"][..],
        &["decode", &crate::support::token("{}", "{}")],
        &["completions", "bash"],
        &LOGIN_WITH_TOKEN,
    ] {
        let mut command = home.noesis(args);
        let output = crate::support::with_input(command.args(["--profile", "new"]), crate::support::token("{}", "{}"));
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
    }
}

/// Each command that uses a profile, with one that does not exist, named by a flag or by the variable.
fn each_command_says(home: &Home, message: &str) {
    let token = crate::support::token("{}", "{}");
    for args in [
        &["status"][..],
        &["token"],
        &["refresh"],
        &["refresh", "a-refresh-token"],
        &["redeem", "AXKF-M3PQ-7RBN-W2YT"],
        &["introspect", &token],
        &["verify", &token],
        &["decode"],
        &["exec", "--", "true"],
        &["authorize-url", "--redirect-uri", "http://127.0.0.1/callback"],
        &["exchange", "code", "--redirect-uri", "http://127.0.0.1/callback"],
        &["guard"],
        &["logout"],
        &["--store", "keyring", "status"],
        &["--store", "keyring", "logout"],
    ] {
        let by_flag = home
            .noesis(&["--json", "--profile", "nope"])
            .args(args)
            .output()
            .unwrap();
        let by_variable = home
            .noesis(&["--json"])
            .args(args)
            .env("NOESIS_PROFILE", "nope")
            .output()
            .unwrap();
        for output in [by_flag, by_variable] {
            assert_eq!(output.status.code(), Some(4), "{args:?}: {}", text(&output));
            assert_eq!(crate::support::error(&output)["message"], message, "{args:?}");
        }
    }
}

#[test]
fn a_sign_in_over_the_session_of_another_user_says_whose_it_replaces() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let other = crate::support::mint(&home, &sandbox, &["--sub", "grace"]);
    let login = home.at(&sandbox, &["login", "--with-token"]);
    let output = crate::support::with_input(login, other);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told = crate::support::stderr(&output);
    assert!(
        told.contains("this replaces the session of ada with `http://127.0.0.1"),
        "{told}"
    );
}
