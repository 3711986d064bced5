//! Requests through a proxy of every scheme that a variable may name, and what is reported where there is no way through it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::Output;

use super::authority::{Authority, Server};
use crate::support::doctor::DoctorRun;
use crate::support::raw::{Raw, read_head};
use crate::support::{Home, error, stderr, text};

/// A proxy that speaks HTTP, SOCKS 4, 4a and 5, keeps the requests, and connects every request to `target`.
fn proxy_to(target: &Server) -> Raw {
    let target = target.url.strip_prefix("https://").unwrap().to_owned();
    Raw::serving(move |stream, keep| {
        let mut first = [0];
        if stream.peek(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let (received, granted): (String, &[u8]) = match first {
            [5] => (socks5(stream), &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
            [4] => (socks4(stream), &[0, 0x5a, 0, 0, 0, 0, 0, 0]),
            _ => (connect(stream), b"HTTP/1.1 200 OK\r\n\r\n"),
        };
        keep(received);
        let mut server = TcpStream::connect(&target).unwrap();
        stream.write_all(granted).unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        let _ = std::io::copy(&mut server, stream);
    })
}

fn read<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn read_text(stream: &mut TcpStream, length: u8) -> String {
    let mut bytes = vec![0; length.into()];
    stream.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn until_nul(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        match read(stream) {
            [0] => return String::from_utf8(bytes).unwrap(),
            [byte] => bytes.push(byte),
        }
    }
}

/// RFC 1928, with the user and password of RFC 1929 where they are offered.
fn socks5(stream: &mut TcpStream) -> String {
    let [_, count] = read(stream);
    let mut user = String::new();
    if read_text(stream, count).contains('\u{2}') {
        stream.write_all(&[5, 2]).unwrap();
        let [_, length] = read(stream);
        user = read_text(stream, length);
        let [length] = read(stream);
        user = format!("{user}:{}@", read_text(stream, length));
        stream.write_all(&[1, 0]).unwrap();
    } else {
        stream.write_all(&[5, 0]).unwrap();
    }
    let host = match read(stream) {
        [_, _, _, 1] => read::<4>(stream).map(|byte| byte.to_string()).join("."),
        [_, _, _, 3] => {
            let [length] = read(stream);
            read_text(stream, length)
        }
        other => panic!("{other:?}"),
    };
    format!("5 {user}{host}:{}", u16::from_be_bytes(read(stream)))
}

fn socks4(stream: &mut TcpStream) -> String {
    let [_, _, high, low] = read(stream);
    let address: [u8; 4] = read(stream);
    until_nul(stream);
    let host = match address {
        [0, 0, 0, _] => until_nul(stream),
        _ => address.map(|byte| byte.to_string()).join("."),
    };
    format!("4 {host}:{}", u16::from_be_bytes([high, low]))
}

fn connect(stream: &mut TcpStream) -> String {
    let head = read_head(stream);
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let authorization = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("proxy-authorization: basic ")
            .map(|_| "user@")
    });
    format!(
        "{} {}{target}",
        head.split(' ').next().unwrap_or_default(),
        authorization.unwrap_or_default()
    )
}

/// The platforms of these tests: one by a name that no resolver knows (RFC 6761), one by an address that is nobody's (RFC 5737).
const NAMED: &str = "https://platform.test";
const ADDRESSED: &str = "https://192.0.2.1:8443";

struct Bench {
    home: Home,
    ca: String,
    server: Server,
}

impl Bench {
    fn new() -> Option<Self> {
        let authority = Authority::new()?;
        authority.signs("good", "DNS:platform.test,IP:192.0.2.1", 0..2);
        let server = Server::start(&authority, "good");
        let home = Home::new();
        let ca = home.path().join("ca.pem");
        std::fs::copy(authority.ca(), &ca).unwrap();
        Some(Self {
            ca: ca.display().to_string(),
            home,
            server,
        })
    }

    fn introspect(&self, platform: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = self.home.noesis(&["--json", "introspect", "a.b.c", "--timeout", "20s"]);
        command.args(["--client-id", "x", "--base-url", platform, "--ca-cert", &self.ca]);
        command.envs(variables.iter().copied()).output().unwrap()
    }
}

#[test]
fn each_scheme_of_a_proxy_is_spoken() {
    let Some(bench) = Bench::new() else { return };
    let proxy = proxy_to(&bench.server);
    let address = proxy.url.strip_prefix("http://").unwrap();
    for (scheme, platform, received) in [
        ("http://", NAMED, "CONNECT platform.test:443"),
        ("", NAMED, "CONNECT platform.test:443"),
        ("http://u:p@", NAMED, "CONNECT user@platform.test:443"),
        ("socks5h://", NAMED, "5 platform.test:443"),
        ("socks5h://u:p%40@", NAMED, "5 u:p@@platform.test:443"),
        ("socks://", NAMED, "5 platform.test:443"),
        ("socks5://", ADDRESSED, "5 192.0.2.1:8443"),
        ("SOCKS5://", ADDRESSED, "5 192.0.2.1:8443"),
        ("socks4a://", NAMED, "4 platform.test:443"),
        ("socks4://", ADDRESSED, "4 192.0.2.1:8443"),
    ] {
        for variable in ["HTTPS_PROXY", "all_proxy"] {
            let output = bench.introspect(platform, &[(variable, &format!("{scheme}{address}"))]);
            assert_eq!(output.status.code(), Some(0), "{scheme}: {}", text(&output));
            assert_eq!(proxy.requests().last().map(String::as_str), Some(received), "{scheme}");
        }
    }
}

#[test]
fn no_request_for_an_exempt_host_reaches_the_proxy() {
    let Some(bench) = Bench::new() else { return };
    let proxy = proxy_to(&bench.server);
    for (list, goes_through) in [
        ("*.test", false),
        (".test", false),
        ("platform.test:443", false),
        ("platform.test:8443", true),
        ("*", false),
        ("192.0.2.0/24", true),
        ("other.test", true),
    ] {
        let before = proxy.requests().len();
        let output = bench.introspect(NAMED, &[("HTTPS_PROXY", &proxy.url), ("no_proxy", list)]);
        assert_eq!(
            proxy.requests().len() > before,
            goes_through,
            "{list}: {}",
            text(&output)
        );
        if !goes_through {
            let message = error(&output)["message"].as_str().unwrap().to_owned();
            assert!(
                message.starts_with("cannot connect to `platform.test`: no such host"),
                "{message}"
            );
        }
    }
}

#[test]
fn a_proxy_without_a_way_through_is_reported_as_the_proxy() {
    let Some(bench) = Bench::new() else { return };
    let refusing = Raw::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let asking = Raw::answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let closing = Raw::answering("");
    let of = |raw: &Raw| raw.url.strip_prefix("http://").unwrap().to_owned();
    let (refusing, asking, closing) = (of(&refusing), of(&asking), of(&closing));
    let not_socks = Raw::serving(|stream, _| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let not_socks = of(&not_socks);
    let failing = Raw::serving(|stream, _| {
        let [_, count] = read(stream);
        read_text(stream, count);
        let _ = stream.write_all(&[5, 0]);
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);
    });
    let failing = of(&failing);
    let refused = "Connection refused (os error 111)";
    let no_name = "no such host (failed to lookup";
    let (reach, through) = (
        |at: &str, why: &str| format!("cannot connect to the proxy `{at}` of `ALL_PROXY`: {why}"),
        |at: &str, why: &str| {
            format!("cannot connect to `platform.test` through the proxy `{at}` of `ALL_PROXY`: {why}")
        },
    );
    for (scheme, at, expected) in [
        ("http://", "proxy.invalid:3128", reach("proxy.invalid:3128", no_name)),
        ("https://", "proxy.invalid:3128", reach("proxy.invalid:3128", no_name)),
        ("socks5h://", "proxy.invalid:3128", reach("proxy.invalid:3128", no_name)),
        ("socks4a://", "proxy.invalid:3128", reach("proxy.invalid:3128", no_name)),
        ("http://", "127.0.0.1:1", reach("127.0.0.1:1", refused)),
        ("socks5h://", "127.0.0.1:1", reach("127.0.0.1:1", refused)),
        ("http://u:canary@", &refusing, through(&refusing, "it refused")),
        (
            "http://",
            &asking,
            through(&asking, "it asks for a user name and password"),
        ),
        ("http://", &closing, through(&closing, "it closed the connection")),
        (
            "https://",
            &not_socks,
            reach(&not_socks, "the server there does not speak TLS"),
        ),
        ("socks5h://", &not_socks, through(&not_socks, "failed parsing")),
        ("socks5h://u:canary@", &failing, through(&failing, "")),
        ("socks5h://", &failing, through(&failing, "")),
    ] {
        let output = bench.introspect(NAMED, &[("ALL_PROXY", &format!("{scheme}{at}"))]);
        assert_eq!(output.status.code(), Some(5), "{scheme}{at}: {}", text(&output));
        assert!(!text(&output).contains("canary"), "{}", text(&output));
        let error = error(&output);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&expected), "{scheme}{at}: {message}\n{expected}");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains("`ALL_PROXY`") && hint.contains("`NO_PROXY`"), "{hint}");
    }
    // These ask the resolver of this machine for the platform, which the proxy has no part in.
    for scheme in ["socks5://", "socks4://"] {
        let proxy = proxy_to(&bench.server);
        let at = of(&proxy);
        let output = bench.introspect(NAMED, &[("ALL_PROXY", &format!("{scheme}{at}"))]);
        let message = error(&output)["message"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with("cannot connect to `platform.test`: no such host"),
            "{message}"
        );
    }
}

#[test]
fn a_malformed_proxy_ends_with_2_before_anything_is_sent_and_the_doctor_names_it() {
    let home = Home::new();
    for variable in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "HTTP_PROXY",
        "http_proxy",
    ] {
        for value in ["http://canary:port", "socks6://canary", "http://"] {
            for args in [
                &[
                    "introspect",
                    "a.b.c",
                    "--client-id",
                    "x",
                    "--base-url",
                    "https://platform.invalid",
                ][..],
                &["verify", "--jwks", "https://platform.invalid/keys", "a.b.c"],
                &[
                    "guard",
                    "--jwks",
                    "https://platform.invalid/keys",
                    "--listen",
                    "127.0.0.1:0",
                ],
                &[
                    "login",
                    "--base-url",
                    "https://platform.invalid",
                    "--client-id",
                    "x",
                    "--no-browser",
                ],
            ] {
                let output = home.noesis(args).env(variable, value).output().unwrap();
                assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
                let said = stderr(&output);
                let names = format!("error: the variable `{variable}` is not the URL of a proxy: ");
                assert!(said.starts_with(&names), "{args:?}: {said}");
                assert!(
                    said.contains(&format!("unset {variable}")) && !said.contains("canary"),
                    "{said}"
                );
            }
            let args = ["doctor", "--base-url", "https://platform.invalid"];
            let doctor = DoctorRun::of(home.noesis(&args).env(variable, value));
            let hint = doctor.says("proxy", "fail", &format!("`{variable}` is not the URL"));
            assert!(hint.contains(&format!("unset {variable}")), "{hint}");
            doctor.says("platform", "skip", "see `proxy`");
            doctor.says("certificate", "skip", "was not reached");
        }
    }
    // What needs no proxy is not stopped by one.
    for args in [
        &["pkce"][..],
        &["status"],
        &["doctor", "--base-url", "http://127.0.0.1:1"],
    ] {
        let output = home.noesis(args).env("HTTPS_PROXY", "http://").output().unwrap();
        assert!(!text(&output).contains("HTTPS_PROXY"), "{}", text(&output));
    }
}
