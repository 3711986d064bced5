//! The contract that scripts rely on: every exit code, and every JSON document by its schema in `tests/schemas`.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::authorization::code;
use crate::support::pending_login::PendingLogin;
use crate::support::raw::Raw;
use crate::support::schema::{against, fits};
use crate::support::{Home, Sandbox, document, mint, stderr, stdout, text, token, until, with_input};

/// Runs a command that has to end with this code; its document has to fit.
#[track_caller]
fn answers(command: &mut Command, exit: i32, schema: &str) -> Value {
    let output = command.arg("--json").output().unwrap();
    assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
    let document = document(&output);
    fits(schema, &document);
    document
}

/// Runs a command that has to fail like this: the same code with and without `--json`, one document, nothing on
/// standard output.
#[track_caller]
fn fails(command: impl Fn() -> Command, exit: i32, code: &str) -> Value {
    let output = command().arg("--json").output().unwrap();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(exit), ""),
        "{}",
        text(&output)
    );
    let printed = stderr(&output);
    let document: Value =
        serde_json::from_str(printed.lines().last().unwrap()).unwrap_or_else(|e| panic!("{e}: {printed}"));
    fits("error", &document);
    assert_eq!(document["error"]["code"], code, "{printed}");
    let plain = command().output().unwrap();
    assert_eq!(plain.status.code(), Some(exit), "{}", text(&plain));
    assert!(stderr(&plain).contains("error: "), "{}", text(&plain));
    document["error"].clone()
}

#[test]
fn the_documents_of_a_session_are_what_their_schemas_say() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    answers(&mut home.at(&sandbox, &["login"]), 0, "login");
    let status = answers(&mut home.noesis(&["status"]), 0, "status");
    assert!(!status["entitlements"].as_array().unwrap().is_empty());
    answers(&mut home.noesis(&["refresh"]), 0, "refresh");
    answers(&mut home.at(&sandbox, &["doctor"]), 0, "doctor");
    answers(
        &mut home.noesis(&["doctor", "--base-url", "http://127.0.0.1:1"]),
        1,
        "doctor",
    );
    let session = home.session();
    let other = Home::new();
    let refresh = session["refresh_token"].as_str().unwrap();
    answers(&mut other.at(&sandbox, &["refresh", refresh]), 0, "tokens");

    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    answers(&mut home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]), 0, "redeem");
    answers(
        &mut home.noesis(&["redeem", "BQLG-N4RS-8TCP-X3ZV", "--show-token"]),
        0,
        "redeem",
    );
    answers(
        &mut home.noesis(&["redeem", "USED-M3PQ-7RBN-W2YT", "ZZZZ-ZZZZ-ZZZZ-ZZZZ"]),
        1,
        "redeem",
    );
    answers(
        home.noesis(&["status"]).env("NOESIS_TOKEN", token("{}", "{}")),
        0,
        "status",
    );
    // Over a session that is over there is a document and an error.
    let mut over = session;
    (over["refresh_token"], over["expires_at"]) = (json!(""), json!(1));
    std::fs::write(home.session_file("default"), over.to_string()).unwrap();
    let ended = answers(&mut home.noesis(&["status"]), 4, "status");
    assert_eq!(
        (&ended["expired"], &ended["refreshable"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn the_documents_of_tokens_pkce_and_authorization_urls_are_what_their_schemas_say() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    answers(&mut home.noesis(&["pkce"]), 0, "pkce");
    let uri = "http://127.0.0.1:8400/callback";
    answers(
        &mut home.at(&sandbox, &["authorize-url", "--redirect-uri", uri]),
        0,
        "authorize-url",
    );
    let stated = ["authorize-url", "--redirect-uri", uri, "--state", "s"];
    answers(&mut home.at(&sandbox, &stated), 0, "authorize-url");
    let (code, verifier) = code(&home, &sandbox, uri);
    let exchange = ["exchange", &code, "--redirect-uri", uri, "--code-verifier", &verifier];
    answers(&mut home.at(&sandbox, &exchange), 0, "tokens");

    let good = mint(&home, &sandbox, &["--tool", "vision-lab"]);
    let over = mint(&home, &sandbox, &["--expires-in", "-1h"]);
    answers(&mut home.at(&sandbox, &["introspect", &good]), 0, "introspect");
    answers(
        &mut home.at(&sandbox, &["introspect", &good, "--tool", "vision-lab"]),
        0,
        "introspect",
    );
    answers(
        &mut home.at(&sandbox, &["introspect", &good, "--tool", "other"]),
        3,
        "introspect",
    );
    answers(&mut home.at(&sandbox, &["introspect", &over]), 3, "introspect");
    for (token, exit) in [(good.as_str(), 0), (over.as_str(), 3), ("opaque", 3)] {
        let compared = answers(
            &mut home.at(&sandbox, &["introspect", token, "--compare"]),
            exit,
            "introspect",
        );
        assert_eq!(compared["compare"].is_null(), token == "opaque");
    }
    for (token, expired) in [
        (&good, json!(false)),
        (&over, json!(true)),
        (&token("{}", "{}"), json!(null)),
    ] {
        assert_eq!(
            answers(&mut home.noesis(&["decode", token]), 0, "decode")["expired"],
            expired
        );
    }

    for (args, exit) in [
        (&[good.as_str()][..], 0),
        (&[good.as_str(), "--tool", "vision-lab"], 0),
        (&[good.as_str(), "--tool", "other"], 3),
        (&[over.as_str()], 3),
        (&["no.token"], 3),
        (&[&token("{}", "{}")], 3),
    ] {
        answers(&mut home.at(&sandbox, &[&["verify"], args].concat()), exit, "verify");
    }

    let input = format!("{good}\n\n{over}\n");
    for more in [&[][..], &["--tool", "vision-lab"]] {
        let output = with_input(
            home.at(&sandbox, &["introspect", "--batch", "-"]).args(more),
            input.as_bytes(),
        );
        let lines: Vec<Value> = stdout(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 2, "{}", text(&output));
        lines.iter().for_each(|line| fits("introspect-line", line));
        let verdicts = with_input(
            home.at(&sandbox, &["verify", "--batch", "-"]).args(more),
            input.as_bytes(),
        );
        for (line, number) in stdout(&verdicts).lines().zip([1, 3]) {
            let mut verdict: Value = serde_json::from_str(line).unwrap();
            assert_eq!(verdict.as_object_mut().unwrap().remove("line"), Some(json!(number)));
            fits("verify", &verdict);
        }
    }
}

#[test]
fn a_closed_schema_refuses_additional_and_missing_members() {
    let pair =
        json!({"code_verifier": "v".repeat(43), "code_challenge": "c".repeat(43), "code_challenge_method": "S256"});
    fits("pkce", &pair);
    let mut more = pair.clone();
    more["more"] = json!(1);
    let mut less = pair;
    less.as_object_mut().unwrap().remove("code_challenge");
    assert!(against("pkce", &more).is_some() && against("pkce", &less).is_some());
    assert!(against("introspect", &json!({"active": "true"})).is_some());
    let error = json!({"code": "TOKEN_INVALID", "status": 0, "message": "x", "hint": null, "retryable": false});
    fits("redeem", &json!([{"code": "x", "error": error}]));
    assert!(against("redeem", &json!([{"code": "x", "error": error, "tool_id": "y"}])).is_some());
    assert!(against("introspect-line", &json!({"line": 1, "active": true, "error": error})).is_some());
}

#[test]
fn x1_exit_1_is_a_request_refused_an_answer_unusable_or_a_store_that_fails() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let exchange = || {
        home.at(
            &sandbox,
            &["exchange", "no-code", "--redirect-uri", "http://127.0.0.1:1/callback"],
        )
    };
    fails(exchange, 1, "TOKEN_INVALID");
    let page = Raw::answering("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>");
    fails(
        || home.noesis(&["introspect", "x", "--base-url", &page.url]),
        1,
        "INVALID_RESPONSE",
    );
    fails(|| home.noesis(&["decode", "@no-such-file"]), 1, "IO_ERROR");
    let nowhere = || {
        let mut login = home.at(&sandbox, &["login"]);
        login.env("HOME", "/dev/null");
        login
    };
    fails(nowhere, 1, "STORE_ERROR");
}

#[test]
fn x1_exit_2_is_usage_or_configuration() {
    let home = Home::new();
    fails(|| home.noesis(&["frobnicate"]), 2, "USAGE");
    fails(|| home.noesis(&["exchange"]), 2, "USAGE");
    fails(|| home.noesis(&["decode", "no-token"]), 2, "USAGE");
    fails(|| home.noesis(&["introspect", "x"]), 2, "CONFIG");
    fails(
        || home.noesis(&["introspect", "x", "--base-url", "http://example.com"]),
        2,
        "CONFIG",
    );
}

#[test]
fn x1_exit_3_is_a_no_and_no_error() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for args in [
        &["introspect", "no-such-token"][..],
        &["introspect", "no-such-token", "--json"],
    ] {
        let output = home.at(&sandbox, args).output().unwrap();
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(3), ""),
            "{}",
            text(&output)
        );
        assert!(!output.stdout.is_empty());
    }
}

#[test]
fn x1_exit_4_is_a_sign_in_that_is_missing_or_was_ended() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for args in [
        &["status"][..],
        &["token"],
        &["refresh"],
        &["redeem", "x"],
        &["introspect"],
        &["decode"],
        &["exec", "true"],
    ] {
        let command = || match args {
            // What follows `--` is the command's own.
            ["exec", program] => home.noesis(&["--json", "exec", "--", program]),
            _ => home.noesis(args),
        };
        if args[0] == "exec" {
            let output = command().output().unwrap();
            assert_eq!(output.status.code(), Some(4), "{}", text(&output));
        } else {
            fails(command, 4, "LOGIN_REQUIRED");
        }
    }
    let spent = || home.at(&sandbox, &["refresh", "no-such-refresh-token"]);
    fails(spent, 4, "LOGIN_REQUIRED");
}

#[test]
fn x1_exit_5_is_a_platform_that_cannot_answer_now() {
    let home = Home::new();
    let introspect = |url: &str| home.noesis(&["introspect", "x", "--timeout", "500ms", "--base-url", url]);
    let error = fails(|| introspect("http://127.0.0.1:1"), 5, "NETWORK_ERROR");
    assert_eq!((&error["status"], &error["retryable"]), (&json!(0), &json!(true)));
    let mute = Raw::acting(|stream| {
        let _ = std::io::Read::read(stream, &mut [0]);
    });
    assert_eq!(fails(|| introspect(&mute.url), 5, "NETWORK_ERROR")["retryable"], true);
    for status in [429, 500, 502, 503] {
        let server = Raw::json(&format!("{status} Not Now"), r#"{"detail":"later"}"#);
        let error = fails(|| introspect(&server.url), 5, "TOKEN_INVALID");
        assert_eq!((&error["status"], &error["retryable"]), (&json!(status), &json!(true)));
    }
}

#[test]
#[cfg(unix)]
fn x2_exit_130_is_an_interruption() {
    let home = Home::new();
    let mute = Raw::acting(|stream| {
        let _ = std::io::Read::read(stream, &mut [0]);
    });
    let pending = PendingLogin::start(&mut home.noesis(&[
        "introspect",
        "x",
        "--json",
        "--timeout",
        "1h",
        "--base-url",
        &mute.url,
    ]));
    until("the request", || !mute.requests().is_empty());
    let process = rustix::process::Pid::from_raw(i32::try_from(pending.id()).unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let output = pending.end();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(130), ""),
        "{}",
        text(&output)
    );
    let document: Value = serde_json::from_str(stderr(&output).lines().last().unwrap()).unwrap();
    fits("error", &document);
    assert_eq!(document["error"]["code"], "INTERRUPTED");
}
