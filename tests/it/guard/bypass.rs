//! Attempts to bypass the guard: no request reaches the tool without a decision, whatever it looks like.

use super::support::{Guard, tool};
use crate::support::mint;
use crate::support::{Home, Sandbox};

/// The identity headers, and other names with their prefix.
const NAMES: [&str; 12] = [
    "X-Noesis-Sub",
    "X-Noesis-Role",
    "X-Noesis-Admin",
    "X-Noesis-Jti",
    "X-Noesis-Entitlements",
    "X-Noesis-User",
    "X-Noesis-Tool",
    "X-Noesis-Token",
    "X-Noesis-Exp",
    "X-Noesis-Email",
    "X-Noesis-Groups",
    "X-Noesis-Anything-Else",
];

/// Nine spellings of a name that some server treats as equal.
fn aliases(name: &str) -> [String; 9] {
    let swap = |with: &str| name.replace('-', with);
    [
        name.to_owned(),
        name.to_ascii_lowercase(),
        name.to_ascii_uppercase(),
        swap("_"),
        swap("_").to_ascii_uppercase(),
        swap("."),
        name.replacen('-', "_", 1),
        swap("--"),
        swap("~"),
    ]
}

#[test]
fn g3_a_client_cannot_set_an_identity_header() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = tool();
    let guard = Guard::of(&sandbox, &["--upstream", &tool.url]);
    let token = mint(&home, &sandbox, &["--sub", "ada"]);
    let authorization = format!("Authorization: Bearer {token}");
    let mut cases = 0;
    for name in NAMES {
        for alias in aliases(name) {
            let forged = format!("{alias}: forged");
            // Before the credentials, after them, and on both sides of them.
            for lines in [
                vec![&*forged, &*authorization],
                vec![&*authorization, &*forged],
                vec![&*forged, &*authorization, &*forged],
            ] {
                let answer = guard.ask("/x", &lines);
                assert_eq!(answer.status(), 200, "{alias}: {answer:?}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 12 * 9 * 3);
    let requests = tool.requests();
    assert_eq!(requests.len(), cases);
    for request in requests {
        assert!(!request.contains("forged"), "{request}");
        assert_eq!(
            request.to_ascii_lowercase().matches("x-noesis-sub: ada").count(),
            1,
            "{request}"
        );
        assert_eq!(request.matches("x-noesis-admin: false").count(), 1, "{request}");
    }
}

#[test]
fn g3_no_connection_header_removes_identity_headers_or_skips_the_check() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = tool();
    let guard = Guard::of(&sandbox, &["--upstream", &tool.url]);
    let token = mint(&home, &sandbox, &["--sub", "ada"]);
    let forms = [
        "close",
        "keep-alive",
        "Close, X-Noesis-Sub",
        "close, x-noesis-sub, x-noesis-admin",
        "close, authorization",
        "close,host",
        "close, content-length",
        "close, transfer-encoding",
        "close, x-forwarded-for",
        "close,,,,x-noesis-role",
        "close, X_Noesis_Sub",
        "close, te",
        "close, connection",
        "close, upgrade",
        "close, proxy-authorization",
        "close,\tx-noesis-jti",
        "close, x-noesis-entitlements;q=1",
        "close, *",
        "close, \"x-noesis-sub\"",
        "close, date, via, cookie",
    ];
    for form in forms {
        let request = |token: &str| {
            format!(
                "POST /x HTTP/1.1\r\nhost: {}\r\nconnection: {form}\r\nconnection: close\r\nx-noesis-sub: forged\r\nauthorization: Bearer {token}\r\ncontent-length: 2\r\n\r\nhi",
                guard.host()
            )
        };
        let before = tool.requests().len();
        let refused = guard.send(&request("a.b.c"));
        assert_eq!((refused.status(), tool.requests().len()), (401, before), "{form}");
        let answer = guard.send(&request(&token));
        assert_eq!(answer.status(), 200, "{form}: {answer:?}");
        let requests = tool.requests();
        let got = requests.last().unwrap();
        for (name, value) in [
            ("sub", "ada"),
            ("admin", "false"),
            ("role", ""),
            ("jti", ""),
            ("entitlements", ""),
        ] {
            let line = format!("\r\nx-noesis-{name}: {value}");
            assert_eq!(got.matches(&line).count(), 1, "{form}: {got}");
        }
        assert!(!got.contains("forged") && got.ends_with("\r\n\r\nhi"), "{form}: {got}");
        assert!(
            got.contains(&format!("\r\nhost: {}\r\n", guard.host())),
            "{form}: {got}"
        );
    }
}

/// Sixty spellings of a path.
fn paths() -> Vec<String> {
    let mut paths: Vec<String> = [
        "/",
        "//",
        "///",
        "/.",
        "/..",
        "/../",
        "/../..",
        "/./",
        "/x/..",
        "/x/../healthz",
        "/healthz/",
        "/healthz/..",
        "/healthz/../x",
        "//healthz",
        "/./healthz",
        "/%2e/healthz",
        "/healthz%2f",
        "/healthz%00",
        "/healthz;x",
        "/healthz;/x",
        "/HEALTHZ",
        "/Healthz",
        "/healthz.",
        "/healthz%20",
        "/%68ealthz",
        "/healthz\\..",
        "/readyz/x",
        "/metrics/x",
        "/metrics;",
        "/metricsx",
        "/auth",
        "/auth/",
        "/auth/..",
        "/auth/../x",
        "/auth%2f..",
        "/tools/free/auth",
        "/tools/free/auth/..",
        "/tools/free/../x",
        "/tools/%2e%2e/auth",
        "/tools/free%2fauth",
        "/x#/healthz",
        "/x?/healthz",
        "/?/healthz",
        "/x/%2e%2e/healthz",
        "/x/%2E%2E%2Fhealthz",
        "/x/..%2fhealthz",
        "/x/..;/healthz",
        "/x/.%2e/healthz",
        "/%2e%2e/healthz",
        "/..%c0%afhealthz",
        "/%ff",
        "/%",
        "/%zz",
        "/a%0d%0ax-noesis-sub:%20forged",
        "*",
    ]
    .map(str::to_owned)
    .to_vec();
    for absolute in [
        "http://127.0.0.1/healthz/x",
        "http://other.example/",
        "http://healthz/readyz/",
        "http://u@h/x",
        "https://h/x",
    ] {
        paths.push(absolute.to_owned());
    }
    paths
}

#[test]
fn g4_no_spelling_of_a_path_skips_the_check() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = tool();
    let beside_proxy = Guard::of(&sandbox, &["--tool", "vision-lab"]);
    let as_proxy = Guard::of(&sandbox, &["--tool", "vision-lab", "--upstream", &tool.url]);
    let lacking = mint(&home, &sandbox, &["--tool", "free"]);
    let paths = paths();
    assert_eq!(paths.len(), 60);
    for path in &paths {
        for credentials in [String::new(), format!("authorization: Bearer {lacking}\r\n")] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{credentials}\r\n");
            // Only the guard beside a proxy has paths for other tools, which the proxy's configuration chooses.
            let free = path.starts_with("/tools/free/auth") && !credentials.is_empty();
            let answer = beside_proxy.send(&request);
            let expected: &[u16] = if free { &[200] } else { &[400, 401, 403, 404] };
            assert!(expected.contains(&answer.status()), "{path}: {answer:?}");
            let answer = as_proxy.send(&request);
            assert!([400, 401, 403].contains(&answer.status()), "{path}: {answer:?}");
        }
    }
    assert!(tool.requests().is_empty(), "{:?}", tool.requests());
    let good = mint(&home, &sandbox, &["--tool", "vision-lab"]);
    for (request, status) in [
        ("CONNECT x:80 HTTP/1.1\r\nhost: x:80", 405),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: y", 400),
        ("GET / HTTP/1.1", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\nx-a: b\r\n x-noesis-sub: forged", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\nx-noesis-sub : forged", 400),
    ] {
        let lines = format!("{request}\r\nconnection: close\r\nauthorization: Bearer {good}\r\n\r\n");
        let answer = as_proxy.send(&lines);
        assert_eq!(answer.status(), status, "{request}: {answer:?}");
    }
    assert!(tool.requests().is_empty(), "{:?}", tool.requests());
    for method in ["CONNECT x:80", "CONNECT /x", "OPTIONS *", "PRI *", "get /", "G\tET /"] {
        let answer = as_proxy.send(&format!("{method} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
        assert!([0, 400, 401, 405].contains(&answer.status()), "{method}: {answer:?}");
    }
    assert!(tool.requests().is_empty());
}

#[test]
fn g4_no_framing_of_a_body_smuggles_a_second_request_past_the_check() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = tool();
    let guard = Guard::of(&sandbox, &["--upstream", &tool.url]);
    let token = mint(&home, &sandbox, &[]);
    let inner = "GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    for framing in [
        "content-length: 0\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 0",
        "transfer-encoding: identity",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: xchunked",
        "transfer-encoding:\x0bchunked",
        "transfer-encoding : chunked",
        "content-length: 0\r\ncontent-length: 38",
        "content-length: +0",
        "content-length: 0, 0",
        "content-length: -1",
        "content-length:",
    ] {
        let request = format!(
            "POST /outer HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{framing}\r\n\r\n0\r\n\r\n{inner}"
        );
        let answer = guard.send(&request);
        assert!(answer.status() < 500, "{framing}: {answer:?}");
        for got in tool.requests() {
            assert!(!got.starts_with("GET /smuggled"), "{framing}: {got}");
        }
    }
}
