//! Numbers that no 64 bits hold are printed, compared and passed on as they were written.

use serde_json::json;

use crate::guard::support::Guard;
use crate::jwt::{SECRET, hs256};
use crate::support::server::Server;
use crate::support::session::signed_in_at;
use crate::support::{Home, now, stdout, text, token, with_input};

const INTEGER: &str = "100000000000000000000000000001";
const DECIMAL: &str = "0.12345678901234567890123456789";

/// Claims with such numbers at every place, and white space as some servers write it.
fn claims() -> String {
    format!(
        r#"{{ "sub": "ada", "iat": 1, "exp": {}, "big": {INTEGER},
            "list": [ {DECIMAL}, -{INTEGER}, {{"deep": 1E+30}} ],
            "entitlements": [{{"tool_id": {INTEGER}, "expires_at": {}}}] }}"#,
        now() + 3600,
        now() + 3600
    )
}

/// What is printed of them.
fn printed() -> [String; 3] {
    [
        format!(r#""big":{INTEGER}"#),
        format!(r#""list":[{DECIMAL},-{INTEGER},{{"deep":1E+30}}]"#),
        format!(r#""tool_id":{INTEGER}"#),
    ]
}

#[test]
fn the_numbers_of_an_introspection_are_printed_as_the_server_sent_them() {
    let home = Home::new();
    let body = format!("{{\"active\" : true, {}", claims().trim_start_matches('{'));
    let server = Server::new(move |_| ("200 OK", body.clone()));
    let opaque = token(r#"{"alg":"none"}"#, &claims());
    let args = ["introspect", &opaque, "--tool", INTEGER, "--base-url", &server.url];
    let alone = home.noesis(&args).arg("--json").output().unwrap();
    assert_eq!(alone.status.code(), Some(0), "{}", text(&alone));
    let mut batch = home.noesis(&[
        "introspect",
        "--batch",
        "-",
        "--tool",
        INTEGER,
        "--json",
        "--base-url",
        &server.url,
    ]);
    let batch = with_input(&mut batch, "t");
    for output in [&alone, &batch] {
        let shown = stdout(output);
        for part in printed() {
            assert!(shown.contains(&part), "{part}: {shown}");
        }
        assert!(
            shown.contains(&format!(r#""access":{{"tool_id":"{INTEGER}","granted":true"#)),
            "{shown}"
        );
        assert_eq!(shown.lines().count(), 1);
    }
    let compared = stdout(&home.noesis(&args).args(["--compare", "--json"]).output().unwrap());
    let row = r#"{"name":"entitlements","server":[{"tool_id":INTEGER,"#.replace("INTEGER", INTEGER);
    assert!(
        compared.contains(&row) && compared.contains(r#""same":true}]"#),
        "{compared}"
    );
    let shown = stdout(&home.noesis(&args).arg("--compare").output().unwrap());
    assert!(
        shown.contains(INTEGER) && !shown.contains("e+") && !shown.contains("e30"),
        "{shown}"
    );
}

#[test]
fn the_numbers_of_a_token_are_printed_as_they_were_signed() {
    let home = Home::new();
    std::fs::write(home.path().join("secret"), SECRET).unwrap();
    let header = format!(r#"{{"alg":"HS256","n":{INTEGER}}}"#);
    let signed = hs256(SECRET, &header, &claims());
    let decoded = home.noesis(&["decode", &signed]).output().unwrap();
    assert!(
        stdout(&decoded).contains(&format!("[{DECIMAL},-{INTEGER},")),
        "{}",
        text(&decoded)
    );
    let header = format!(r#""header":{{"alg":"HS256","n":{INTEGER}}}"#);
    for args in [
        &["decode", &signed, "--json"][..],
        &[
            "verify",
            &signed,
            "--hs256-secret-file",
            "secret",
            "--tool",
            INTEGER,
            "--json",
        ],
    ] {
        let output = home.noesis(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        for part in printed().into_iter().chain([header.clone()]) {
            assert!(stdout(&output).contains(&part), "{part}: {}", stdout(&output));
        }
        assert_eq!(stdout(&output).lines().count(), 1);
    }
    let shown = home
        .noesis(&["verify", &signed, "--hs256-secret-file", "secret"])
        .output()
        .unwrap();
    assert!(stdout(&shown).contains(INTEGER), "{}", text(&shown));
    let late = hs256(
        SECRET,
        r#"{"alg":"HS256"}"#,
        &format!(r#"{{"sub":"a","exp":{INTEGER}}}"#),
    );
    let decoded = stdout(&home.noesis(&["decode", &late]).output().unwrap());
    assert!(decoded.contains(&format!("{INTEGER} (")), "{decoded}");
}

#[test]
fn a_redeemed_tool_is_named_by_all_digits_of_its_id() {
    let body = json!({
        "tool_id": "ID", "tool_name": "OCR", "duration_days": 30, "expires_at": "2099-01-01T00:00:00Z",
        "token_refresh_required": false,
    });
    let body = body.to_string().replace("\"ID\"", INTEGER);
    let server = Server::new(move |_| ("200 OK", body.clone()));
    let home = signed_in_at(&server.url, 900);
    let output = home
        .noesis(&["redeem", "AXKF-M3PQ-7RBN-W2YT", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        stdout(&output).contains(&format!(r#""tool_id":"{INTEGER}""#)),
        "{}",
        text(&output)
    );
}

#[test]
fn g3_the_guard_names_a_tool_by_all_digits_of_its_id() {
    let home = Home::new();
    std::fs::write(home.path().join("secret"), SECRET).unwrap();
    let signed = hs256(SECRET, r#"{"alg":"HS256"}"#, &claims());
    let secret = home.path().join("secret").to_str().unwrap().to_owned();
    let guard = Guard::started(home, &["--hs256-secret-file", &secret, "--tool", INTEGER]);
    let answer = guard.with_token("/auth", &signed);
    assert_eq!(answer.status(), 200, "{}", answer.0);
    assert_eq!(answer.header("x-noesis-entitlements"), Some(INTEGER), "{}", answer.0);
}
