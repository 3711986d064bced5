//! The guard as a reverse proxy: what it forwards, what it removes, and what it answers if the upstream does not.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;

use super::support::{Answer, Guard, send};
use crate::support::mint;
use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::{Raw, read_head};
use crate::support::{Home, Sandbox};

/// Reads until the bytes received contain a text.
fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut got = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let so_far = String::from_utf8_lossy(&got).into_owned();
        if so_far.contains(text) {
            return so_far;
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "no {text:?} in {so_far:?}");
        got.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn a_request_is_forwarded_unchanged_but_for_hop_by_hop_forwarding_and_identity_headers() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = Raw::answering(
        "HTTP/1.1 418 Short And Stout\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nkeep-alive: 5\r\nx-hop: 1\r\nconnection: close, x-hop\r\nserver: pot\r\ncontent-length: 3\r\n\r\ntea",
    );
    let guard = Guard::of(&sandbox, &["--upstream", &tool.url]);
    let token = mint(&home, &sandbox, &["--sub", "ada"]);
    let answer = guard.send(&format!(
        "BREW /a//b/../%2e?q=1&q=%20#f HTTP/1.1\r\nHost: pot.example\r\nAuthorization: Bearer {token}\r\nAccept: */*\r\nCookie: a=1; b=2\r\n\
         X-Two: 1\r\nX-Two: 2\r\nTE: trailers\r\nX-Hop: 1\r\nConnection: close, X-Hop\r\nX-Forwarded-For: 203.0.113.9\r\nX_Forwarded_For: 203.0.113.9\r\n\
         Forwarded: for=203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
    ));
    let answer = Answer(answer.0.replacen("HTTP/1.1 100 Continue\r\n\r\n", "", 1));
    assert_eq!((answer.status(), answer.body()), (418, "tea"), "{answer:?}");
    assert!(
        answer.0.contains("set-cookie: a=1\r\nset-cookie: b=2\r\n"),
        "{answer:?}"
    );
    assert_eq!(
        (
            answer.header("server"),
            answer.header("x-hop"),
            answer.header("keep-alive")
        ),
        (Some("pot"), None, None)
    );
    let got = tool.requests().remove(0);
    assert!(got.starts_with("BREW /a//b/../%2e?q=1&q=%20 HTTP/1.1\r\n"), "{got}");
    for line in [
        "host: pot.example",
        "accept: */*",
        "cookie: a=1; b=2",
        "x-two: 1\r\nx-two: 2",
        "content-length: 5",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: pot.example",
        "x-noesis-sub: ada",
    ] {
        assert!(got.contains(&format!("\r\n{line}\r\n")), "{line}: {got}");
    }
    assert!(got.contains(&format!("authorization: Bearer {token}")), "{got}");
    for gone in ["203.0.113.9", "x-hop", "\r\nte:", "\r\nexpect:"] {
        assert!(!got.to_ascii_lowercase().contains(gone), "{gone}: {got}");
    }
    assert!(got.ends_with("\r\n\r\nhello"), "{got}");
}

#[test]
fn g5_forwarding_headers_of_a_trusted_proxy_are_forwarded_and_aliases_of_them_are_not() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let tool = super::support::tool();
    let guard = Guard::of(&sandbox, &["--upstream", &tool.url, "--trusted-proxy", "127.0.0.1"]);
    let authorization = format!("authorization: Bearer {}", mint(&home, &sandbox, &[]));
    let lines = [
        &*authorization,
        "x-forwarded-for: 203.0.113.9",
        "x-forwarded-proto: https",
        "forwarded: for=203.0.113.9",
        // A proxy sets its own headers, and passes what a client sent under another spelling through.
        "X_Forwarded_For: 192.0.2.66",
        "X-Forwarded_For: 192.0.2.66",
        "x.forwarded.for: 192.0.2.66",
        "X_Forwarded_Proto: 192.0.2.66",
        "X-Forwarded_Host: 192.0.2.66",
        "X_Real_IP: 192.0.2.66",
        "Forwarded_: 192.0.2.66",
    ];
    assert_eq!(guard.ask("/", &lines).status(), 200);
    let got = tool.requests().remove(0);
    assert!(!got.contains("192.0.2.66"), "{got}");
    for line in [
        "x-forwarded-for: 203.0.113.9, 127.0.0.1",
        "x-forwarded-proto: https",
        "forwarded: for=203.0.113.9",
    ] {
        assert!(got.contains(&format!("\r\n{line}\r\n")), "{line}: {got}");
    }
}

#[test]
fn bodies_are_streamed_in_both_directions() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let guard = Guard::of(&sandbox, &["--upstream", &url]);
    let mut client = guard.open(&format!(
            "POST /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"
        ),
    );
    let (mut tool, _) = listener.accept().unwrap();
    tool.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    // The first part arrives before the second is sent, and the response begins before the request ends.
    read_until(&mut tool, "one");
    client.write_all(b"3\r\ntwo\r\n").unwrap();
    read_until(&mut tool, "two");
    tool.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n",
    )
    .unwrap();
    let head = read_until(&mut client, "data: 1");
    assert!(
        head.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"),
        "{head}"
    );
    client.write_all(b"5\r\nthree\r\n0\r\n\r\n").unwrap();
    read_until(&mut tool, "three");
    tool.write_all(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n").unwrap();
    read_until(&mut client, "data: 2");
}

#[test]
fn an_upgrade_to_websocket_is_forwarded_after_the_check_and_no_other_is() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &["--sub", "ada"]);
    let (heads, got) = channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = read_until(&mut stream, "\r\n\r\n");
            let switches = head.contains("upgrade: websocket");
            heads.send(head).unwrap();
            if !switches {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .unwrap();
                continue;
            }
            stream
                .write_all(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n")
                .unwrap();
            let mut buffer = [0; 64];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                stream.write_all(&buffer[..read]).unwrap();
            }
        }
    });
    let guard = Guard::of(&sandbox, &["--upstream", &url]);
    let request = |token: &str, protocol: &str| {
        format!(
            "GET /ws HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: Upgrade\r\nupgrade: {protocol}\r\nsec-websocket-key: y\r\nsec-websocket-version: 13\r\n\r\n"
        )
    };
    let mut refused = guard.open(&request("a.b.c", "websocket"));
    read_until(&mut refused, "HTTP/1.1 401");
    assert!(got.try_recv().is_err(), "nothing reached the tool");

    let mut client = guard.open(&request(&token, "websocket"));
    let head = read_until(&mut client, "\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 101")
            && head.contains("upgrade: websocket")
            && head.contains("sec-websocket-accept: x"),
        "{head}"
    );
    let seen = got.recv().unwrap();
    assert!(
        seen.contains("x-noesis-sub: ada") && seen.contains("sec-websocket-key: y"),
        "{seen}"
    );
    for word in ["ping", "pong"] {
        client.write_all(word.as_bytes()).unwrap();
        read_until(&mut client, word);
    }

    // The tool serves one connection at a time: it accepts the next one when the guard has closed this one.
    drop(client);
    let mut client = guard.open(&request(&token, "h2c"));
    read_until(&mut client, "HTTP/1.1 200");
    let seen = got.recv().unwrap();
    assert!(!seen.contains("h2c") && !seen.contains("upgrade"), "{seen}");
}

#[test]
fn an_upstream_that_does_not_respond_is_a_502_or_504() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cut = Raw::answering("HTTP/1.1 200 OK\r\nconten");
    let silent = Raw::answering("");
    let noise = Raw::answering("SSH-2.0-OpenSSH\r\n");
    let switches = Raw::answering("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    for url in [
        &format!("http://{nobody}"),
        &cut.url,
        &silent.url,
        &noise.url,
        &switches.url,
    ] {
        let guard = Guard::of(&sandbox, &["--upstream", url]);
        let answer = guard.with_token("/", &token);
        assert_eq!(answer.status(), 502, "{url}: {answer:?}");
        assert_eq!(
            answer.detail(),
            "the upstream could not be reached, or closed the connection without a response"
        );
        assert_eq!(guard.metric("noesis_guard_upstream_failures_total"), 1.0);
    }
    let slow = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", slow.local_addr().unwrap());
    let guard = Guard::of(&sandbox, &["--upstream", &url, "--upstream-timeout", "200ms"]);
    let answer = guard.with_token("/", &token);
    assert_eq!(
        (answer.status(), answer.detail().as_str()),
        (504, "the upstream did not respond in time")
    );
}

#[test]
fn a_client_that_disconnects_ends_the_request_to_the_upstream() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let tool = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", tool.local_addr().unwrap());
    let guard = Guard::of(&sandbox, &["--upstream", &url]);
    let client = guard.open(&format!(
        "GET /draw HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    ));
    let (mut received, _) = tool.accept().unwrap();
    received.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    assert!(read_head(&mut received).starts_with("GET /draw "));
    drop(client);
    assert_eq!(received.read(&mut [0]).unwrap(), 0, "the guard disconnects as well");
}

#[test]
fn a_response_that_is_cut_off_is_cut_off_for_the_client_too() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let token = mint(&home, &sandbox, &[]);
    let cut = Raw::answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
    let guard = Guard::of(&sandbox, &["--upstream", &cut.url]);
    let answer = send(
        guard.host(),
        format!("GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").as_bytes(),
    );
    // What was received may have been forwarded or not, but never the end of the body.
    assert!(!answer.0.ends_with("0\r\n\r\n"), "{answer:?}");
    assert!(
        answer.0.is_empty() || answer.header("transfer-encoding") == Some("chunked"),
        "{answer:?}"
    );
}
