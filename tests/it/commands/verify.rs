//! `noesis verify`: one token with every check, batches, its keys from everywhere, and its exit codes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::jwt::{HEADER, SECRET, claims, hs256, jwk, rs256, set};
use crate::support::raw::Raw;
use crate::support::{Home, Sandbox, document, error, now, stderr, stdout, text};
use crate::support::{mint, with_input};

/// A home with a key set in `keys.json`, and a token that it is good for.
fn with_keys() -> (Home, String) {
    let home = Home::new();
    std::fs::write(home.path().join("keys.json"), set(&[jwk(json!({}))])).unwrap();
    let claims = claims(
        json!({"iat": now() - 60, "exp": now() + 900, "entitlements": [{"tool_id": "ocr", "expires_at": now() + 9_000}]}),
    );
    (home, rs256(HEADER, &claims))
}

fn verify(home: &Home, args: &[&str]) -> Command {
    let mut command = home.noesis(&["verify"]);
    command.args(args).current_dir(home.path());
    command
}

/// The result of a check by its name.
fn result<'v>(verdict: &'v Value, name: &str) -> &'v str {
    let check = verdict["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["name"] == name);
    check.unwrap()["result"].as_str().unwrap()
}

#[test]
fn a_valid_token_is_verified_by_the_keys_of_the_platform() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = mint(&home, &sandbox, &["--tool", "vision-lab=1h"]);
    let output = home
        .at(&sandbox, &["verify", &token, "--tool", "vision-lab"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let shown = stdout(&output);
    assert!(shown.starts_with("valid\n") && shown.contains("vision-lab"), "{shown}");
    for name in [
        "structure",
        "algorithm",
        "key",
        "signature",
        "expiry",
        "issued-at",
        "subject",
        "access",
    ] {
        let line = shown.lines().find(|line| line.starts_with(&format!("{name} ")));
        assert!(line.is_some_and(|line| line.contains("  pass  ")), "{name}: {shown}");
    }
    for (order, check) in [
        (&["--expires-in", "-5m"][..], "expiry"),
        (&["--wrong-key"], "signature"),
        (&["--alg", "HS256"], "algorithm"),
        (&["--kid", "nobody"], "key"),
        (&["--claim", "nbf=99999999999"], "not-before"),
        (&["--claim", "sub=\"\""], "subject"),
    ] {
        let token = mint(&home, &sandbox, order);
        let output = home.at(&sandbox, &["verify", "--json", &token]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{order:?}: {}", text(&output));
        let verdict = document(&output);
        assert_eq!(
            (&verdict["valid"], result(&verdict, check)),
            (&json!(false), "fail"),
            "{verdict}"
        );
        let signed = result(&verdict, "signature") == "pass";
        assert_eq!(
            verdict.get("claims").is_some(),
            signed,
            "claims are shown only when the signature is good"
        );
    }
    let output = home
        .at(&sandbox, &["verify", &token, "--tool", "other", "--json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        document(&output)["access"],
        json!({"tool_id": "other", "granted": false})
    );
}

#[test]
fn keys_are_fetched_once_and_offline_uses_the_cached_set() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = mint(&home, &sandbox, &[]);
    let before = sandbox.count("jwks");
    let output = home.at(&sandbox, &["verify", "--offline", &token]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    for args in [
        &["verify", &token][..],
        &["verify", &token],
        &["verify", "--offline", &token],
    ] {
        let output = home.at(&sandbox, args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    assert_eq!(sandbox.count("jwks") - before, 1);
    let url = sandbox.url.clone();
    drop(sandbox);
    let output = home.noesis(&["verify", &token, "--base-url", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let other = Home::new();
    let output = other
        .noesis(&["verify", &token, "--json", "--base-url", &url])
        .output()
        .unwrap();
    assert_eq!(
        (output.status.code(), &error(&output)["code"]),
        (Some(5), &json!("NETWORK_ERROR")),
        "{}",
        text(&output)
    );
    // What needs no key needs no network either.
    let output = other
        .noesis(&["verify", "no.token", "--base-url", &url])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}

#[test]
fn keys_and_secrets_come_from_files() {
    let (home, token) = with_keys();
    let good = verify(&home, &["--jwks", "keys.json", &token]).output().unwrap();
    assert_eq!(good.status.code(), Some(0), "{}", text(&good));
    std::fs::write(
        home.path().join("secret"),
        format!("{}\n", String::from_utf8_lossy(SECRET)),
    )
    .unwrap();
    let hs = hs256(
        SECRET,
        r#"{"alg":"HS256"}"#,
        &claims(json!({"iat": 1, "exp": now() + 60})),
    );
    let good = verify(&home, &["--hs256-secret-file", "secret", &hs]).output().unwrap();
    assert_eq!(good.status.code(), Some(0), "{}", text(&good));
    let neither = verify(&home, &["--hs256-secret-file", "secret", &token])
        .output()
        .unwrap();
    assert_eq!(neither.status.code(), Some(3), "{}", text(&neither));
    std::fs::write(home.path().join("short"), "short").unwrap();
    std::fs::write(home.path().join("page"), "<html>").unwrap();
    std::fs::write(
        home.path().join("mixed.json"),
        set(&[jwk(json!({})), jwk(json!({"kid": "old", "use": "enc"}))]),
    )
    .unwrap();
    for (args, words) in [
        (&["--hs256-secret-file", "short"][..], "at least 32 bytes"),
        (&["--hs256-secret-file", "none"], "cannot be used"),
        (&["--jwks", "page"], "not a JSON object"),
        (&["--jwks", "none"], "cannot be used"),
        (&["--jwks", "http://example.com/keys"], "unencrypted"),
        (&[], "nothing to verify with"),
    ] {
        let output = verify(&home, &[args, &[token.as_str()]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        assert!(stderr(&output).contains(words), "{args:?}: {}", stderr(&output));
    }
    let mixed = verify(&home, &["--jwks", "mixed.json", &token]).output().unwrap();
    assert_eq!(mixed.status.code(), Some(0));
    assert!(
        stderr(&mixed).contains("warning: key `old` is ignored: its `use` is not `sig`"),
        "{}",
        stderr(&mixed)
    );
}

#[test]
fn issuer_audience_and_leeway_are_checked_when_given() {
    let (home, _) = with_keys();
    let token = rs256(
        HEADER,
        &claims(json!({"iss": "us", "aud": ["a", "b"], "iat": 1, "exp": now() - 45})),
    );
    let run = |args: &[&str]| {
        let output = verify(&home, &[&["--jwks", "keys.json", "--json", &token], args].concat())
            .output()
            .unwrap();
        (output.status.code(), document(&output))
    };
    let (exit, verdict) = run(&[]);
    assert_eq!((exit, result(&verdict, "expiry")), (Some(3), "fail"));
    let (exit, verdict) = run(&["--leeway", "2m", "--issuer", "us", "--audience", "b"]);
    assert_eq!(exit, Some(0), "{verdict}");
    for (flags, check) in [(["--issuer", "them"], "issuer"), (["--audience", "c"], "audience")] {
        let (exit, verdict) = run(&[&["--leeway", "2m"], &flags[..]].concat());
        assert_eq!((exit, result(&verdict, check)), (Some(3), "fail"));
    }
}

#[test]
fn a_batch_is_answered_line_by_line_in_its_order() {
    let (home, token) = with_keys();
    let mut input = Vec::new();
    let mut expected = Vec::new();
    for number in 0..3_000 {
        let (line, valid) = match number % 5 {
            0 => (token.clone().into_bytes(), true),
            1 => (format!("  Bearer {token}\r").into_bytes(), true),
            2 => (b"\xff\xfe not text".to_vec(), false),
            3 => {
                // Blank lines have a number and no answer.
                input.extend(b" \t\r\n");
                continue;
            }
            _ => (format!("{token}x").into_bytes(), false),
        };
        input.extend(line);
        input.push(b'\n');
        expected.push((number + 1, valid));
    }
    for jobs in ["1", "2", "7"] {
        let args = ["--jwks", "keys.json", "--batch", "-", "--jobs", jobs, "--tool", "ocr"];
        let output = with_input(&mut verify(&home, &args), &input);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        let answers: Vec<Value> = stdout(&output)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let valid: Vec<(i64, bool)> = answers
            .iter()
            .map(|answer| (answer["line"].as_i64().unwrap(), answer["valid"].as_bool().unwrap()))
            .collect();
        assert_eq!(valid, expected);
        for answer in &answers {
            assert_eq!(answer["access"]["granted"], answer["valid"]);
        }
    }
    std::fs::write(home.path().join("tokens"), format!("{token}\n{token}")).unwrap();
    let output = verify(&home, &["--jwks", "keys.json", "--batch", "tokens"])
        .output()
        .unwrap();
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(0), 2));
    for (input, more, exit) in [("", None, 2), ("\n\n", None, 2), ("\n", Some("--allow-empty"), 0)] {
        let mut command = verify(&home, &["--jwks", "keys.json", "--batch", "-"]);
        let output = with_input(command.args(more), input.as_bytes());
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(exit), ""));
    }
    let output = verify(&home, &["--jwks", "keys.json", "--batch", "none"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}

#[test]
fn a_line_that_is_too_long_for_a_token_is_reported_with_its_true_length() {
    let (home, _) = with_keys();
    for (length, exit) in [(16_385, 3), (65_536, 3), (65_537, 1), (3 << 20, 1)] {
        // In either order, a line that failed outranks a token that is not valid.
        let long = "x".repeat(length);
        for (input, at) in [(format!("{long}\nno\n"), 0), (format!("no\n{long}"), 1)] {
            let output = with_input(
                &mut verify(&home, &["--jwks", "keys.json", "--batch", "-"]),
                input.as_bytes(),
            );
            let answer: Value = serde_json::from_str(stdout(&output).lines().nth(at).unwrap()).unwrap();
            let message = match exit {
                3 => &answer["checks"][0]["detail"],
                _ => &answer["error"]["message"],
            };
            let message = message.as_str().unwrap();
            assert!(
                message.ends_with(&format!("too long for a token: {length} bytes")),
                "{message}"
            );
            assert_eq!((output.status.code(), &answer["line"]), (Some(exit), &json!(at + 1)));
        }
    }
}

#[test]
fn a_batch_on_a_pipe_that_pauses_answers_the_lines_it_has() {
    let (home, token) = with_keys();
    let mut command = verify(&home, &["--jwks", "keys.json", "--batch", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (
        child.stdin.take().unwrap(),
        BufReader::new(child.stdout.take().unwrap()),
    );
    for number in 1..4 {
        writeln!(input, "{token}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(
            line.starts_with(&format!("{{\"line\":{number},\"valid\":true")),
            "{line}"
        );
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn x1_a_batch_whose_output_pipe_is_closed_ends_before_its_input() {
    let (home, token) = with_keys();
    let mut command = verify(&home, &["--jwks", "keys.json", "--batch", "-"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{token}").unwrap();
    // The input stays open and the output is closed: there is nothing left to do.
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
}

#[test]
fn the_documents_of_a_batch_escape_hostile_text_and_keep_the_claims_as_signed() {
    let (home, _) = with_keys();
    let claims = format!(
        "{{ \"sub\" : \"a\u{202e}b\u{7f}\",\n\t\"exp\":{}.0,\"x\":[1e3,\"\\u0041\"] }}",
        now() + 60
    );
    // DEL is a control character, which no subject may have; elsewhere it is text.
    let claims = claims.replace("b\u{7f}", "b").replace("\"x\":[", "\"x\":[\"\u{7f}\",");
    let token = rs256(HEADER, &claims);
    let output = with_input(
        &mut verify(&home, &["--jwks", "keys.json", "--batch", "-"]),
        token.as_bytes(),
    );
    let line = stdout(&output);
    assert_eq!((output.status.code(), line.lines().count()), (Some(0), 1), "{line}");
    assert!(
        !line.contains('\u{202e}') && !line.contains('\u{7f}') && line.contains("\\u202e"),
        "{line}"
    );
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(answer["claims"], serde_json::from_str::<Value>(&claims).unwrap());
    assert!(line.contains("1e3"), "numbers stay as they were written: {line}");
}

#[test]
fn the_stored_session_is_verified_by_its_own_platform() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let output = home.noesis(&["verify"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let (other, token) = with_keys();
    let mut command = verify(&other, &["--jwks", "keys.json"]);
    let output = command.env("NOESIS_TOKEN", &token).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = verify(&other, &["--jwks", "keys.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
}

#[test]
fn a_token_variable_that_is_set_to_nothing_verifies_nothing() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    for args in [&["verify"][..], &["introspect"], &["decode"], &["status"], &["token"]] {
        for name in ["NOESIS_TOKEN", "NOESIS_CLIENT_SECRET", "NOESIS_BASE_URL"] {
            let output = home.at(&sandbox, args).env(name, "").output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{args:?} {name}: {}", text(&output));
            assert!(
                stderr(&output).contains(&format!("`{name}` is set to nothing")),
                "{}",
                text(&output)
            );
        }
    }
}

#[test]
fn one_wait_is_named_while_the_platform_is_down() {
    let server = Raw::answering("HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n");
    let (home, token) = with_keys();
    let output = home
        .noesis(&["verify", &token, "--base-url", &server.url])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    let told = stderr(&output);
    assert!(
        told.contains("try again in 2 seconds") && !told.contains("next try"),
        "{told}"
    );
}
