//! `noesis pkce`, `authorize-url` and `exchange`: a sign-in put together by a script.

use serde_json::{Value, json};

use super::fed;
use crate::support::{Home, Sandbox, document, error, get, stderr, stdout, text};

/// A code of a sandbox that approves by itself, and the verifier that goes with it: made by the commands.
pub fn code(home: &Home, sandbox: &Sandbox, redirect_uri: &str) -> (String, String) {
    let pair = document(&home.noesis(&["pkce", "--json"]).output().unwrap());
    let challenge = pair["code_challenge"].as_str().unwrap();
    let mut authorize = home.at(sandbox, &["authorize-url", "--redirect-uri", redirect_uri]);
    let output = authorize
        .args(["--state", "xyz", "--code-challenge", challenge])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let answer = get(stdout(&output).trim());
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    let url: url::Url = location.parse().unwrap();
    let find = |name: &str| {
        url.query_pairs()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(find("state").as_deref(), Some("xyz"));
    (
        find("code").unwrap(),
        pair["code_verifier"].as_str().unwrap().to_owned(),
    )
}

const REDIRECT: &str = "http://127.0.0.1:8400/callback";

#[test]
fn a_whole_flow_is_built_from_the_three_and_stores_nothing() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let (code, verifier) = code(&home, &sandbox, REDIRECT);
    let exchange = [
        "exchange",
        &code,
        "--redirect-uri",
        REDIRECT,
        "--code-verifier",
        &verifier,
    ];
    let output = home.at(&sandbox, &exchange).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let tokens = document(&output);
    let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "refresh_token"]);
    let active = home
        .at(&sandbox, &["introspect", tokens["access_token"].as_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(active.status.code(), Some(0), "{}", text(&active));
    assert!(!home.path().join(".config").exists(), "nothing is stored");

    // What it prints is what a sign-in takes.
    let output = fed(
        &mut home.at(&sandbox, &["login", "--with-token"]),
        tokens.to_string().as_bytes(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));

    let again = home.at(&sandbox, &exchange).arg("--json").output().unwrap();
    assert_eq!(again.status.code(), Some(1), "{}", text(&again));
    assert_eq!(error(&again)["code"], "TOKEN_INVALID");
    assert!(
        error(&again)["hint"].as_str().unwrap().contains("used once"),
        "{}",
        text(&again)
    );
    assert!(!text(&again).contains(&code) && !text(&again).contains(&verifier));
}

#[test]
fn l2_a_wrong_verifier_gets_no_tokens() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let (code, _) = code(&home, &sandbox, REDIRECT);
    let wrong = "w".repeat(43);
    let mut exchange = home.at(
        &sandbox,
        &["exchange", "-", "--redirect-uri", REDIRECT, "--code-verifier"],
    );
    let output = fed(exchange.arg(wrong), format!("{code}\n").as_bytes());
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(1), ""),
        "{}",
        text(&output)
    );
}

#[test]
fn code_and_verifier_come_from_files_and_standard_input_but_not_both_from_the_latter() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let (code, verifier) = code(&home, &sandbox, REDIRECT);
    std::fs::write(home.path().join("verifier"), format!("{verifier}\n")).unwrap();
    let run = |code: &str, verifier: &str, input: &str| {
        let args = [
            "exchange",
            code,
            "--redirect-uri",
            REDIRECT,
            "--code-verifier",
            verifier,
            "--json",
        ];
        fed(&mut home.at(&sandbox, &args), input.as_bytes())
    };
    let both = run("-", "-", &code);
    assert_eq!((both.status.code(), &error(&both)["code"]), (Some(2), &json!("USAGE")));
    let output = run("-", "@verifier", &code);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    for (code, input) in [("@missing", ""), ("-", " \n"), ("", "")] {
        let output = run(code, "@verifier", input);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", text(&output));
    }
}

#[test]
fn the_pair_of_rfc_7636_appendix_b() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let pair = json!({
        "code_verifier": verifier,
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    });
    let home = Home::new();
    std::fs::write(home.path().join("v"), verifier).unwrap();
    for argument in [verifier, "@v", "-"] {
        let output = fed(
            &mut home.noesis(&["pkce", "--json", "--verifier", argument]),
            format!("{verifier}\n").as_bytes(),
        );
        assert_eq!(document(&output), pair, "{}", text(&output));
    }
    let plain = stdout(&home.noesis(&["pkce", "--verifier", verifier]).output().unwrap());
    assert!(plain.contains("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "{plain}");
}

#[test]
fn l2_each_pair_is_fresh_and_of_256_bits() {
    let home = Home::new();
    let fresh = || document(&home.noesis(&["pkce", "--json"]).output().unwrap())["code_verifier"].clone();
    let (one, other) = (fresh(), fresh());
    assert_ne!(one, other);
    assert_eq!(one.as_str().unwrap().len(), 43);
}

#[test]
fn a_verifier_outside_rfc_7636_section_4_1_is_refused() {
    let home = Home::new();
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    let odd: Vec<String> = ["+", "/", "=", " b", "é", "\u{202e}"]
        .iter()
        .map(|c| format!("{}{c}", "a".repeat(50)))
        .collect();
    for verifier in [&short, &long].into_iter().chain(&odd) {
        let output = home
            .noesis(&["pkce", "--json", "--verifier", verifier])
            .output()
            .unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{verifier}: {}",
            text(&output)
        );
        assert_eq!(error(&output)["code"], "USAGE");
        assert!(!text(&output).contains(verifier.as_str()), "a verifier is a secret");
    }
    for length in [43, 128] {
        let all = "-._~".repeat(32)[..length].to_owned();
        let output = home.noesis(&["pkce", &format!("--verifier={all}")]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{length}: {}", text(&output));
    }
}

#[test]
fn the_authorization_url_has_what_was_asked_for_and_nothing_else() {
    let home = Home::new();
    let url = |args: &[&str]| -> Value {
        let mut command = home.noesis(&[
            "authorize-url",
            "--json",
            "--base-url",
            "https://p.example/x/",
            "--client-id",
            "a b",
        ]);
        let output = command
            .args(["--redirect-uri", "http://127.0.0.1:1/cb"])
            .args(args)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        document(&output)
    };
    let bare = "https://p.example/x/oauth/authorize?response_type=code&client_id=a+b\
                &redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb";
    assert_eq!(url(&[]), json!({ "url": bare, "state": null }));
    let full = url(&["--state", "s&t", "--code-challenge", "ccc", "--scope", "a b"]);
    let text = full["url"].as_str().unwrap();
    assert!(text.starts_with(bare), "{text}");
    for part in [
        "&state=s%26t",
        "&code_challenge=ccc",
        "&code_challenge_method=S256",
        "&scope=a+b",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
    }
    assert_eq!(full["state"], "s&t");

    for (args, exit) in [
        (&["--base-url", "http://p.example", "--client-id", "x"][..], 2),
        (&["--base-url", "not a url", "--client-id", "x"], 2),
        (&["--client-id", "x"], 2),
        (&["--base-url", "https://p.example"], 2),
    ] {
        let mut command = home.noesis(&["authorize-url", "--json", "--redirect-uri", "http://127.0.0.1:1/cb"]);
        let output = command.args(args).output().unwrap();
        assert_eq!(
            (output.status.code(), &error(&output)["code"]),
            (Some(exit), &json!("CONFIG")),
            "{}",
            stderr(&output)
        );
    }
}
