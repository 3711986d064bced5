//! The life of a session as a user drives it: login, status, token, refresh, logout, their documents and exit codes.

use std::process::Output;

use serde_json::json;

use crate::raw::{Raw, json as json_answer};
use crate::support::{Home, Sandbox, document, error, now, stderr, stdout, text};

fn run(home: &Home, sandbox: &Sandbox, args: &[&str]) -> Output {
    home.at(sandbox, args).output().unwrap()
}

#[test]
fn a_user_signs_in_holds_a_session_and_signs_out() {
    let (home, sandbox) = (Home::new(), Sandbox::start());

    let login = run(&home, &sandbox, &["login", "--json"]);
    assert_eq!(login.status.code(), Some(0), "{}", text(&login));
    let login = document(&login);
    let expires_at = login["expires_at"].as_i64().unwrap();
    assert_eq!(
        login,
        json!({"profile": "default", "base_url": sandbox.url, "sub": "ada", "expires_at": expires_at, "store": "file"})
    );
    assert!(expires_at > now() + 600);

    // Remembered: from here on nothing but the home is needed.
    let status = home
        .noesis(&["status", "--json"])
        .env_remove("NOESIS_STORE")
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(0), "{}", text(&status));
    let status = document(&status);
    assert_eq!(
        status.as_object().unwrap().keys().collect::<Vec<_>>(),
        [
            "profile",
            "base_url",
            "client_id",
            "source",
            "sub",
            "role",
            "is_admin",
            "expires_at",
            "expired",
            "refreshable",
            "interrupted_at",
            "entitlements"
        ]
    );
    assert_eq!(
        (&status["source"], &status["sub"], &status["refreshable"]),
        (&json!("file"), &json!("ada"), &json!(true))
    );
    assert!(!status["entitlements"].as_array().unwrap().is_empty());

    let token = home.noesis(&["token"]).output().unwrap();
    assert_eq!(
        stdout(&token).trim_end(),
        home.session()["access_token"].as_str().unwrap()
    );
    assert_eq!(stderr(&token), "");
    let header = home.noesis(&["token", "--header"]).output().unwrap();
    assert_eq!(stdout(&header), format!("Authorization: Bearer {}", stdout(&token)));

    let before = home.session();
    let refresh = home.noesis(&["refresh", "--json"]).output().unwrap();
    let refreshed = document(&refresh);
    assert_eq!(refreshed["profile"], "default");
    assert_eq!(refreshed["rotated"], true);
    assert_ne!(home.session()["refresh_token"], before["refresh_token"]);

    let logout = home.noesis(&["logout", "--json"]).output().unwrap();
    assert_eq!(
        document(&logout),
        json!({"profiles": [{"profile": "default", "removed": true}]})
    );
    assert!(!home.session_file("default").exists());
    let again = home.noesis(&["logout"]).output().unwrap();
    assert_eq!(
        (again.status.code(), stdout(&again).as_str()),
        (Some(0), "nobody was signed in (profile `default`)\n")
    );

    for args in [&["status"][..], &["token"], &["refresh"]] {
        let output = home.noesis(&[args, &["--json"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        assert_eq!(error(&output)["code"], "LOGIN_REQUIRED");
        assert_eq!(error(&output)["hint"], "run `noesis login`");
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn profiles_hold_sessions_of_their_own_and_logout_all_ends_them() {
    let (home, one, two) = (Home::new(), Sandbox::start(), Sandbox::start());
    assert!(run(&home, &one, &["login"]).status.success());
    assert!(run(&home, &two, &["login", "--profile", "work"]).status.success());

    let status = |profile: &str| {
        document(
            &home
                .noesis(&["status", "--json", "--profile", profile])
                .output()
                .unwrap(),
        )
    };
    assert_eq!(status("default")["base_url"], one.url.as_str());
    assert_eq!(status("work")["base_url"], two.url.as_str());

    let mismatch = home
        .noesis(&["token", "--json", "--base-url", &two.url])
        .output()
        .unwrap();
    assert_eq!(mismatch.status.code(), Some(4));
    let message = error(&mismatch)["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message,
        format!("profile `default` is signed in to `{}`, not to `{}`", one.url, two.url)
    );

    assert!(home.noesis(&["logout", "--all"]).output().unwrap().status.success());
    for profile in ["default", "work"] {
        assert!(!home.session_file(profile).exists(), "{profile}");
    }
}

#[test]
fn s6_only_invalid_grant_ends_a_session() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let stored = home.session();

    // Faults that say nothing of the session: it stays, and a token that still lives serves.
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

        let lives = home.noesis(&["token", "--min-ttl", "60s"]).output().unwrap();
        assert_eq!(lives.status.code(), Some(0), "{answer}: {}", text(&lives));
        assert!(
            stderr(&lives).contains("warning: using the present access token"),
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
fn s8_a_refresh_never_opens_a_browser() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let opened = home.path().join("opened");
    home.let_the_token_end_in(-1);
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
fn a_given_refresh_token_is_renewed_and_nothing_is_stored() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let token = home.session()["refresh_token"].as_str().unwrap().to_owned();
    let other = Home::new();
    std::fs::write(other.path().join("rt"), format!("{token}\n")).unwrap();

    let output = run(&other, &sandbox, &["refresh", "@rt"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let answer = document(&output);
    assert_eq!(
        answer.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["access_token", "token_type", "expires_in", "refresh_token"]
    );
    assert!(!other.path().join(".config").exists(), "nothing is stored");

    // The first one is spent now: the platform ends the family, and says so.
    let reused = run(&other, &sandbox, &["refresh", "--json", &token]);
    assert_eq!(
        (reused.status.code(), &error(&reused)["code"]),
        (Some(4), &json!("LOGIN_REQUIRED"))
    );
    assert!(!text(&reused).contains(&token));
    for missing in ["@no-such-file", "-"] {
        let output = run(&other, &sandbox, &["refresh", missing]);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", text(&output));
    }
}

#[test]
fn a_broken_session_is_named_and_a_new_sign_in_mends_it() {
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
fn status_of_a_session_that_cannot_be_renewed_any_more_asks_for_a_sign_in() {
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
    assert!(stderr(&token).contains("ended 10 days ago"), "{}", stderr(&token));
}
