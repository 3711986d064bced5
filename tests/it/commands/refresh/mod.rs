//! `noesis refresh`, and the refresh that other commands make: what ends a session, what keeps it, and interruptions.

mod interrupted;

use std::time::Duration;

use serde_json::json;

use crate::support::pending_login::PendingLogin;
use crate::support::raw::{Raw, json as json_answer};
use crate::support::session::{session, signal, signed_in_at, start};
use crate::support::{Home, Sandbox, document, error, now, stderr, stdout, text, until};

#[test]
fn s6_only_invalid_grant_ends_a_session() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let stored = home.session();

    // Faults that say nothing of the session: it stays, and a token that is still valid is used.
    for (answer, exit) in [
        (json_answer("503 Service Unavailable", "{}"), 5),
        (json_answer("429 Too Many Requests", "{}"), 5),
        (json_answer("400 Bad Request", r#"{"detail":"who knows"}"#), 1),
        (json_answer("200 OK", "nonsense"), 1),
        (json_answer("401 Unauthorized", r#"{"error":"invalid_client"}"#), 1),
        (
            json_answer("500 Internal Server Error", r#"{"error":"invalid_grant"}"#),
            5,
        ),
        (String::new(), 5),
    ] {
        let server = Raw::answering(answer.clone());
        let mut session = stored.clone();
        session["base_url"] = server.url.as_str().into();
        session["expires_at"] = (now() + 30).into();
        std::fs::write(home.session_file("default"), session.to_string()).unwrap();

        // Before the next attempt is made: under `--json`, a warning is shown with `-v` alone.
        for (flags, is_shown) in [(&["--json"][..], false), (&["--json", "-v"], true)] {
            let mut command = home.noesis(&["token", "--min-ttl", "60s"]);
            let said = stderr(&command.args(flags).output().unwrap());
            assert_eq!(said.contains("warning: "), is_shown, "{answer}: {said}");
            assert!(is_shown || said.is_empty(), "{answer}: {said}");
        }
        let lives = home.noesis(&["token", "--min-ttl", "60s"]).output().unwrap();
        assert_eq!(lives.status.code(), Some(0), "{answer}: {}", text(&lives));
        assert!(
            stderr(&lives).contains("warning: using the current access token"),
            "{}",
            stderr(&lives)
        );
        let forced = home.noesis(&["refresh"]).output().unwrap();
        assert_eq!(forced.status.code(), Some(exit), "{answer}: {}", text(&forced));

        session["expires_at"] = (now() - 1).into();
        std::fs::write(home.session_file("default"), session.to_string()).unwrap();
        let ended = home.noesis(&["token"]).output().unwrap();
        assert_eq!(ended.status.code(), Some(exit), "{answer}: {}", text(&ended));
        assert_eq!(home.session(), session, "the session is kept");
    }

    let server = Raw::json(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"revoked"}"#,
    );
    let mut session = stored;
    session["base_url"] = server.url.as_str().into();
    std::fs::write(home.session_file("default"), session.to_string()).unwrap();
    let output = home.noesis(&["refresh", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(error(&output)["code"], "LOGIN_REQUIRED");
    assert!(error(&output)["message"].as_str().unwrap().contains("revoked"));
    assert!(!home.session_file("default").exists());
}

#[test]
fn s7_an_answer_without_a_refresh_token_keeps_the_old_one() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let server = Raw::json("200 OK", r#"{"access_token":"new","expires_in":900}"#);
    let mut session = home.session();
    session["base_url"] = server.url.as_str().into();
    std::fs::write(home.session_file("default"), session.to_string()).unwrap();
    let output = home.noesis(&["refresh", "--json"]).output().unwrap();
    assert_eq!(document(&output)["rotated"], false, "{}", text(&output));
    assert_eq!(home.session()["access_token"], "new");
    assert_eq!(home.session()["refresh_token"], session["refresh_token"]);
}

#[test]
fn s7_the_tokens_are_stored_whatever_else_the_answer_holds() {
    for (member, expires_in, warned) in [
        (r#""expires_in":899.999"#, Some(899), None),
        (r#""expires_in":"899""#, Some(899), None),
        (r#""expires_in":{"s":1}"#, None, Some("`expires_in` is an object")),
        (r#""expires_in":1e999"#, None, Some("`expires_in`")),
        (r#""expires_in":899,"note":"\ud83d""#, Some(899), None),
        (r#""expires_in":899,"token_type":5"#, Some(899), Some("`token_type`")),
    ] {
        let body = format!(r#"{{"access_token":"new","refresh_token":"next",{member}}}"#);
        let server = Raw::json("200 OK", &body);
        let home = signed_in_at(&server.url, -1);
        let before = now();
        let output = home.noesis(&["refresh"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{body}: {}", text(&output));
        let session = home.session();
        assert_eq!(
            (&session["access_token"], &session["refresh_token"]),
            (&json!("new"), &json!("next")),
            "{body}"
        );
        match expires_in {
            Some(lives) => {
                let at = session["expires_at"].as_i64().unwrap() - lives;
                assert!((before..=now()).contains(&at), "{body}");
            }
            None => assert_eq!(session["expires_at"], json!(null), "{body}"),
        }
        let warnings = stderr(&output);
        assert_eq!(warnings.contains("warning:"), warned.is_some(), "{body}: {warnings}");
        assert!(warnings.contains(warned.unwrap_or_default()), "{body}: {warnings}");

        let given = Home::new();
        let output = given
            .noesis(&["refresh", "old", "--base-url", &server.url])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{body}: {}", text(&output));
        assert_eq!(document(&output)["refresh_token"], "next", "{body}");
        assert_eq!(document(&output)["expires_in"], expires_in.unwrap_or(0), "{body}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn s7_a_token_is_not_spent_where_its_answer_has_no_place() {
    let server = Raw::json("200 OK", r#"{"access_token":"new"}"#);
    let home = Home::new();
    let url = server.url.as_str();
    for args in [
        &["refresh", "old", "--base-url", url][..],
        &[
            "exchange",
            "code",
            "--redirect-uri",
            "http://127.0.0.1/",
            "--base-url",
            url,
            "--client-id",
            "x",
        ],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = home.noesis(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    }
    assert!(server.requests().is_empty());
}

#[test]
fn s8_a_refresh_never_opens_a_browser() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let opened = home.path().join("opened");
    home.expire_token_in(-1);
    for args in [&["token"][..], &["refresh"]] {
        let output = home
            .at(&sandbox, args)
            .env("NOESIS_BROWSER", format!("touch {}", opened.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }
    assert!(!opened.exists());
}

#[test]
fn a_refresh_token_given_as_an_argument_is_used_and_nothing_is_stored() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let token = home.session()["refresh_token"].as_str().unwrap().to_owned();
    let other = Home::new();
    std::fs::write(other.path().join("rt"), format!("{token}\n")).unwrap();

    let output = other.at(&sandbox, &["refresh", "@rt"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let answer = document(&output);
    assert_eq!(
        answer.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["access_token", "token_type", "expires_in", "refresh_token"]
    );
    assert!(!other.path().join(".config").exists(), "nothing is stored");

    // The first one is spent now: the platform ends the family, and says so.
    let reused = other.at(&sandbox, &["refresh", "--json", &token]).output().unwrap();
    assert_eq!(
        (reused.status.code(), &error(&reused)["code"]),
        (Some(4), &json!("LOGIN_REQUIRED"))
    );
    assert!(!text(&reused).contains(&token));
    for missing in ["@no-such-file", "-"] {
        let output = other.at(&sandbox, &["refresh", missing]).output().unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", text(&output));
    }
}

#[test]
fn s5_a_ctrl_c_during_a_refresh_waits_for_the_new_session_to_be_stored() {
    let server = Raw::acting(|stream| {
        std::thread::sleep(Duration::from_millis(700));
        let tokens = json_answer(
            "200 OK",
            r#"{"access_token":"new","refresh_token":"next","expires_in":900}"#,
        );
        let _ = std::io::Write::write_all(stream, tokens.as_bytes());
    });
    for name in ["-INT", "-TERM"] {
        let home = signed_in_at(&server.url, -1);
        let before = server.requests().len();
        let child = start(&home, &["token"]);
        until("the refresh is on its way", || server.requests().len() > before);
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
    let server = Raw::acting(|_| std::thread::park());
    let home = signed_in_at(&server.url, -1);
    let token = PendingLogin::start(&mut home.noesis(&["token", "--timeout", "1h"]));
    until("the refresh is on its way", || !server.requests().is_empty());
    let interrupt = || home.command("kill").args(["-INT", &token.id().to_string()]).status();
    assert!(interrupt().unwrap().success());
    token.expect("as soon as the session is stored");
    assert!(interrupt().unwrap().success());
    let output = token.end();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert_eq!(home.session()["access_token"], "old");
}

#[test]
fn s6_an_invalid_grant_for_an_old_token_does_not_end_the_new_session() {
    // Another process has renewed the session without our lock, while our refresh was on its way.
    let home = std::sync::Arc::new(Home::new());
    let other = std::sync::Arc::clone(&home);
    let server = Raw::acting(move |stream| {
        let newer = session("http://127.0.0.1:1", "newer", now() + 900);
        std::fs::write(other.session_file("default"), newer.to_string()).unwrap();
        let answer = json_answer("400 Bad Request", r#"{"error":"invalid_grant"}"#);
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
