//! The callback server against hostile clients (rules L1, L3, L4, L6, L10), over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::*;
use crate::Secret;
use crate::cli::login::authorization_response::{AuthorizationResponse, ResponseError};
use crate::cli::login::loopback::pending::{Callback, PAGE_TIMEOUT};
use crate::cli::login::redirect;
use crate::cli::login::result_page::ResultPage;

mod abuse;
mod process;

const WAIT: Duration = Duration::from_secs(30);
const GENUINE: &str = "/callback?code=the-code&state=the-state";

/// A running server and its events.
struct TestServer {
    handle: CallbackServer,
    events: Receiver<SignInEvent>,
    address: SocketAddr,
    authority: String,
}

impl TestServer {
    fn open() -> Self {
        Self::open_at(None)
    }

    fn open_at(redirect_uri: Option<&str>) -> Self {
        let redirect = redirect::parse(redirect_uri, None).unwrap();
        let listener = CallbackListener::bind(&redirect).unwrap();
        let address = listener.listeners[0].local_addr().unwrap();
        let authority = listener.authority().to_owned();
        let expected = ExpectedResponse {
            state: Secret::from("the-state"),
            issuer: "https://platform.example".into(),
        };
        let (sender, events) = channel();
        let handle = listener.serve(expected, sender).unwrap();
        Self {
            handle,
            events,
            address,
            authority,
        }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends a request and returns the connection.
    fn send(&self, method: &str, target: &str, headers: &str) -> TcpStream {
        send(self.address, &self.authority, method, target, headers)
    }

    fn get(&self, target: &str) -> String {
        answer(self.send("GET", target, ""))
    }

    fn callback(&self) -> Callback {
        match self.events.recv_timeout(WAIT).unwrap() {
            SignInEvent::Callback(callback) => callback,
            other => panic!("{other:?}"),
        }
    }

    /// Checks that the wait goes on: there was no event so far, and the genuine callback still gets its success page.
    fn completes(&self) {
        assert!(self.events.try_recv().is_err(), "a request was taken for the callback");
        let browser = self.send("GET", GENUINE, "");
        let callback = self.callback();
        assert!(matches!(&callback.response, Ok(AuthorizationResponse::Code(code)) if code.expose() == "the-code"));
        callback.page.success();
        assert!(is_page(&answer(browser), 200, ResultPage::Success));
        assert!(self.events.try_recv().is_err(), "there is one callback");
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let deadline = Instant::now() + WAIT;
    loop {
        match TcpStream::connect_timeout(&address, WAIT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(WAIT)).unwrap();
                stream.set_write_timeout(Some(WAIT)).unwrap();
                return stream;
            }
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    }
}

fn send(address: SocketAddr, host: &str, method: &str, target: &str, headers: &str) -> TcpStream {
    let mut stream = connect(address);
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// The response, until the server closes the connection.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn is_page(answer: &str, status: u16, page: ResultPage) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.ends_with(page.html())
}

#[test]
fn l1_the_redirect_uri_is_that_of_the_bound_socket() {
    let uri = |redirect_uri: Option<&str>, port| {
        let redirect = redirect::parse(redirect_uri, port).unwrap();
        let listener = CallbackListener::bind(&redirect).unwrap();
        let port = listener.listeners[0].local_addr().unwrap().port();
        let uri = listener.redirect_uri().to_owned();
        (uri.replace(&port.to_string(), "PORT"), port)
    };
    assert_eq!(uri(None, None).0, "http://127.0.0.1:PORT/callback");
    assert_eq!(uri(Some("http://[::1]/cb?x=%41"), None).0, "http://[::1]:PORT/cb?x=%41");
    assert_eq!(uri(Some("http://localhost"), None).0, "http://localhost:PORT");
    let (_, free) = uri(None, None);
    let requested = format!("http://127.0.0.1:{free}/a/../b");
    assert_eq!(
        uri(Some(&requested), None),
        ("http://127.0.0.1:PORT/a/../b".into(), free)
    );
    assert_eq!(uri(None, Some(free)).1, free);
}

#[test]
fn l1_nothing_listens_for_an_external_redirect_uri() {
    let redirect = redirect::parse(Some("https://tools.example/cb"), None).unwrap();
    let error = CallbackListener::bind(&redirect).unwrap_err().to_string();
    assert_eq!(
        error,
        "nothing can listen for `https://tools.example/cb` on this machine"
    );
}

#[test]
fn l1_the_callback_is_received_on_every_loopback_host() {
    for uri in [
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "http://localhost/callback",
    ] {
        TestServer::open_at(Some(uri)).completes();
    }
    let server = TestServer::open_at(Some("http://localhost/callback"));
    let v6: SocketAddr = (std::net::Ipv6Addr::LOCALHOST, server.address.port()).into();
    let browser = send(v6, &server.authority, "GET", GENUINE, "");
    server.callback().page.success();
    assert!(is_page(&answer(browser), 200, ResultPage::Success));
}

#[test]
fn a_query_of_the_redirect_uri_is_part_of_the_callback() {
    let server = TestServer::open_at(Some("http://127.0.0.1/cb?tenant=a"));
    let browser = server.send("GET", "/cb?tenant=a&code=the-code&state=the-state", "");
    server.callback().page.success();
    assert!(is_page(&answer(browser), 200, ResultPage::Success));
}

#[test]
fn l3_a_forged_state_does_not_end_the_wait() {
    let server = TestServer::open();
    for target in [
        "/callback",
        "/callback?",
        "/callback?code=evil&state=evil",
        "/callback?code=evil",
        "/callback?error=access_denied",
        "/callback?error=access_denied&state=",
        "/callback?state=the-stat&code=evil",
        "/callback?state=evil&state=the-state&code=evil",
        "/callback?code=%ff%fe&state=%00",
    ] {
        let answer = server.get(target);
        assert!(is_page(&answer, 400, ResultPage::NotCallback), "{target}: {answer}");
    }
    server.completes();
}

#[test]
fn l4_a_response_by_another_address_is_not_taken_and_the_page_says_to_paste_it() {
    let server = TestServer::open();
    let port = server.address.port();
    for (host, target, status) in [
        // Another port or host of this machine that leads here.
        ("127.0.0.1:1".to_owned(), GENUINE, 400),
        (format!("localhost:{port}"), GENUINE, 400),
        (format!("devbox.example:{port}"), GENUINE, 400),
        (
            "devbox.example".to_owned(),
            "/callback?error=access_denied&state=the-state",
            400,
        ),
        (
            server.address.to_string(),
            "/callback/?code=the-code&state=the-state",
            404,
        ),
        (server.address.to_string(), "/?state=the-state&code=the-code", 404),
    ] {
        let answer = answer(send(server.address, &host, "GET", target, ""));
        assert!(
            is_page(&answer, status, ResultPage::OtherAddress),
            "{host} {target}: {answer}"
        );
        assert!(answer.contains("paste it into the terminal"), "{answer}");
    }
    server.completes();
}

#[test]
fn l4_only_get_of_the_callback_with_this_host_is_accepted() {
    let server = TestServer::open();
    for (method, target, headers, status) in [
        ("POST", GENUINE, "Content-Length: 3\r\n", 405),
        ("OPTIONS", GENUINE, "Origin: https://evil.example\r\n", 405),
        ("PUT", GENUINE, "", 405),
        ("GET", "/favicon.ico", "", 404),
        ("GET", "/", "", 404),
        ("GET", GENUINE, "Sec-Purpose: prefetch\r\n", 503),
        ("GET", "/other?code=the-code", "", 404),
        ("POST", "/other?code=the-code&state=the-state", "", 404),
    ] {
        let answer = answer(server.send(method, target, headers));
        assert!(
            is_page(&answer, status, ResultPage::NotCallback),
            "{method} {target}: {answer}"
        );
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    let head = answer(server.send("HEAD", GENUINE, ""));
    assert!(
        head.starts_with("HTTP/1.1 405 ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    for target in ["/other", "*"] {
        let rebound = format!("evil.example:{}", server.address.port());
        let answer = answer(send(server.address, &rebound, "GET", target, ""));
        assert!(is_page(&answer, 400, ResultPage::NotCallback), "{answer}");
    }
    server.completes();
}

#[test]
fn l5_a_contradictory_response_ends_the_wait_with_the_reason() {
    let server = TestServer::open();
    let browser = server.send("GET", &format!("{GENUINE}&error=access_denied"), "");
    let callback = server.callback();
    assert!(matches!(callback.response, Err(ResponseError::Contradictory(_))));
    callback.page.failure();
    assert!(is_page(&answer(browser), 400, ResultPage::Failure));
}

#[test]
fn l6_the_browser_gets_no_byte_before_the_sign_in_is_complete() {
    let server = TestServer::open();
    let mut browser = server.send("GET", GENUINE, "");
    let callback = server.callback();
    browser.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(browser.read(&mut [0]).is_err(), "a byte before the result");
    browser.set_read_timeout(Some(WAIT)).unwrap();
    callback.page.success();
    assert!(is_page(&answer(browser), 200, ResultPage::Success));
}

#[test]
fn l6_a_dropped_page_is_the_failure_page() {
    let server = TestServer::open();
    let browser = server.send("GET", GENUINE, "");
    drop(server.callback());
    assert!(is_page(&answer(browser), 400, ResultPage::Failure));
}

#[test]
fn l6_no_page_contains_anything_of_the_request() {
    let server = TestServer::open();
    let denied = "/callback?error=canary&error_description=canary&state=the-state";
    for (target, is_callback) in [
        ("/canary?canary=canary", false),
        ("/callback?code=canary&state=canary&error=canary", false),
        (denied, true),
        (denied, false),
    ] {
        let browser = server.send("GET", target, "Cookie: canary\r\nOrigin: canary\r\n");
        if is_callback {
            server.callback().page.failure();
        }
        let answer = answer(browser);
        assert!(!answer.contains("canary"), "{answer}");
        let lower = answer.to_lowercase();
        for header in [
            "content-security-policy: default-src 'none'",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
            "connection: close",
        ] {
            assert!(lower.contains(header), "{header}: {answer}");
        }
    }
}

#[test]
fn l6_a_reload_gets_a_page_of_its_own_before_and_after_the_first_is_answered() {
    let server = TestServer::open();
    let first = server.send("GET", GENUINE, "");
    let callback = server.callback();
    assert!(is_page(&server.get(GENUINE), 200, ResultPage::AlreadyReceived));
    callback.page.success();
    assert!(is_page(&answer(first), 200, ResultPage::Success));
    assert!(is_page(&server.get(GENUINE), 200, ResultPage::AlreadyReceived));
    assert!(server.events.try_recv().is_err());
}

#[test]
fn a_browser_that_disconnects_is_not_waited_for() {
    let server = TestServer::open();
    let browser = server.send("GET", GENUINE, "");
    let callback = server.callback();
    drop(browser);
    let begin = Instant::now();
    callback.page.success();
    assert!(begin.elapsed() < PAGE_TIMEOUT, "{:?}", begin.elapsed());
}

#[test]
fn a_callback_without_a_receiver_is_answered_at_once() {
    let TestServer {
        handle,
        events,
        address,
        authority,
    } = TestServer::open();
    drop(events);
    let begin = Instant::now();
    let answer = answer(send(address, &authority, "GET", GENUINE, ""));
    assert!(is_page(&answer, 400, ResultPage::Failure), "{answer}");
    drop(handle);
    assert!(begin.elapsed() < PAGE_TIMEOUT, "{:?}", begin.elapsed());
}

#[test]
fn l10_every_socket_is_closed_when_the_server_is_dropped() {
    for uri in ["http://127.0.0.1/callback", "http://localhost/callback"] {
        let server = TestServer::open_at(Some(uri));
        let idle = server.connect();
        let asking = server.send("GET", GENUINE, "");
        let callback = server.callback();
        let port = server.address.port();
        let begin = Instant::now();
        drop(server.handle);
        for address in [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
            let refused = TcpStream::connect(address.parse::<SocketAddr>().unwrap()).unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "{address}");
        }
        assert_eq!(answer(idle), "");
        assert_eq!(answer(asking), "");
        callback.page.success();
        assert!(begin.elapsed() < PAGE_TIMEOUT, "{:?}", begin.elapsed());
        let again = CallbackListener::bind(&redirect::parse(None, Some(port)).unwrap());
        assert!(again.is_ok(), "the port is free again");
    }
}
