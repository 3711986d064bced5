//! The layer and the extractor in a real axum service: the example, tested over HTTP.

use noesis::JwtValidator;

use crate::guard::support::{Answer, send};
use crate::support::mint;
use crate::support::{Home, Sandbox};

#[path = "../../examples/axum_tools.rs"]
mod axum_tools;

/// Serves the example on a free port; the runtime ends with the test.
fn serve(validator: JwtValidator) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    runtime.spawn(async move { axum::serve(listener, axum_tools::app(validator)).await });
    (runtime, host)
}

fn ask(host: &str, path: &str, token: Option<&str>) -> Answer {
    let line = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    send(
        host,
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{line}\r\n").as_bytes(),
    )
}

#[test]
fn two_routes_with_different_tools_admit_only_their_own_users() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let keys = format!("{}/.well-known/jwks.json", sandbox.url);
    let (_runtime, host) = serve(JwtValidator::builder().jwks_url(keys).build().unwrap());
    let draws = mint(&home, &sandbox, &["--sub", "ada", "--tool", "vision-lab"]);
    let far = 4_102_444_800_i64;
    let integer = format!(r#"entitlements=[{{"tool_id":42,"expires_at":{far}}}]"#);
    let writes = mint(&home, &sandbox, &["--sub", "bob", "--claim", &integer]);
    let expired = mint(&home, &sandbox, &["--tool", "vision-lab", "--expires-in", "-5m"]);
    for (path, token, status, body) in [
        ("/draw", Some(&draws), 200, "ada draws"),
        (
            "/draw",
            Some(&writes),
            403,
            r#"{"detail":"No access to tool vision-lab"}"#,
        ),
        ("/write", Some(&writes), 200, "bob writes"),
        ("/write", Some(&draws), 403, r#"{"detail":"No access to tool 42"}"#),
        ("/me", Some(&draws), 200, "you are ada"),
        ("/me", Some(&writes), 200, "you are bob"),
        (
            "/me",
            None,
            401,
            r#"{"detail":"Missing or invalid Authorization header"}"#,
        ),
        (
            "/draw",
            None,
            401,
            r#"{"detail":"Missing or invalid Authorization header"}"#,
        ),
    ] {
        let answer = ask(&host, path, token.map(String::as_str));
        assert_eq!((answer.status(), answer.body()), (status, body), "{path}");
        assert_eq!(answer.header("www-authenticate").is_some(), status != 200, "{path}");
    }
    for path in ["/draw", "/me"] {
        let answer = ask(&host, path, Some(&expired));
        assert_eq!(answer.status(), 401, "{path}");
        assert!(answer.detail().starts_with("expired 5 minutes ago"), "{answer:?}");
    }
}

#[test]
fn g6_without_keys_the_layer_answers_503() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let validator = JwtValidator::builder()
        .jwks_url(format!("http://{free}/keys"))
        .build()
        .unwrap();
    let (_runtime, host) = serve(validator);
    for path in ["/draw", "/me"] {
        let answer = ask(&host, path, Some(&token));
        assert_eq!(
            (answer.status(), answer.header("retry-after")),
            (503, Some("30")),
            "{answer:?}"
        );
    }
}
