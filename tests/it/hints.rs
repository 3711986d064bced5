//! Errors that help: what goes wrong most often has words of its own, and a hint that mends it.

use crate::support::raw::{Raw, json};
use crate::support::session::signed_in_at;
use crate::support::{Home, error, stderr, text};

/// What a command says when it fails: its exit code, its message and its hint.
fn told(command: &mut std::process::Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let error = error(&output);
    let words = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let exit = output.status.code().unwrap_or_else(|| panic!("{}", text(&output)));
    (exit, words("message"), words("hint"))
}

fn introspect(home: &Home, url: &str) -> std::process::Command {
    home.noesis(&[
        "--json",
        "--base-url",
        url,
        "--timeout",
        "5s",
        "introspect",
        "some.token.here",
    ])
}

#[test]
fn a_base_url_that_answers_with_a_web_page_is_said_to_be_wrong() {
    let page = "<!doctype html><title>Welcome</title>";
    let server = Raw::answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    ));
    let (exit, message, hint) = told(&mut introspect(&Home::new(), &server.url));
    assert_eq!(exit, 1);
    assert!(message.contains("a web page titled `Welcome`, not JSON"), "{message}");
    assert!(
        hint.starts_with("check `--base-url`") && hint.contains("`noesis doctor`"),
        "{hint}"
    );
}

#[test]
fn a_platform_that_nobody_serves_or_that_has_no_such_name_sends_to_the_doctor() {
    let home = Home::new();
    let (exit, message, hint) = told(&mut introspect(&home, "http://127.0.0.1:1"));
    assert_eq!(exit, 5);
    assert!(message.starts_with("cannot connect to `127.0.0.1:1`"), "{message}");
    assert!(hint.contains("`noesis doctor`"), "{hint}");
    let (exit, message, hint) = told(&mut introspect(&home, "https://platform.invalid"));
    assert_eq!(exit, 5);
    assert!(message.contains("there is no host of this name"), "{message}");
    assert!(hint.contains("`noesis doctor`"), "{hint}");
}

#[test]
fn a_proxy_that_does_not_answer_is_the_first_to_be_asked() {
    let home = Home::new();
    let mut command = introspect(&home, "https://platform.example");
    let (exit, _, hint) = told(command.env("HTTPS_PROXY", "http://user:canary@127.0.0.1:1"));
    assert_eq!(exit, 5);
    assert!(
        hint.starts_with("the request goes through the proxy in `HTTPS_PROXY`"),
        "{hint}"
    );
    assert!(hint.contains("`NO_PROXY`") && !hint.contains("canary"), "{hint}");
    // What takes no proxy is no proxy's fault.
    let mut command = introspect(&home, "http://127.0.0.1:1");
    let (_, _, hint) = told(command.env("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!(!hint.contains("proxy"), "{hint}");
}

#[test]
fn a_client_that_is_refused_is_asked_for_its_id_and_secret() {
    let server = Raw::json("401 Unauthorized", r#"{"error":"invalid_client"}"#);
    let (exit, _, hint) = told(&mut introspect(&Home::new(), &server.url));
    assert_eq!(exit, 1);
    assert!(
        hint.contains("`--client-id`") && hint.contains("`--client-secret-file`"),
        "{hint}"
    );
}

#[test]
fn nobody_who_came_back_may_have_seen_a_page_about_the_redirect_uri() {
    let home = Home::new();
    let mut command = home.noesis(&["--json", "--base-url", "http://127.0.0.1:1", "--client-id", "x"]);
    let (exit, message, hint) = told(command.args(["login", "--no-browser", "--wait", "1s"]));
    assert_eq!(exit, 5);
    assert!(
        message.contains("the sign-in was not completed in the browser within"),
        "{message}"
    );
    assert!(
        hint.contains("`--wait 15m`") && hint.contains("`--redirect-uri`"),
        "{hint}"
    );
}

#[test]
fn a_sign_in_that_has_ended_is_renewed_by_the_command_that_is_named() {
    let server = Raw::json(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"revoked"}"#,
    );
    let home = signed_in_at(&server.url, -1);
    let (exit, message, hint) = told(&mut home.noesis(&["--json", "token"]));
    assert_eq!((exit, hint.as_str()), (4, "run `noesis login`"));
    assert!(
        message.starts_with("the platform has ended the session of profile `default`"),
        "{message}"
    );
}

#[test]
fn a_keyring_that_is_not_there_is_told_with_where_that_is_usual() {
    let server = Raw::answering(json("200 OK", "{}"));
    let home = Home::new();
    let mut command = home.noesis(&[
        "--json",
        "--base-url",
        &server.url,
        "--client-id",
        "x",
        "login",
        "--store",
        "keyring",
    ]);
    let (exit, message, hint) = told(&mut command);
    assert_eq!(exit, 1);
    assert_eq!(message, "no keyring is available: no session bus");
    assert!(hint.starts_with("run `noesis login --store file`"), "{hint}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_hint_names_the_profile_that_the_run_named() {
    let home = signed_in_at("http://127.0.0.1:1", -1);
    std::fs::rename(home.session_file("default"), home.session_file("work")).unwrap();
    std::fs::write(home.session_file("work"), "broken").unwrap();
    let output = home.noesis(&["--profile", "work", "status"]).output().unwrap();
    assert!(
        stderr(&output).contains("hint: run `noesis login --profile work`"),
        "{}",
        text(&output)
    );
}
