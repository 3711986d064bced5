//! The callback server under everything that a machine can throw at a port (rules L1, L3, L4, L6, L10), over real sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::*;
use crate::Secret;
use crate::cli::login::page::Kind;
use crate::cli::login::redirect;

mod abuse;
mod process;

const WAIT: Duration = Duration::from_secs(30);
const GENUINE: &str = "/callback?code=the-code&state=the-state";

/// A server that waits, and what it has to tell.
struct Desk {
    serving: Serving,
    events: Receiver<Event>,
    address: SocketAddr,
    authority: String,
}

impl Desk {
    fn open() -> Self {
        Self::open_at(None)
    }

    fn open_at(redirect_uri: Option<&str>) -> Self {
        let redirect = redirect::parse(redirect_uri, None).unwrap();
        let loopback = Loopback::bind(&redirect).unwrap();
        let address = loopback.listeners[0].local_addr().unwrap();
        let authority = loopback.authority().to_owned();
        let expected = Expected {
            state: Secret::from("the-state"),
            issuer: "https://platform.example".into(),
        };
        let (sender, events) = channel();
        let serving = loopback.serve(expected, sender).unwrap();
        Self {
            serving,
            events,
            address,
            authority,
        }
    }

    fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends a request and hands back the connection.
    fn send(&self, method: &str, target: &str, headers: &str) -> TcpStream {
        send(self.address, &self.authority, method, target, headers)
    }

    fn get(&self, target: &str) -> String {
        answer(self.send("GET", target, ""))
    }

    fn callback(&self) -> Callback {
        match self.events.recv_timeout(WAIT).unwrap() {
            Event::Callback(callback) => callback,
            other => panic!("{other:?}"),
        }
    }

    /// The proof that the wait goes on: nothing was heard of so far, and the genuine callback still gets its success page.
    fn completes(&self) {
        assert!(self.events.try_recv().is_err(), "something was taken for the callback");
        let browser = self.send("GET", GENUINE, "");
        let callback = self.callback();
        assert!(matches!(&callback.answer, Ok(Answer::Code(code)) if code.expose() == "the-code"));
        callback.page.success();
        assert!(is_page(&answer(browser), 200, Kind::Success));
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

/// Everything until the server closes.
fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn is_page(answer: &str, status: u16, kind: Kind) -> bool {
    answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.ends_with(kind.html())
}

#[test]
fn l1_the_redirect_uri_is_of_the_socket_that_was_bound() {
    let uri = |redirect_uri: Option<&str>, port| {
        let redirect = redirect::parse(redirect_uri, port).unwrap();
        let loopback = Loopback::bind(&redirect).unwrap();
        let port = loopback.listeners[0].local_addr().unwrap().port();
        let uri = loopback.redirect_uri().to_owned();
        (uri.replace(&port.to_string(), "PORT"), port)
    };
    assert_eq!(uri(None, None).0, "http://127.0.0.1:PORT/callback");
    assert_eq!(uri(Some("http://[::1]/cb?x=%41"), None).0, "http://[::1]:PORT/cb?x=%41");
    assert_eq!(uri(Some("http://localhost"), None).0, "http://localhost:PORT");
    let (_, free) = uri(None, None);
    let asked = format!("http://127.0.0.1:{free}/a/../b");
    assert_eq!(uri(Some(&asked), None), ("http://127.0.0.1:PORT/a/../b".into(), free));
    assert_eq!(uri(None, Some(free)).1, free);
}

#[test]
fn l1_nothing_listens_for_a_page_elsewhere() {
    let redirect = redirect::parse(Some("https://tools.example/cb"), None).unwrap();
    let error = Loopback::bind(&redirect).unwrap_err().to_string();
    assert_eq!(
        error,
        "nothing can listen for `https://tools.example/cb` on this machine"
    );
}

#[test]
fn l1_the_callback_is_awaited_in_every_spelling_of_this_machine() {
    for uri in [
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "http://localhost/callback",
    ] {
        Desk::open_at(Some(uri)).completes();
    }
    let desk = Desk::open_at(Some("http://localhost/callback"));
    let v6: SocketAddr = (std::net::Ipv6Addr::LOCALHOST, desk.address.port()).into();
    let browser = send(v6, &desk.authority, "GET", GENUINE, "");
    desk.callback().page.success();
    assert!(is_page(&answer(browser), 200, Kind::Success));
}

#[test]
fn a_query_of_the_redirect_uri_itself_comes_back_with_the_answer() {
    let desk = Desk::open_at(Some("http://127.0.0.1/cb?tenant=a"));
    let browser = desk.send("GET", "/cb?tenant=a&code=the-code&state=the-state", "");
    desk.callback().page.success();
    assert!(is_page(&answer(browser), 200, Kind::Success));
}

#[test]
fn l3_a_forged_state_does_not_end_the_wait() {
    let desk = Desk::open();
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
        let answer = desk.get(target);
        assert!(is_page(&answer, 400, Kind::NotHere), "{target}: {answer}");
    }
    desk.completes();
}

#[test]
fn l4_only_get_of_the_callback_of_this_host_is_looked_at() {
    let desk = Desk::open();
    for (method, target, headers, status) in [
        ("POST", GENUINE, "Content-Length: 3\r\n", 405),
        ("OPTIONS", GENUINE, "Origin: https://evil.example\r\n", 405),
        ("PUT", GENUINE, "", 405),
        ("GET", "/favicon.ico", "", 404),
        ("GET", "/", "", 404),
        ("GET", "/callback/?code=the-code&state=the-state", "", 404),
        ("GET", GENUINE, "Sec-Purpose: prefetch\r\n", 503),
        ("GET", GENUINE, "Host: evil.example\r\n", 400),
    ] {
        let answer = answer(desk.send(method, target, headers));
        assert!(is_page(&answer, status, Kind::NotHere), "{method} {target}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    let head = answer(desk.send("HEAD", GENUINE, ""));
    assert!(
        head.starts_with("HTTP/1.1 405 ") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
    let rebound = format!("evil.example:{}", desk.address.port());
    let answer = answer(send(desk.address, &rebound, "GET", GENUINE, ""));
    assert!(is_page(&answer, 400, Kind::NotHere), "{answer}");
    desk.completes();
}

#[test]
fn l5_an_answer_that_contradicts_itself_ends_the_wait_with_its_reason() {
    let desk = Desk::open();
    let browser = desk.send("GET", &format!("{GENUINE}&error=access_denied"), "");
    let callback = desk.callback();
    assert!(matches!(callback.answer, Err(Rejected::TwoAnswers(_))));
    callback.page.failure();
    assert!(is_page(&answer(browser), 400, Kind::Failure));
}

#[test]
fn l6_the_browser_waits_until_it_is_known_how_the_sign_in_went() {
    let desk = Desk::open();
    let mut browser = desk.send("GET", GENUINE, "");
    let callback = desk.callback();
    browser.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(browser.read(&mut [0]).is_err(), "not a byte before the verdict");
    browser.set_read_timeout(Some(WAIT)).unwrap();
    callback.page.success();
    assert!(is_page(&answer(browser), 200, Kind::Success));
}

#[test]
fn l6_a_page_that_is_forgotten_is_the_failure_page() {
    let desk = Desk::open();
    let browser = desk.send("GET", GENUINE, "");
    drop(desk.callback());
    assert!(is_page(&answer(browser), 400, Kind::Failure));
}

#[test]
fn l6_no_answer_holds_a_byte_of_the_request() {
    let desk = Desk::open();
    let denied = "/callback?error=canary&error_description=canary&state=the-state";
    for (target, is_callback) in [
        ("/canary?canary=canary", false),
        ("/callback?code=canary&state=canary&error=canary", false),
        (denied, true),
        (denied, false),
    ] {
        let browser = desk.send("GET", target, "Cookie: canary\r\nOrigin: canary\r\n");
        if is_callback {
            desk.callback().page.failure();
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
fn l6_a_second_load_gets_a_harmless_page_before_and_after_the_first_has_its_own() {
    let desk = Desk::open();
    let first = desk.send("GET", GENUINE, "");
    let callback = desk.callback();
    assert!(is_page(&desk.get(GENUINE), 200, Kind::Again));
    callback.page.success();
    assert!(is_page(&answer(first), 200, Kind::Success));
    assert!(is_page(&desk.get(GENUINE), 200, Kind::Again));
    assert!(desk.events.try_recv().is_err());
}

#[test]
fn a_browser_that_goes_away_keeps_nobody_waiting() {
    let desk = Desk::open();
    let browser = desk.send("GET", GENUINE, "");
    let callback = desk.callback();
    drop(browser);
    let begin = Instant::now();
    callback.page.success();
    assert!(begin.elapsed() < PAGE_TIME, "{:?}", begin.elapsed());
}

#[test]
fn nobody_is_kept_waiting_where_nobody_listens_for_the_callback() {
    let Desk {
        serving,
        events,
        address,
        authority,
    } = Desk::open();
    drop(events);
    let begin = Instant::now();
    let answer = answer(send(address, &authority, "GET", GENUINE, ""));
    assert!(is_page(&answer, 400, Kind::Failure), "{answer}");
    drop(serving);
    assert!(begin.elapsed() < PAGE_TIME, "{:?}", begin.elapsed());
}

#[test]
fn l10_every_socket_is_closed_when_the_wait_is_over() {
    for uri in ["http://127.0.0.1/callback", "http://localhost/callback"] {
        let desk = Desk::open_at(Some(uri));
        let idle = desk.connect();
        let asking = desk.send("GET", GENUINE, "");
        let callback = desk.callback();
        let port = desk.address.port();
        let begin = Instant::now();
        drop(desk.serving);
        for address in [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
            let refused = TcpStream::connect(address.parse::<SocketAddr>().unwrap()).unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused, "{address}");
        }
        assert_eq!(answer(idle), "");
        assert_eq!(answer(asking), "");
        callback.page.success();
        assert!(begin.elapsed() < PAGE_TIME, "{:?}", begin.elapsed());
        let again = Loopback::bind(&redirect::parse(None, Some(port)).unwrap());
        assert!(again.is_ok(), "the port is free again");
    }
}
