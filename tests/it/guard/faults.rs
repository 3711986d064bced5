//! The guard under faults: unavailable keys, clients that disconnect, are slow or come in thousands, and its own shutdown.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::support::{Guard, tool};
use crate::support::mint;
use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::Raw;
use crate::support::{Home, Sandbox, get, until, within};

/// The key set of a sandbox, as it serves it.
fn keys(sandbox: &Sandbox) -> String {
    let answer = get(&format!("{}/.well-known/jwks.json", sandbox.url));
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

#[test]
fn g6_without_keys_the_guard_is_not_ready_and_answers_503() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let address = {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    let guard = Guard::with(&["--jwks", &format!("http://{address}/keys"), "--timeout", "1s"]);
    assert_eq!(guard.ask("/readyz", &[]).status(), 503);
    assert_eq!(guard.ask("/healthz", &[]).status(), 200);
    let answer = guard.with_token("/auth", &token);
    assert_eq!(
        (answer.status(), answer.header("retry-after")),
        (503, Some("30")),
        "{answer:?}"
    );
    assert_eq!(answer.header("x-noesis-sub"), None);
    // Requests whose denial needs no key are denied as always.
    assert_eq!(guard.ask("/auth", &[]).status(), 401);
    assert_eq!(guard.with_token("/auth", "nonsense").status(), 401);
}

#[test]
fn k2_a_failed_refresh_keeps_the_keys_in_use_and_an_unusable_answer_replaces_nothing() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let good = keys(&sandbox);
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    let server = Raw::acting(move |stream| {
        // A good key set once, then no keys, then no JSON, then an error.
        let (status, body) = match count.fetch_add(1, Ordering::SeqCst) {
            0 => ("200 OK", good.as_str()),
            1 => ("200 OK", "{\"nothing\":[]}"),
            2 => ("200 OK", "<html>"),
            _ => ("503 Service Unavailable", "{}"),
        };
        let length = body.len();
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").as_bytes());
    });
    let guard = Guard::with(&["--jwks", &format!("{}/keys", server.url)]);
    until("there are keys", || guard.ask("/readyz", &[]).status() == 200);
    assert_eq!(guard.with_token("/auth", &token).status(), 200);
    guard.signal("HUP");
    within(
        STEP_TIMEOUT,
        "they were fetched again, and once more a second later",
        || {
            assert_eq!(guard.with_token("/auth", &token).status(), 200);
            requests.load(Ordering::SeqCst) >= 3
        },
    );
    assert_eq!(guard.ask("/readyz", &[]).status(), 200);
    assert_eq!(guard.with_token("/auth", &token).status(), 200);
}

#[test]
fn g7_verdicts_are_discarded_with_the_key_that_was_removed() {
    let (one, other, home) = (Sandbox::start(), Sandbox::start(), Home::new());
    let (token, newer) = (mint(&home, &one, &[]), mint(&home, &other, &[]));
    let file = home.path().join("keys.json");
    std::fs::write(&file, keys(&one)).unwrap();
    let guard = Guard::with(&["--jwks", file.to_str().unwrap()]);
    for _ in 0..2 {
        assert_eq!(guard.with_token("/auth", &token).status(), 200);
        assert_eq!(guard.with_token("/auth", &newer).status(), 401);
    }
    std::fs::write(&file, keys(&other)).unwrap();
    guard.signal("HUP");
    until("the new key is in use", || {
        guard.with_token("/auth", &newer).status() == 200
    });
    assert_eq!(guard.with_token("/auth", &token).status(), 401);
}

#[test]
fn g7_a_verdict_ends_with_its_token() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let guard = Guard::of(&sandbox, &["--leeway", "0"]);
    let token = mint(&home, &sandbox, &["--expires-in", "5s", "--tool", "brief=1h"]);
    let ends = mint(&home, &sandbox, &["--tool", "brief=5s", "--tool", "long=1h"]);
    for token in [&token, &ends] {
        for _ in 0..3 {
            assert_eq!(guard.with_token("/auth", token).status(), 200);
        }
    }
    assert_eq!(guard.metric("noesis_guard_verdict_cache_hits_total"), 2.0);
    let tools = || {
        let answer = guard.with_token("/auth", &ends);
        answer.header("x-noesis-entitlements").unwrap().to_owned()
    };
    assert_eq!(tools(), "brief,long");
    until("the token has ended", || {
        guard.with_token("/auth", &token).status() == 401
    });
    until("the entitlement has ended", || tools() == "long");
}

#[test]
fn a_client_that_disconnects_while_keys_are_fetched_is_released() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", silent.local_addr().unwrap());
    let guard = Guard::with(&["--jwks", &url, "--timeout", "1m"]);
    let client = guard.open(&format!(
        "GET /auth HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    ));
    // One is the connection of the metrics request itself.
    until("the connection is open", || {
        guard.metric("noesis_guard_connections") == 2.0
    });
    drop(client);
    until("the connection is closed", || {
        guard.metric("noesis_guard_connections") == 1.0
    });
}

#[cfg(unix)]
#[test]
fn resets_slow_headers_and_thousands_of_idle_connections_block_no_other_client() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let guard = Guard::of(&sandbox, &[]);
    let good = || assert_eq!(guard.with_token("/auth", &token).status(), 200);
    good();
    let request = format!("GET /auth HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    for number in 0..800 {
        let mut stream = TcpStream::connect(guard.host()).unwrap();
        let socket = rustix_linger(&stream);
        // Some reset before, some within, some after their request.
        let sent = [0, request.len() / 2, request.len()][number % 3];
        stream.write_all(&request.as_bytes()[..sent]).unwrap();
        drop((socket, stream));
    }
    good();
    let mut slow = TcpStream::connect(guard.host()).unwrap();
    slow.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    slow.write_all(b"GET /auth HTTP/1.1\r\nhost: x\r\n").unwrap();
    let mut rest = Vec::new();
    let end = slow.read_to_end(&mut rest);
    assert!(
        !end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
        "a header that never ends is closed"
    );
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
    let idle: Vec<TcpStream> = (0..5_000)
        .map_while(|_| TcpStream::connect(guard.host()).ok())
        .collect();
    assert!(idle.len() > 500, "{} connections", idle.len());
    good();
    drop(idle);
    until("they are closed", || guard.metric("noesis_guard_connections") < 5.0);
    assert!(guard.peak() < 128 * 1024, "{} KiB", guard.peak());
}

/// Makes closing a connection send a reset.
#[cfg(unix)]
fn rustix_linger(stream: &TcpStream) -> std::net::TcpStream {
    let copy = stream.try_clone().unwrap();
    rustix::net::sockopt::set_socket_linger(&copy, Some(Duration::ZERO)).unwrap();
    copy
}

#[test]
fn a_header_of_64_kib_and_deeply_nested_json_are_refused_in_bounded_memory() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let good = mint(&home, &sandbox, &[]);
    let guard = Guard::of(&sandbox, &[]);
    let long = guard.with_token("/auth", &"a".repeat(64 * 1024));
    assert!([401, 431].contains(&long.status()), "{long:?}");
    let deep = format!("{}{}", "[".repeat(6_000), "]".repeat(6_000));
    let bomb = crate::support::token(r#"{"alg":"RS256"}"#, &format!(r#"{{"sub":{deep}}}"#));
    assert_eq!(guard.with_token("/auth", &bomb).status(), 401);
    for _ in 0..200 {
        guard.with_token("/auth", &bomb);
    }
    assert_eq!(guard.with_token("/auth", &good).status(), 200);
    assert!(guard.peak() < 64 * 1024, "{} KiB", guard.peak());
}

#[test]
fn sigterm_under_load_leaves_no_request_without_a_response() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let tool = tool();
    let mut guard = Guard::of(&sandbox, &["--upstream", &tool.url, "--access-log", "none"]);
    let request = format!("GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    let (stop, answered, host) = (AtomicBool::new(false), AtomicUsize::new(0), guard.host().to_owned());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    // One connection with one request after the other, until a response says that it is the last.
                    let mut stream = TcpStream::connect(&host).unwrap();
                    stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
                    loop {
                        stream.write_all(request.as_bytes()).unwrap();
                        let mut got = Vec::new();
                        let mut buffer = [0; 1024];
                        while !got.ends_with(b"tool") {
                            let read = stream.read(&mut buffer).unwrap();
                            assert!(
                                read > 0,
                                "a request without a response: {}",
                                String::from_utf8_lossy(&got)
                            );
                            got.extend_from_slice(&buffer[..read]);
                        }
                        assert!(got.starts_with(b"HTTP/1.1 200"));
                        answered.fetch_add(1, Ordering::SeqCst);
                        let last = String::from_utf8_lossy(&got).contains("connection: close");
                        if last || stop.load(Ordering::SeqCst) {
                            let _ = stream.shutdown(Shutdown::Both);
                            break;
                        }
                    }
                }
            });
        }
        until("there is load", || answered.load(Ordering::SeqCst) > 200);
        guard.signal("TERM");
        // A balancer sees this first, and sends its requests elsewhere.
        until("it reports that it stops", || {
            guard.ask("/readyz", &[]).body() == "stopping\n"
        });
        stop.store(true, Ordering::SeqCst);
    });
    assert_eq!(guard.child.wait().unwrap().code(), Some(0));
}

#[test]
#[allow(clippy::print_stdout)]
#[ignore = "takes NOESIS_SECONDS, 20 by default; the long form is ten minutes"]
fn memory_stays_flat_under_load_with_distinct_tokens() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let seconds = std::env::var("NOESIS_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(20);
    let secret = home.path().join("secret");
    let text = "a secret of more than enough bytes to sign with";
    std::fs::write(&secret, text).unwrap();
    let guard = Guard::of(
        &sandbox,
        &["--hs256-secret-file", secret.to_str().unwrap(), "--access-log", "none"],
    );
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut number, mut settled) = (0_u64, None);
    let mut stream = TcpStream::connect(guard.host()).unwrap();
    while Instant::now() < end {
        for _ in 0..1_000 {
            number += 1;
            let token = hs256(text, number);
            stream
                .write_all(format!("GET /auth HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").as_bytes())
                .unwrap();
            let mut got = Vec::new();
            let mut buffer = [0; 1024];
            while !got.ends_with(b"\r\n\r\n") {
                let read = stream.read(&mut buffer).unwrap();
                assert!(read > 0);
                got.extend_from_slice(&buffer[..read]);
            }
            assert!(got.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&got));
        }
        if number == 20_000 {
            settled = Some(guard.resident());
        }
    }
    let (before, after) = (settled.expect("twenty thousand requests"), guard.resident());
    println!("{number} requests with as many tokens: {before} KiB after 20,000, {after} KiB at the end");
    assert!(after < before + before / 10 + 1024, "{before} KiB, then {after} KiB");
    assert!(guard.peak() < 32 * 1024, "{} KiB", guard.peak());
}

/// A distinct token for each number.
fn hs256(secret: &str, number: u64) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let exp = crate::support::now() + 3_600;
    let claims = format!(
        r#"{{"sub":"user-{number}","exp":{exp},"jti":"{number}","entitlements":[{{"tool_id":"a","expires_at":{exp}}}]}}"#
    );
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}
