//! The most frequent errors have messages of their own, with a hint that says how to fix them.

use crate::support::raw::{Raw, json};
use crate::support::session::signed_in_at;
use crate::support::{Home, error, stderr, text};

/// The exit status, message and hint of a command that fails.
fn failure(command: &mut std::process::Command) -> (i32, String, String) {
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
fn a_base_url_that_answers_with_a_web_page_is_reported_as_wrong() {
    let page = "<!doctype html><title>Welcome</title>";
    let server = Raw::answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    ));
    let (exit, message, hint) = failure(&mut introspect(&Home::new(), &server.url));
    assert_eq!(exit, 1);
    assert!(message.contains("a web page titled `Welcome`, not JSON"), "{message}");
    assert!(
        hint.starts_with("check `--base-url`") && hint.contains("`noesis doctor`"),
        "{hint}"
    );
}

#[test]
fn a_refused_connection_and_an_unknown_host_hint_at_the_doctor() {
    let home = Home::new();
    let (exit, message, hint) = failure(&mut introspect(&home, "http://127.0.0.1:1"));
    assert_eq!(exit, 5);
    assert!(message.starts_with("cannot connect to `127.0.0.1:1`"), "{message}");
    assert!(hint.contains("`noesis doctor`"), "{hint}");
    let (exit, message, hint) = failure(&mut introspect(&home, "https://platform.invalid"));
    assert_eq!(exit, 5);
    assert!(message.contains("no such host"), "{message}");
    assert!(hint.contains("`noesis doctor`"), "{hint}");
}

#[test]
fn a_failed_connection_through_a_proxy_hints_at_the_proxy() {
    let home = Home::new();
    let mut command = introspect(&home, "https://platform.example");
    let (exit, _, hint) = failure(command.env("HTTPS_PROXY", "http://user:canary@127.0.0.1:1"));
    assert_eq!(exit, 5);
    assert!(
        hint.starts_with("the request goes through the proxy in `HTTPS_PROXY`"),
        "{hint}"
    );
    assert!(hint.contains("`NO_PROXY`") && !hint.contains("canary"), "{hint}");
    // A request that uses no proxy gets no hint about one.
    let mut command = introspect(&home, "http://127.0.0.1:1");
    let (_, _, hint) = failure(command.env("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!(!hint.contains("proxy"), "{hint}");
}

#[test]
fn a_refused_client_hints_at_its_id_and_secret() {
    let server = Raw::json("401 Unauthorized", r#"{"error":"invalid_client"}"#);
    let (exit, _, hint) = failure(&mut introspect(&Home::new(), &server.url));
    assert_eq!(exit, 1);
    assert!(
        hint.contains("`--client-id`") && hint.contains("`--client-secret-file`"),
        "{hint}"
    );
}

#[test]
fn a_sign_in_that_timed_out_hints_at_the_wait_and_the_redirect_uri() {
    let home = Home::new();
    let mut command = home.noesis(&["--json", "--base-url", "http://127.0.0.1:1", "--client-id", "x"]);
    let (exit, message, hint) = failure(command.args(["login", "--no-browser", "--wait", "1s"]));
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
fn an_ended_session_hints_at_login() {
    let server = Raw::json(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"revoked"}"#,
    );
    let home = signed_in_at(&server.url, -1);
    let (exit, message, hint) = failure(&mut home.noesis(&["--json", "token"]));
    assert_eq!((exit, hint.as_str()), (4, "run `noesis login`"));
    assert!(
        message.starts_with("the platform has ended the session of profile `default`"),
        "{message}"
    );
}

#[test]
fn a_missing_keyring_hints_at_the_file_store() {
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
    let (exit, message, hint) = failure(&mut command);
    assert_eq!(exit, 1);
    assert_eq!(message, "no keyring is available: no session bus");
    assert!(hint.starts_with("run `noesis login --store file`"), "{hint}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_hint_names_the_profile_of_the_command_line() {
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
