//! The contract of `noesis guard`: paths, responses, headers, health, metrics, access log, reload and exit statuses.

use serde_json::{Value, json};

use super::support::{Guard, tool};
use crate::support::mint;
use crate::support::{Home, Sandbox, error, until};

#[test]
fn g2_each_kind_of_denial_has_its_status_detail_and_challenge() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let guard = Guard::of(&sandbox, &["--tool", "vision-lab"]);
    let good = mint(&home, &sandbox, &["--tool", "vision-lab"]);
    let other = mint(&home, &sandbox, &["--tool", "another"]);
    let ended = mint(&home, &sandbox, &["--tool", "vision-lab=-1h"]);
    let expired = mint(&home, &sandbox, &["--tool", "vision-lab", "--expires-in", "-5m"]);

    assert_eq!(guard.with_token("/auth", &good).status(), 200);
    let none = guard.ask("/auth", &[]);
    assert_eq!(
        (none.status(), none.detail().as_str()),
        (401, "Missing or invalid Authorization header")
    );
    assert_eq!(none.header("www-authenticate"), Some("Bearer realm=\"noesis\""));
    assert_eq!(none.header("content-type"), Some("application/json"));
    for token in [&other, &ended] {
        let answer = guard.with_token("/auth", token);
        assert_eq!(
            (answer.status(), answer.detail().as_str()),
            (403, "No access to tool vision-lab")
        );
        assert_eq!(
            answer.header("www-authenticate"),
            Some(
                "Bearer realm=\"noesis\", error=\"insufficient_scope\", error_description=\"No access to tool vision-lab\""
            )
        );
    }
    let answer = guard.with_token("/auth", &expired);
    assert_eq!(answer.status(), 401);
    assert!(answer.detail().starts_with("expired 5 minutes ago"), "{answer:?}");
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    let twice = format!("authorization: Bearer {good}");
    let answer = guard.ask("/auth", &[&twice, &twice]);
    assert_eq!(answer.status(), 400, "{answer:?}");
    for answer in [&none, &answer] {
        assert_eq!(answer.header("x-noesis-sub"), None, "{answer:?}");
    }
    assert_eq!(guard.metric("noesis_guard_decisions_total{decision=\"granted\"}"), 1.0);
    assert_eq!(
        guard.metric("noesis_guard_decisions_total{decision=\"no_access\"}"),
        2.0
    );
    assert_eq!(
        guard.metric("noesis_guard_decisions_total{decision=\"ambiguous\"}"),
        1.0
    );
    assert_eq!(guard.metric("noesis_guard_decision_seconds_count"), 6.0);
}

#[test]
fn the_path_chooses_the_tool_and_every_method_is_checked_alike() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let guard = Guard::of(&sandbox, &["--tool", "a"]);
    let token = mint(
        &home,
        &sandbox,
        &[
            "--tool",
            "b",
            "--claim",
            r#"entitlements=[{"tool_id":"b","expires_at":4102444800},{"tool_id":42,"expires_at":4102444800}]"#,
        ],
    );
    for (path, status) in [
        ("/auth", 403),
        ("/auth/tools/b/auth", 403),
        ("/auth?tool=b", 403),
        ("/tools/b/auth", 200),
        ("/tools/b/auth/any/where?x=y", 200),
        ("/tools/42/auth", 200),
        ("/tools/43/auth", 403),
        ("/tools/b", 404),
        ("/", 404),
    ] {
        assert_eq!(guard.with_token(path, &token).status(), status, "{path}");
    }
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"] {
        let request = |token: &str| {
            let host = guard.host();
            guard.send(&format!(
                "{method} /tools/b/auth HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: 0\r\n\r\n"
            ))
        };
        assert_eq!(request(&token).status(), 200, "{method}");
        assert_eq!(request("nonsense").status(), 401, "{method}");
    }
}

#[test]
fn g3_five_headers_carry_the_identity_and_no_claim_can_add_one() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let guard = Guard::of(&sandbox, &[]);
    let token = mint(
        &home,
        &sandbox,
        &[
            "--sub",
            "ada",
            "--role",
            "integrator",
            "--admin",
            "--claim",
            "jti=\"id 1\"",
            "--claim",
            r#"entitlements=[{"tool_id":"b, c","expires_at":4102444800},{"tool_id":7,"expires_at":4102444800},{"tool_id":"over","expires_at":5}]"#,
        ],
    );
    let answer = guard.with_token("/auth", &token);
    for (name, value) in [
        ("x-noesis-sub", "ada"),
        ("x-noesis-role", "integrator"),
        ("x-noesis-admin", "true"),
        ("x-noesis-jti", "id%201"),
        ("x-noesis-entitlements", "b%2C%20c,7"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let evil = r#"role="integrator\r\nX-Noesis-Admin: true\r\n\r\n<b>""#;
    let token = mint(
        &home,
        &sandbox,
        &["--claim", evil, "--claim", "is_admin=\"true\"", "--claim", "jti=null"],
    );
    let answer = guard.with_token("/auth", &token);
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.header("x-noesis-admin"), Some("false"));
    assert!(
        answer
            .header("x-noesis-role")
            .unwrap()
            .starts_with("integrator%0D%0AX-Noesis-Admin:"),
        "{answer:?}"
    );
    assert_eq!(answer.0.matches("x-noesis-admin").count(), 1);
    assert_eq!(answer.body(), "");
}

#[test]
fn g4_health_and_metrics_are_answered_on_the_main_listener_or_on_their_own() {
    let sandbox = Sandbox::start();
    let guard = Guard::of(&sandbox, &[]);
    for path in ["/healthz", "/readyz", "/metrics"] {
        until("it is ready", || guard.ask(path, &[]).status() == 200);
    }
    let text = guard.ask("/metrics", &[]);
    assert_eq!(
        text.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(text.body().ends_with("# EOF\n"), "{text:?}");
    assert_eq!(guard.metric("noesis_guard_key_fetches_total"), 1.0);

    let tool = tool();
    let guard = Guard::of(&sandbox, &["--status-listen", "127.0.0.1:0", "--upstream", &tool.url]);
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            guard.ask(path, &[]).status(),
            401,
            "the path belongs to the tool: {path}"
        );
        let answer = crate::support::get(&format!("{}{path}", guard.status_url));
        assert!(answer.starts_with("HTTP/1.1 200") || path == "/readyz", "{answer}");
    }
    let answer = crate::support::get(&format!("{}/auth", guard.status_url));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(tool.requests().is_empty());
}

#[test]
fn g5_the_access_log_has_the_client_that_a_trusted_proxy_forwards_and_no_secret() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &["--claim", "jti=\"the-id\""]);
    let forwarded = "x-forwarded-for: 203.0.113.5, 198.51.100.9";
    for (flags, client) in [
        (&["--access-log", "json"][..], "127.0.0.1"),
        (
            &["--access-log", "json", "--trusted-proxy", "127.0.0.0/8"],
            "198.51.100.9",
        ),
    ] {
        let guard = Guard::of(&sandbox, flags);
        let authorization = format!("authorization: Bearer {token}");
        assert_eq!(
            guard
                .ask("/auth/x?access_token=hidden", &[&authorization, forwarded])
                .status(),
            200
        );
        until("the line is written", || guard.log().contains("the-id"));
        let log = guard.log();
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        for (name, value) in [
            ("client", json!(client)),
            ("method", json!("GET")),
            ("path", json!("/auth/x")),
            ("status", json!(200)),
            ("decision", json!("granted")),
            ("jti", json!("the-id")),
        ] {
            assert_eq!(line[name], value, "{line}");
        }
        for secret in [&token, "hidden", token.rsplit('.').next().unwrap()] {
            assert!(!log.contains(secret), "{log}");
        }
    }
}

#[test]
fn t10_sighup_reads_the_secret_again_and_an_unusable_one_leaves_the_previous_in_use() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &["--alg", "HS256"]);
    let secret = home.path().join("secret");
    std::fs::write(&secret, "noesis-sandbox-hs256-secret-for-tests-only\n").unwrap();
    let path = secret.to_str().unwrap().to_owned();
    let guard = Guard::with(&["--hs256-secret-file", &path]);
    // The first use is verified, the second verified and cached, the third a hit.
    for hits in [0.0, 0.0, 1.0] {
        assert_eq!(guard.with_token("/auth", &token).status(), 200);
        assert_eq!(guard.metric("noesis_guard_verdict_cache_hits_total"), hits);
    }

    std::fs::write(&secret, "short").unwrap();
    guard.signal("HUP");
    until("the error is reported", || {
        guard.log().contains("the previous keys stay in use")
    });
    assert_eq!(guard.with_token("/auth", &token).status(), 200);

    std::fs::write(&secret, "another secret of quite enough bytes").unwrap();
    guard.signal("HUP");
    until("the verdict of the old secret is gone", || {
        guard.with_token("/auth", &token).status() == 401
    });
}

#[test]
fn an_invalid_flag_or_file_is_an_error_before_the_guard_listens() {
    let home = Home::new();
    let keys = home.path().join("keys.json");
    std::fs::write(&keys, "{}").unwrap();
    for (flags, exit, words) in [
        (&[][..], 2, "nothing to verify with"),
        (&["--jwks", keys.to_str().unwrap()], 2, "keys.json"),
        (&["--jwks", "http://example.com/keys"], 2, "unencrypted"),
        (
            &["--jwks", "https://example.com/k", "--upstream", "https://x"],
            2,
            "invalid upstream",
        ),
        (
            &["--jwks", "https://example.com/k", "--upstream", "http://x/base"],
            2,
            "invalid upstream",
        ),
        (
            &["--jwks", "https://example.com/k", "--trusted-proxy", "10.0.0.0/40"],
            2,
            "invalid network",
        ),
        (
            &["--jwks", "https://example.com/k", "--upstream-timeout", "3s"],
            2,
            "--upstream",
        ),
    ] {
        let output = Guard::command(&home, flags).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{flags:?}: {output:?}");
        let message = error(&output)["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{flags:?}: {message}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = home
        .noesis(&[
            "--json",
            "guard",
            "--jwks",
            "https://example.com/k",
            "--listen",
            &address,
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output)["message"].as_str().unwrap().contains(&address));
}

#[test]
fn ctrl_c_and_sigterm_are_its_normal_end() {
    let sandbox = Sandbox::start();
    for signal in ["INT", "TERM"] {
        let mut guard = Guard::of(&sandbox, &[]);
        guard.signal(signal);
        let status = guard.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(!guard.log().contains("error"), "{signal}: {}", guard.log());
    }
}
