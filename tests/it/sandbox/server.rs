//! The HTTP server: timeouts, limits, `Host`, counters, and errors at start.

use std::time::{Duration, Instant};

use noesis::sandbox::{Options, Sandbox, SandboxError};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::pending_login::STEP_TIMEOUT;

use super::in_process::{InProcess, challenge, exchange_form, http, json, query};

fn address(sandbox: &InProcess) -> &str {
    sandbox.base.strip_prefix("http://").unwrap()
}

/// Reads until the peer closes; returns how long that took and what was received.
async fn until_closed(stream: &mut TcpStream) -> (Duration, String) {
    let start = Instant::now();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(STEP_TIMEOUT, stream.read_to_end(&mut bytes));
    read.await.expect("the connection stays open").ok();
    (start.elapsed(), String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn a_silent_a_slow_and_an_idle_connection_are_closed_after_five_seconds() {
    let sandbox = InProcess::new().await;
    let open = async |head: &[u8]| {
        let mut stream = TcpStream::connect(address(&sandbox)).await.unwrap();
        stream.write_all(head).await.unwrap();
        until_closed(&mut stream).await
    };
    let (silent, slow, idle, no_body) = tokio::join!(
        open(b""),
        open(b"GET / HTTP/1.1\r\nHost: 127"),
        open(b"GET /sandbox/stats HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
        open(
            b"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\
              Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant"
        ),
    );
    assert!(idle.1.starts_with("HTTP/1.1 200"));
    assert!(no_body.1.starts_with("HTTP/1.1 408"), "{}", no_body.1);
    for (took, _) in [silent, slow, idle, no_body] {
        assert!(took > Duration::from_millis(4_500), "{took:?}");
    }
}

#[tokio::test]
async fn idle_connections_and_resets_do_not_block_others() {
    let sandbox = InProcess::new().await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(address(&sandbox)).await.unwrap());
    }
    for _ in 0..200 {
        let mut stream = TcpStream::connect(address(&sandbox)).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            .await
            .unwrap();
        stream.set_zero_linger().unwrap();
    }
    assert_eq!(sandbox.get("/").await.status(), 200);
    // None had to be closed first.
    let open = idle.last().unwrap().try_read(&mut [0]).unwrap_err();
    assert_eq!(open.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn many_silent_connections_are_closed_early() {
    // In another process: both ends of so many connections exceed the limit of open files on some systems.
    let sandbox = crate::support::Sandbox::start();
    let address = sandbox.url.strip_prefix("http://").unwrap();
    let silent: Vec<_> = (0..540)
        .map(|_| std::net::TcpStream::connect(address).unwrap())
        .collect();
    assert!(crate::support::get(&sandbox.url).starts_with("HTTP/1.1 200"));
    // The later ones were closed, while the first one still has the usual time.
    silent[0].set_nonblocking(true).unwrap();
    let first = silent[0].peek(&mut [0]).unwrap_err();
    assert_eq!(first.kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_truncated_or_malformed_body_is_400_and_one_that_is_too_large_413() {
    let sandbox = InProcess::new().await;
    let ask = async |path: &str, kind: &str, chunks: &str| {
        let mut stream = TcpStream::connect(address(&sandbox)).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Transfer-Encoding: chunked\r\n\r\n"
        );
        stream.write_all(format!("{head}{chunks}").as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        until_closed(&mut stream).await.1
    };
    let form = "application/x-www-form-urlencoded";
    let large = format!("{:x}\r\n{}\r\n0\r\n\r\n", 65_537, "x".repeat(65_537));
    for broken in ["5\r\ngr", "zz\r\n", "2\r\nxxxx\r\n"] {
        let answer = ask("/oauth/token", form, broken).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{broken:?}: {answer}");
        assert!(answer.contains("the body is cut off or malformed"), "{answer}");
        let answer = ask("/oauth/authorize", form, broken).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{broken:?}: {answer}");
        let answer = ask("/sandbox/mint", "application/json", broken).await;
        assert!(answer.contains("There was an error parsing the body"), "{answer}");
    }
    let answer = ask("/oauth/token", form, &large).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("the body is too large"), "{answer}");
}

#[tokio::test]
async fn a_request_with_a_missing_ambiguous_or_invalid_host_is_400() {
    let sandbox = InProcess::new().await;
    let port = address(&sandbox).rsplit_once(':').unwrap().1;
    let ask = async |head: &str| {
        let mut stream = TcpStream::connect(address(&sandbox)).await.unwrap();
        let request = format!("{}\r\nConnection: close\r\n\r\n", head.replace("PORT", port));
        stream.write_all(request.as_bytes()).await.unwrap();
        until_closed(&mut stream).await.1
    };
    for head in [
        "GET / HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example",
        "GET / HTTP/1.1\r\nHost: evil@127.0.0.1:PORT",
        "GET / HTTP/1.1\r\nHost: 127.0.0.1/evil",
        "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:PORT",
    ] {
        let answer = ask(head).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{head:?}: {answer}");
    }
    for head in [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT",
        "GET http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: 127.0.0.1:PORT",
        "GET / HTTP/1.0",
    ] {
        let answer = ask(head).await;
        assert!(
            answer.starts_with("HTTP/1.") && answer.contains(" 200 OK"),
            "{head:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_body_or_request_line_that_is_too_large_is_rejected() {
    let sandbox = InProcess::new().await;
    let large = "x".repeat(70_000);
    let (status, error) = sandbox.token(&[("grant_type", large.as_str())]).await;
    assert_eq!((status, &error["error"]), (413, &json!("invalid_request")));
    let long = sandbox.get(&format!("/?{}", "x".repeat(40_000))).await;
    assert!(matches!(long.status().as_u16(), 414 | 431), "{}", long.status());
}

#[tokio::test]
async fn only_requests_to_a_loopback_host_are_answered() {
    let sandbox = InProcess::new().await;
    let get = |host: &'static str| sandbox.http.get(&sandbox.base).header("host", host).send();
    assert_eq!(get("rebound.evil.example").await.unwrap().status(), 421);
    assert_eq!(get("localhost:1").await.unwrap().status(), 200);
}

#[tokio::test]
async fn requests_are_counted_by_endpoint_and_grant_type() {
    let sandbox = InProcess::new().await;
    let (access, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    sandbox.refresh("noesis-cli", &refresh).await;
    sandbox.refresh("noesis-cli", &refresh).await;
    sandbox.token(&exchange_form("nobody", "x")).await;
    sandbox.token(&[("grant_type", "password")]).await;
    sandbox.is_active(&access).await;
    sandbox.redeem(&access, "x").await;
    sandbox.get("/").await;
    sandbox.get("/.well-known/jwks.json").await;
    sandbox.get("/.well-known/oauth-authorization-server").await;
    sandbox.get("/nowhere").await;
    sandbox.authorize(&query("nobody", &challenge())).await;
    sandbox.form("/sandbox/mint", &[]).await;
    let expected = json!({
        "overview": 1, "authorize": 2, "decision": 1,
        "token.authorization_code": 2, "token.refresh_token": 2, "token.other": 1,
        "introspect": 1, "redeem": 1, "jwks": 1, "metadata": 1, "mint": 1,
    });
    assert_eq!(sandbox.stats().await, expected);
}

#[tokio::test]
async fn an_address_that_other_machines_can_reach_is_rejected() {
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let listen = listen.parse().unwrap();
        let error = Sandbox::bind(Options {
            listen,
            ..Options::default()
        })
        .await
        .unwrap_err();
        assert!(matches!(error, SandboxError::NotLoopback { .. }), "{error}");
        assert!(error.to_string().contains(&format!("`{listen}`")), "{error}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_named_in_the_error() {
    let first = Sandbox::bind(Options::default()).await.unwrap();
    let listen = first.base_url().strip_prefix("http://").unwrap().parse().unwrap();
    let error = Sandbox::bind(Options {
        listen,
        ..Options::default()
    })
    .await
    .unwrap_err();
    assert!(
        error.to_string().starts_with(&format!("cannot listen on `{listen}`: ")),
        "{error}"
    );
}

#[tokio::test]
async fn connections_queue_between_bind_and_serve_and_serve_ends_at_shutdown() {
    let sandbox = Sandbox::bind(Options::default()).await.unwrap();
    let url = format!("{}/sandbox/stats", sandbox.base_url());
    let early = tokio::spawn(http().get(url.clone()).send());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(sandbox.serve(async {
        stopped.await.ok();
    }));
    assert_eq!(json(early.await.unwrap().unwrap()).await.0, 200);
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(STEP_TIMEOUT, serving).await;
    ended.expect("serving goes on").unwrap().unwrap();
    assert!(http().get(url).send().await.is_err());
}

#[tokio::test]
async fn an_unknown_path_is_json_for_programs_and_a_page_for_browsers() {
    let sandbox = InProcess::new().await;
    assert_eq!(
        json(sandbox.get("/nowhere").await).await,
        (404, json!({ "detail": "Not Found" }))
    );
    let page = sandbox
        .http
        .get(format!("{}/nowhere", sandbox.base))
        .header("accept", "text/html,*/*");
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("<h1>"));
}
