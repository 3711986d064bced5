//! The life of a session as a user drives it: login, status, token, refresh, logout, their documents and exit codes.

use std::process::Output;

use serde_json::json;

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
        (Some(0), "not signed in (profile `default`)\n")
    );

    for args in [&["status"][..], &["token"], &["refresh"]] {
        let output = home.noesis(&[args, &["--json"]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{args:?}");
        assert_eq!(error(&output)["code"], "LOGIN_REQUIRED");
        assert_eq!(error(&output)["hint"], "run `noesis login`");
        assert_eq!(stdout(&output), "");
    }
}
