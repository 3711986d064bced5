//! The examples that verify tokens with the keys in a file, as they are.

use std::sync::Arc;

use noesis::{KeySet, Policy};

use crate::guard::support::send;
use crate::support::{Home, Sandbox, get, mint, now};

#[path = "../../examples/tiny_http_tool.rs"]
mod tiny_http_tool;
#[path = "../../examples/verify_token.rs"]
mod verify_token;

/// The key set of a sandbox, read from a file as a tool without an HTTP client has it.
fn keys(home: &Home, sandbox: &Sandbox) -> KeySet {
    let response = get(&format!("{}/.well-known/jwks.json", sandbox.url));
    let file = home.path().join("keys.json");
    std::fs::write(&file, response.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    KeySet::from_file(file).unwrap()
}

#[test]
fn a_tool_on_a_synchronous_server_lets_in_who_has_access() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
    let host = server.server_addr().to_string();
    let tool = tiny_http_tool::Tool {
        id: "vision-lab".into(),
        keys: keys(&home, &sandbox),
        policy: Policy::new().issuer(&sandbox.url),
    };
    let listening = Arc::clone(&server);
    let thread = std::thread::spawn(move || tool.serve(&listening));

    let ask = |headers: &str| {
        let request = format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        let answer = send(&host, request.as_bytes());
        let challenge = answer.header("www-authenticate").map(str::to_owned);
        (answer.status(), challenge, answer.body().to_owned())
    };
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    let good = mint(&home, &sandbox, &["--sub", "ada", "--tool", "vision-lab"]);
    let other = mint(&home, &sandbox, &["--tool", "another"]);
    let expired = mint(&home, &sandbox, &["--tool", "vision-lab", "--expires-in", "-5m"]);

    assert_eq!(ask(&bearer(&good)), (200, None, "ada draws".into()));
    let realm = "Bearer realm=\"noesis\"";
    assert_eq!(ask(""), (401, Some(realm.into()), "no bearer token".into()));
    let twice = bearer(&good) + &bearer(&good);
    assert_eq!(ask(&twice).0, 401);
    let (status, challenge, reason) = ask(&bearer(&expired));
    assert_eq!(
        (status, challenge.as_deref()),
        (401, Some("Bearer realm=\"noesis\", error=\"invalid_token\""))
    );
    assert!(reason.starts_with("expired 5 minutes ago"), "{reason}");
    assert_eq!(
        ask(&bearer(&other)),
        (
            403,
            Some("Bearer realm=\"noesis\", error=\"insufficient_scope\"".into()),
            "no access to tool vision-lab".into()
        )
    );
    server.unblock();
    thread.join().unwrap();
}

#[test]
fn a_token_is_verified_with_the_keys_in_a_file_and_for_one_issuer() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let keys = keys(&home, &sandbox);
    let token = mint(&home, &sandbox, &["--sub", "ada", "--tool", "vision-lab"]);
    let payload = verify_token::verify(&keys, &sandbox.url, &token, now()).unwrap();
    assert_eq!(payload.sub.as_deref(), Some("ada"));
    assert!(payload.has_tool_access("vision-lab", now()));
    for (issuer, token) in [
        ("https://other.example", token.as_str()),
        (sandbox.url.as_str(), "no.token"),
    ] {
        assert!(verify_token::verify(&keys, issuer, token, now()).is_err(), "{issuer}");
    }
}
