//! `noesis introspect` of one token: the platform's own answer, and only JSON `true` is active.

mod batch;

use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::{Home, Sandbox, document, error, now, stdout, text};
use crate::support::{mint, token, with_input};

#[test]
fn only_json_true_is_active() {
    let home = Home::new();
    for (said, active) in [
        ("true", true),
        ("false", false),
        ("\"true\"", false),
        ("1", false),
        ("null", false),
        ("[true]", false),
    ] {
        let body = format!(r#"{{"zeta":1,"active":{said},"sub":"x","own":{{"b":1,"a":2}}}}"#);
        let server = Raw::json("200 OK", &body);
        let run = |args: &[&str]| {
            let mut command = home.noesis(&["introspect", "some-token", "--base-url", &server.url]);
            command.args(args).output().unwrap()
        };
        let output = run(&["--json"]);
        assert_eq!(
            output.status.code(),
            Some(if active { 0 } else { 3 }),
            "{said}: {}",
            text(&output)
        );
        assert_eq!(document(&output)["active"], active, "{said}");
        assert_eq!(
            document(&output)["own"].to_string(),
            r#"{"b":1,"a":2}"#,
            "what the server sent"
        );
        let shown = stdout(&run(&[]));
        assert!(
            shown.starts_with(if active { "active" } else { "not active" }),
            "{said}: {shown}"
        );
    }
    let silent = Raw::json("200 OK", "{}");
    let output = home
        .noesis(&["introspect", "x", "--json", "--base-url", &silent.url])
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), document(&output)),
        (Some(3), json!({ "active": false }))
    );
}

#[test]
fn tokens_of_every_kind_get_the_platforms_verdict() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for (order, exit) in [
        (&["--sub", "ada"][..], 0),
        (&["--expires-in", "-5m"], 3),
        (&["--wrong-key"], 3),
        (&["--alg", "HS256"], 3),
    ] {
        let token = mint(&home, &sandbox, order);
        let output = home.at(&sandbox, &["introspect", &token]).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{order:?}: {}", text(&output));
    }
}

#[test]
fn credentials_that_are_refused_say_nothing_about_the_token() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = mint(&home, &sandbox, &[]);
    let output = home
        .at(&sandbox, &["introspect", &token, "--json"])
        .env("NOESIS_CLIENT_ID", "tool-server")
        .env("NOESIS_CLIENT_SECRET", "wrong")
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(1), ""),
        "{}",
        text(&output)
    );
    let error = error(&output);
    assert_eq!(
        (&error["code"], &error["status"]),
        (&json!("TOKEN_INVALID"), &json!(401))
    );
    assert!(
        error["hint"].as_str().unwrap().contains("--client-secret-file"),
        "{error}"
    );
    let output = home
        .at(&sandbox, &["introspect", &token])
        .env("NOESIS_CLIENT_ID", "tool-server")
        .env("NOESIS_CLIENT_SECRET", "sandbox-tool-server-secret")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn a_tool_adds_the_decision_about_access() {
    let home = Home::new();
    let (later, before) = (now() + 90, now() - 1);
    let tools = json!([{"tool_id": 7, "expires_at": later}, {"tool_id": "old", "expires_at": before}]);
    for (active, tool, expires_at, reason) in [
        (true, "7", json!(later), Value::Null),
        (true, "old", json!(before), json!("expired")),
        (true, "other", Value::Null, json!("missing")),
        (true, "", Value::Null, json!("missing")),
        (false, "7", Value::Null, json!("inactive")),
    ] {
        let granted = reason.is_null();
        let server = Raw::json(
            "200 OK",
            &json!({"active": active, "sub": "x", "entitlements": tools}).to_string(),
        );
        let args = ["introspect", "t", "--tool", tool, "--base-url", &server.url];
        let output = home.noesis(&args).arg("--json").output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(if granted { 0 } else { 3 }),
            "{tool}: {}",
            text(&output)
        );
        assert_eq!(
            document(&output)["access"],
            json!({"tool_id": tool, "granted": granted, "expires_at": expires_at, "reason": reason})
        );
        if active {
            let words = if granted { "granted" } else { "no access" };
            let shown = stdout(&home.noesis(&args).output().unwrap());
            assert!(shown.contains(&format!("{tool}: {words}")), "{shown}");
        }
    }
}

#[test]
fn without_an_argument_it_asks_about_the_environments_token_then_the_sessions() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let none = home.at(&sandbox, &["introspect", "--json"]).output().unwrap();
    assert_eq!(
        (none.status.code(), &error(&none)["code"]),
        (Some(4), &json!("LOGIN_REQUIRED"))
    );
    home.sign_in(&sandbox);
    let session = home.noesis(&["introspect", "--json"]).output().unwrap();
    assert_eq!(
        (session.status.code(), &document(&session)["sub"]),
        (Some(0), &json!("ada")),
        "{}",
        text(&session)
    );
    let given = mint(&home, &sandbox, &["--sub", "grace"]);
    let output = home
        .at(&sandbox, &["introspect", "--json"])
        .env("NOESIS_TOKEN", &given)
        .output()
        .unwrap();
    assert_eq!(document(&output)["sub"], "grace", "{}", text(&output));
    let output = with_input(
        &mut home.at(&sandbox, &["introspect", "-", "--json"]),
        format!("bearer {given}\n").as_bytes(),
    );
    assert_eq!(document(&output)["sub"], "grace", "{}", text(&output));
    std::fs::write(home.path().join("t"), &given).unwrap();
    let output = home.at(&sandbox, &["introspect", "@t", "--json"]).output().unwrap();
    assert_eq!(document(&output)["sub"], "grace", "{}", text(&output));
}

#[test]
fn an_unavailable_platform_is_an_error_and_no_verdict() {
    let home = Home::new();
    let introspect = |url: &str| {
        home.noesis(&["introspect", &token("{}", "{}"), "--json", "--base-url", url])
            .output()
            .unwrap()
    };
    for (status, body, exit, code) in [
        ("503 Service Unavailable", "", 5, "TOKEN_INVALID"),
        ("429 Too Many Requests", "", 5, "TOKEN_INVALID"),
        ("404 Not Found", "", 1, "TOKEN_INVALID"),
        ("204 No Content", "", 1, "TOKEN_INVALID"),
        ("200 OK", "<html>", 1, "INVALID_RESPONSE"),
        ("200 OK", "[]", 1, "INVALID_RESPONSE"),
    ] {
        let server = Raw::json(status, body);
        let output = introspect(&server.url);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(exit), ""),
            "{status}: {}",
            text(&output)
        );
        assert_eq!(error(&output)["code"], code);
        assert_eq!(error(&output)["retryable"], exit == 5);
    }
    let refused = introspect("http://127.0.0.1:1");
    assert_eq!(
        (refused.status.code(), &error(&refused)["code"]),
        (Some(5), &json!("NETWORK_ERROR"))
    );
}

#[test]
fn the_answer_of_the_platform_is_compared_with_the_claims_of_the_token() {
    let home = Home::new();
    let claims = json!({"sub": "ada\u{202e}", "exp": now() + 900, "entitlements": []}).to_string();
    let token = token(r#"{"alg":"RS256"}"#, &claims);
    let newer = json!({"active": true, "sub": "ada\u{202e}", "exp": now() + 900, "entitlements": [{"tool_id": "ocr", "expires_at": now() + 90}]});
    let server = Raw::json("200 OK", &newer.to_string());
    let run = |args: &[&str]| {
        let mut command = home.noesis(&["introspect", &token, "--compare", "--base-url", &server.url]);
        command.args(args).output().unwrap()
    };
    let shown = stdout(&run(&[]));
    assert!(
        shown.contains("1 claim differs") && shown.contains("NOT VERIFIED"),
        "{shown}"
    );
    assert!(!shown.contains('\u{202e}'), "{shown}");
    let line = shown.lines().find(|line| line.starts_with("entitlements")).unwrap();
    assert!(line.contains("ocr until") && line.ends_with("NO"), "{shown}");
    let compared = document(&run(&["--json"]))["compare"].clone();
    let differing: Vec<&str> = compared
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["same"] == false)
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(differing, ["entitlements"]);
}
