//! `noesis redeem`: codes in any spelling, the new token of the session, and an error of its own for each failure.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::server::Server;
use crate::support::session::signed_in_at;
use crate::support::{Home, Sandbox, document, error, now, stderr, stdout, text};
use crate::support::{mint, token, tools, with_input};

fn status(home: &Home) -> Value {
    document(&home.noesis(&["status", "--json"]).output().unwrap())
}

#[test]
fn a_code_in_any_spelling_is_redeemed_and_the_session_gets_the_new_token() {
    for typed in [
        &["axkf m3pq7rbn-w2yt"][..],
        &["axkf", "m3pq7rbn-w2yt"],
        &["AXKF-M3PQ-7RBN-W2YT"],
    ] {
        let (home, sandbox) = (Home::new(), Sandbox::start());
        home.sign_in(&sandbox);
        let before = home.session();
        let output = home.noesis(&["redeem"]).args(typed).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let shown = stdout(&output);
        assert!(
            shown.starts_with("redeemed: Vision Lab (vision-lab) until 20"),
            "{shown}"
        );
        assert!(
            shown.contains("in 30 days") || shown.contains("in 29 days"),
            "the expiry is shown: {shown}"
        );
        let after = home.session();
        assert_ne!(after["access_token"], before["access_token"]);
        assert_eq!(after["refresh_token"], before["refresh_token"]);
        assert_eq!(tools(&status(&home)["entitlements"]), ["prompt-studio", "vision-lab"]);
        assert_eq!(sandbox.count("token.refresh_token"), 0, "nothing had to be refreshed");
        assert!(!text(&output).contains(after["access_token"].as_str().unwrap()));
    }
}

#[test]
fn one_bad_code_does_not_stop_the_others() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let codes = "USED-M3PQ-7RBN-W2YT\n\nbqlg n4rs 8tcp x3zv\r\nno code at all\nAXKF-M3PQ-7RBN-W2YT\n";
    let output = with_input(&mut home.noesis(&["redeem", "-", "--json"]), codes.as_bytes());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let list = document(&output);
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 4);
    assert_eq!(
        (&list[0]["code"], &list[0]["error"]["status"]),
        (&json!("USED-M3PQ-7RBN-W2YT"), &json!(409))
    );
    assert_eq!(
        (&list[1]["code"], &list[1]["tool_id"]),
        (&json!("BQLG-N4RS-8TCP-X3ZV"), &json!("7"))
    );
    assert_eq!(list[2]["code"], "no code at all", "sent as typed");
    assert_eq!(list[2]["error"]["code"], "TOKEN_INVALID");
    assert_eq!(
        (&list[3]["tool_id"], &list[3]["session_updated"]),
        (&json!("vision-lab"), &json!(true))
    );
    assert!(list.iter().all(|one| one.get("new_access_token").is_none()));
    assert_eq!(tools(&status(&home)["entitlements"]).len(), 3);

    let arguments = home
        .noesis(&["redeem", "USED-M3PQ-7RBN-W2YT", "LATE-M3PQ-7RBN-W2YT"])
        .output()
        .unwrap();
    assert_eq!(arguments.status.code(), Some(1));
    assert_eq!(
        stdout(&arguments).matches("not redeemed: ").count(),
        2,
        "{}",
        text(&arguments)
    );
}

#[test]
fn codes_come_from_files_and_arguments_in_the_spellings_that_people_have_them() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    std::fs::write(
        home.path().join("codes.txt"),
        "\u{feff}'AXKF-M3PQ-7RBN-W2YT'\r\n\n“ｂｑｌｇ　ｎ４ｒｓ　８ｔｃｐ　ｘ３ｚｖ”.\n",
    )
    .unwrap();
    let output = home
        .noesis(&["redeem", "@codes.txt", "USED-M3PQ-7RBN-W2YT.", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let list = document(&output);
    let codes: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        ["USED-M3PQ-7RBN-W2YT", "AXKF-M3PQ-7RBN-W2YT", "BQLG-N4RS-8TCP-X3ZV"]
    );
    assert_eq!(list[0]["error"]["status"], 409);
    assert_eq!(tools(&status(&home)["entitlements"]).len(), 3);

    let missing = home.noesis(&["redeem", "@none.txt", "--json"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1), "{}", text(&missing));
    assert!(error(&missing)["message"].as_str().unwrap().contains("none.txt"));
}

#[test]
fn a_code_with_a_letter_of_another_script_is_not_sent_and_the_letter_is_named() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let foreign = "\u{410}XKF-M3PQ-7RBN-W2YT";
    let output = home
        .noesis(&["redeem", foreign, "BQLG-N4RS-8TCP-X3ZV"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let shown = stdout(&output);
    let named = "was not sent: it has the Cyrillic letter `\u{410}` (U+0410), which looks like the Latin `A`";
    assert!(shown.contains(named) && shown.contains("redeemed: "), "{shown}");
    assert_eq!(sandbox.count("redeem"), 1, "the other code");
    let alone = home.noesis(&["redeem", foreign, "--json"]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2), "{}", text(&alone));
    assert_eq!(document(&alone)[0]["error"]["code"], "USAGE");
}

#[test]
fn a_redemption_that_requires_a_refresh_is_followed_by_one() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let output = home
        .at(&sandbox, &["login", "--client-id", "noesis-cli-refresh"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = home
        .noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT", "--json", "--show-token"])
        .output()
        .unwrap();
    let answer = document(&output)[0].clone();
    assert_eq!(
        (
            &answer["token_refresh_required"],
            &answer["session_updated"],
            &answer["new_access_token"]
        ),
        (&json!(true), &json!(true), &Value::Null)
    );
    assert_eq!(sandbox.count("token.refresh_token"), 1);
    assert!(tools(&status(&home)["entitlements"]).contains(&"vision-lab"));
}

#[test]
fn with_a_token_from_the_environment_nothing_is_stored_and_a_hint_says_how_to_get_the_new_one() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = mint(&home, &sandbox, &[]);
    let run = |args: &[&str]| home.at(&sandbox, args).env("NOESIS_TOKEN", &token).output().unwrap();
    let output = run(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        stdout(&output).contains("`--show-token` prints a new one"),
        "{}",
        stdout(&output)
    );
    let output = run(&["redeem", "BQLG-N4RS-8TCP-X3ZV", "--show-token", "--json"]);
    let answer = document(&output)[0].clone();
    assert_eq!(answer["session_updated"], false);
    let new = answer["new_access_token"].as_str().unwrap();
    let shown = document(&home.noesis(&["decode", new, "--json"]).output().unwrap());
    assert!(tools(&shown["claims"]["entitlements"]).contains(&"7"));
    assert!(!home.path().join(".config").exists(), "nothing is stored");
}

#[test]
fn malformed_unknown_expired_and_used_codes_have_errors_of_their_own() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    for (code, words, status) in [
        ("ZZZZ-ZZZZ-ZZZZ-ZZZZ", "is unknown", 404),
        ("USED-M3PQ-7RBN-W2YT", "has already been redeemed", 409),
        ("LATE-M3PQ-7RBN-W2YT", "has expired", 410),
    ] {
        let output = home.noesis(&["redeem", code]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(
            stdout(&output).contains(&format!("the code `{code}` {words}")),
            "{}",
            text(&output)
        );
        let output = home.noesis(&["redeem", code, "--json"]).output().unwrap();
        assert_eq!(document(&output)[0]["error"]["status"], status);
    }
    let detail = r#"{"detail":[{"loc":["body","code"],"msg":"String should match pattern","type":"x"}]}"#;
    let strict = Raw::json("422 Unprocessable Entity", detail);
    let output = home
        .noesis(&["redeem", "a code"])
        .env("NOESIS_BASE_URL", &strict.url)
        .env("NOESIS_TOKEN", token("{}", "{}"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let shown = stdout(&output);
    assert!(
        shown.contains("`a code` is malformed") && shown.contains("String should match pattern"),
        "{shown}"
    );
    assert!(
        strict.requests()[0].ends_with(r#"{"code":"a code"}"#),
        "{:?}",
        strict.requests()
    );
}

#[test]
fn n6_after_a_timeout_the_code_may_be_used_and_is_not_sent_again() {
    use std::io::Read as _;
    // Answers nothing until the client has gone.
    let mute = Raw::acting(|stream| {
        let _ = stream.read(&mut [0]);
    });
    let home = Home::new();
    let run = |args: &[&str]| {
        let mut command = home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT", "--timeout", "300ms"]);
        command
            .args(args)
            .env("NOESIS_BASE_URL", &mute.url)
            .env("NOESIS_TOKEN", token("{}", "{}"));
        command.output().unwrap()
    };
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    let shown = stdout(&output);
    assert!(shown.contains("may have been redeemed: no answer came"), "{shown}");
    assert!(shown.contains("run `noesis refresh`, then `noesis status`"), "{shown}");
    assert_eq!(mute.requests().len(), 1);
    let output = run(&["--json"]);
    assert_eq!(document(&output)[0]["error"]["retryable"], true);
}

#[test]
fn without_a_code_or_a_session_it_says_what_is_missing() {
    let home = Home::new();
    for (args, exit, code) in [
        (&["redeem", "--json"][..], 2, "USAGE"),
        (&["redeem", "", "--json"], 2, "USAGE"),
        (&["redeem", "-", "x", "--json"], 2, "USAGE"),
        (&["redeem", "AXKF-M3PQ-7RBN-W2YT", "--json"], 4, "LOGIN_REQUIRED"),
    ] {
        let output = home.noesis(args).output().unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(exit), ""),
            "{}",
            text(&output)
        );
        assert_eq!(error(&output)["code"], code, "{}", stderr(&output));
    }
}

#[test]
fn a_refresh_by_another_process_during_a_redemption_is_kept() {
    let home = std::sync::Arc::new(Home::new());
    let (renewals, base_url) = (
        std::sync::Arc::new(Mutex::new(0)),
        std::sync::Arc::new(Mutex::new(String::new())),
    );
    let access = |number: i64| {
        token(
            "{}",
            &json!({"sub": "ada", "n": number, "exp": now() + 900}).to_string(),
        )
    };
    let (count, helper, address) = (renewals.clone(), home.clone(), base_url.clone());
    let server = Server::new(move |request| match request.path.as_str() {
        "/oauth/token" => {
            let mut count = count.lock().unwrap();
            *count += 1;
            let answer = json!({
                "access_token": access(*count), "token_type": "bearer", "expires_in": 900,
                "refresh_token": format!("refresh-{count}"),
            });
            ("200 OK", answer.to_string())
        }
        _ => {
            // Before the answer arrives, another process renews the session.
            let mut other = helper.noesis(&["refresh"]);
            let output = other
                .env("NOESIS_BASE_URL", &*address.lock().unwrap())
                .output()
                .unwrap();
            assert!(output.status.success(), "{}", text(&output));
            let answer = json!({
                "tool_id": "vision-lab", "tool_name": "Vision Lab", "duration_days": 30,
                "expires_at": "2030-01-01T00:00:00Z", "message": "", "token_refresh_required": false,
                "new_access_token": access(-1),
            });
            ("200 OK", answer.to_string())
        }
    });
    base_url.lock().unwrap().clone_from(&server.url);
    let answer = json!({"access_token": access(0), "refresh_token": "refresh-0", "expires_in": 900});
    let mut login = home.noesis(&["login", "--with-token", "--client-id", "x", "--base-url", &server.url]);
    let output = with_input(&mut login, answer.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));

    let output = home
        .noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(document(&output)[0]["session_updated"], true);
    // Its own token came from before the other's renewal: a further one brings the entitlement.
    assert_eq!(*renewals.lock().unwrap(), 2);
    let session = home.session();
    assert_eq!(session["refresh_token"], "refresh-2");
}

#[test]
fn s7_the_new_token_is_stored_whatever_stands_beside_it() {
    let fresh = token("{}", &json!({"sub": "ada", "exp": now() + 900}).to_string());
    let body =
        json!({"tool_id": "ocr", "tool_name": "", "duration_days": [30], "message": 5, "new_access_token": fresh});
    let server = Raw::json("200 OK", &body.to_string());
    let home = signed_in_at(&server.url, 900);
    let output = home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(home.session()["access_token"], fresh);
    assert!(stdout(&output).contains("redeemed: ocr"), "{}", text(&output));
    for name in ["`duration_days`", "`expires_at`", "`message`"] {
        assert!(stderr(&output).contains(name), "{}", text(&output));
    }
}

#[test]
fn s7_a_code_is_not_spent_where_the_new_token_cannot_be_stored() {
    let server = Raw::json("200 OK", "{}");
    let home = signed_in_at(&server.url, 900);
    // A file in place of the folder of the locks.
    let state = home.path().join(".local/state/noesis");
    std::fs::create_dir_all(&state).unwrap();
    std::fs::write(state.join("locks"), "").unwrap();
    let output = home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(server.requests().is_empty());
}

#[test]
fn a_tool_without_a_name_is_redeemed_and_named_by_its_id() {
    for (id, name, shown) in [("ocr", "", "ocr"), ("", "OCR", "OCR"), ("ocr", " ", "ocr")] {
        let answer = json!({
            "tool_id": id, "tool_name": name, "duration_days": 30, "expires_at": "2099-01-01T00:00:00Z",
            "token_refresh_required": false, "new_access_token": "a.b.c",
        });
        let server = Raw::json("200 OK", &answer.to_string());
        let home = signed_in_at(&server.url, 900);
        let output = home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(
            stdout(&output).starts_with(&format!("redeemed: {shown} until ")),
            "{}",
            text(&output)
        );
    }
    let without_token = json!({
        "tool_id": "ocr", "tool_name": "", "duration_days": 30, "expires_at": "2099-01-01T00:00:00Z",
        "token_refresh_required": false,
    });
    let server = Raw::json("200 OK", &without_token.to_string());
    let home = signed_in_at(&server.url, 900);
    let output = home.noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
fn an_answer_about_the_server_hints_at_no_sign_in_and_a_redirect_says_where_to() {
    for status in ["503 Service Unavailable", "429 Too Many Requests"] {
        let server = Raw::json(status, r#"{"error":"invalid_grant"}"#);
        let home = signed_in_at(&server.url, -1);
        for args in [
            &["refresh"][..],
            &["token"],
            &["refresh", "some-token"],
            &["introspect", "some-token"],
        ] {
            let mut command = home.noesis(args);
            command
                .env("NOESIS_BASE_URL", &server.url)
                .env("NOESIS_CLIENT_ID", "noesis-cli");
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(5), "{args:?}: {}", text(&output));
            assert!(!stderr(&output).contains("noesis login"), "{args:?}: {}", text(&output));
        }
    }
    let moved = "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/x?code=canary\r\ncontent-type: application/json\r\n\
                 content-length: 18\r\nconnection: close\r\n\r\n{\"detail\":\"Found\"}";
    let server = Raw::answering(moved);
    let home = signed_in_at(&server.url, 900);
    for args in [
        &["redeem", "AXKF-M3PQ-7RBN-W2YT"][..],
        &["refresh"],
        &["introspect", "some-token"],
    ] {
        let mut command = home.noesis(args);
        let output = command.env("NOESIS_BASE_URL", &server.url).output().unwrap();
        let shown = text(&output);
        assert!(
            shown.contains("`https://elsewhere.example/x`") && !shown.contains("canary"),
            "{args:?}: {shown}"
        );
    }
}
