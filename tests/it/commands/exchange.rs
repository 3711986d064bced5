//! `noesis exchange`: the last step of a sign-in put together by a script, after `noesis pkce` and `noesis authorize-url`.

use serde_json::json;

use crate::support::authorization::code;
use crate::support::{Home, Sandbox, document, error, stdout, text, with_input};

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
    let output = with_input(
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
    let output = with_input(exchange.arg(wrong), format!("{code}\n").as_bytes());
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(1), ""),
        "{}",
        text(&output)
    );
}

#[test]
fn code_and_verifier_come_from_files_or_standard_input_but_not_both_from_standard_input() {
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
        with_input(&mut home.at(&sandbox, &args), input.as_bytes())
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
