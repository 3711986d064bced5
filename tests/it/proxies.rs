//! The example configurations for proxies: each is run by the real proxy, beside a real guard.
//!
//! Only the addresses in the configuration are replaced.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::guard::support::{Guard, send};
use crate::support::mint;
use crate::support::{Home, Sandbox, has, skipped, until};

/// A process that is stopped with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM, since a proxy then stops its workers.
        let id = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// A tool that answers with the header of the request, and counts its requests.
struct Tool {
    address: SocketAddr,
    reached: Arc<AtomicUsize>,
}

impl Tool {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let reached = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reached);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = String::new();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|n| n > 0) {}
                if head.is_empty() {
                    continue;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let length = head.len();
                let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{head}");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, reached }
    }

    fn reached(&self) -> usize {
        self.reached.load(Ordering::SeqCst)
    }
}

fn free() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// An example configuration with its addresses replaced.
fn example(home: &Home, name: &str, addresses: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let mut text = std::fs::read_to_string(path).unwrap();
    for (from, to) in addresses {
        assert!(text.contains(from), "{name} names {from}");
        text = text.replace(from, to);
    }
    let path = home.path().join("proxy.conf");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run(mut command: Command, at: &str) -> Running {
    let running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let running = Running(running);
    until("the proxy listens", || TcpStream::connect(at).is_ok());
    running
}

fn ask(at: &str, target: &str, headers: &[&str]) -> String {
    let mut request = format!("GET {target} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    send(at, request.as_bytes()).0
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let word = answer.split(' ').nth(1);
    word.and_then(|w| w.parse().ok())
        .unwrap_or_else(|| panic!("{answer:?}"))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// What every proxy has to do; the guards are stopped at the end.
fn check_proxy(home: &Home, sandbox: &Sandbox, tool: &Tool, at: &str, guards: Vec<Guard>) {
    let good = mint(home, sandbox, &["--tool", "vision-lab", "--role", "integrator"]);
    let other = bearer(&mint(home, sandbox, &["--tool", "other"]));
    let allowed = bearer(&good);

    until("the proxy forwards", || status(&ask(at, "/", &[&allowed])) == 200);
    let before = tool.reached();
    let forged = [
        &allowed,
        "X-Noesis-Sub: forged",
        "X_Noesis_Sub: forged",
        "x-noesis.sub: forged",
        "X-Noesis_Sub: forged",
        "X-NOESIS-ADMIN: forged",
        "X-Noesis-Role: forged",
        "X-Noesis-Jti: forged",
        "X-Noesis-Entitlements: forged",
    ];
    let seen = ask(at, "/page?x=1", &forged);
    assert_eq!(status(&seen), 200, "{seen}");
    assert_eq!(tool.reached(), before + 1);
    assert!(seen.contains("GET /page?x=1 HTTP/1."), "{seen}");
    assert!(!seen.contains("forged"), "{seen}");
    let claims = home.noesis(&["--json", "decode", &good]).output().unwrap();
    let claims = crate::support::document(&claims);
    let claims = &claims["claims"];
    let header = |name: &str| {
        let mut lines = seen.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.unwrap_or_else(|| panic!("{name}: {seen}")).1.trim().to_owned()
    };
    assert_eq!(header("x-noesis-sub"), claims["sub"].as_str().unwrap());
    assert_eq!(header("x-noesis-jti"), claims["jti"].as_str().unwrap());
    assert_eq!(header("x-noesis-role"), claims["role"].as_str().unwrap());
    assert_eq!(header("x-noesis-admin"), "false");
    assert!(header("x-noesis-entitlements").contains("vision-lab"), "{seen}");

    let reached = tool.reached();
    let none = ask(at, "/", &[]);
    assert_eq!(status(&none), 401, "{none}");
    assert!(none.to_lowercase().contains("www-authenticate: bearer"), "{none}");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let tampered = format!("{head}.{first}{}", &signature[1..]);
    let answer = ask(at, "/", &[&bearer(&tampered)]);
    assert_eq!(status(&answer), 401, "{answer}");
    assert!(answer.contains("invalid_token"), "{answer}");
    let answer = ask(at, "/", &[&other]);
    assert_eq!(status(&answer), 403, "{answer}");
    assert!(answer.contains("insufficient_scope"), "{answer}");
    let twice = ask(at, "/", &[&allowed, &other]);
    assert!((400..500).contains(&status(&twice)), "{twice}");
    for path in paths() {
        let answer = ask(at, &path.replace("HOST", at), &[&other]);
        // The proxy may refuse an invalid path by itself, even without a response.
        assert!(answer.is_empty() || status(&answer) >= 300, "{path}: {answer}");
    }
    drop(guards);
    let down = ask(at, "/", &[&allowed]);
    assert!(status(&down) >= 500, "{down}");
    assert_eq!(tool.reached(), reached, "none of these requests reached the tool");
}

/// Paths that have bypassed a proxy's checks elsewhere.
fn paths() -> Vec<String> {
    let ways = [
        "..", "%2e%2e", ".%2e", "..;", "..%2f", "%2f..", "..%5c", ".", "", "%00", "..%00", ";",
    ];
    let ends = ["healthz", "noesis", "tools/other/auth", "auth", "readyz"];
    let mut paths: Vec<String> = Vec::new();
    for way in ways {
        paths.extend(ends.iter().map(|end| format!("/page/{way}/{end}/page")));
    }
    for odd in [
        "//",
        "/noesis",
        "/@forbidden",
        "/#/auth",
        "/?/tools/other/auth",
        "*",
        "http://HOST/",
        "http://other/auth",
        "page",
    ] {
        paths.push(odd.to_owned());
    }
    paths
}

#[test]
fn nginx_asks_the_guard_about_each_request() {
    if !has("nginx") {
        return;
    }
    let (home, sandbox, tool, at) = (Home::new(), Sandbox::start(), Tool::start(), free());
    let guard = Guard::of(&sandbox, &[]);
    let upstream = tool.address.to_string();
    let addresses = [
        ("127.0.0.1:8080", at.as_str()),
        ("127.0.0.1:9080", guard.host()),
        ("127.0.0.1:3000", upstream.as_str()),
    ];
    let file = example(&home, "nginx/nginx.conf", &addresses);
    let pid = format!("daemon off; pid {}/nginx.pid;", home.path().display());
    let mut command = home.command("nginx");
    command.args(["-e", "stderr", "-c", &file, "-g", &pid]);
    let _proxy = run(command, &at);
    check_proxy(&home, &sandbox, &tool, &at, vec![guard]);
}

#[test]
fn caddy_asks_the_guard_about_each_request() {
    if !has("caddy") {
        return;
    }
    let (home, sandbox, tool, at) = (Home::new(), Sandbox::start(), Tool::start(), free());
    let guard = Guard::of(&sandbox, &[]);
    let upstream = tool.address.to_string();
    let site = format!("http://:{}", at.rsplit_once(':').unwrap().1);
    let addresses = [
        ("http://:8080", site.as_str()),
        ("127.0.0.1:9080", guard.host()),
        ("127.0.0.1:3000", upstream.as_str()),
    ];
    let file = example(&home, "caddy/Caddyfile", &addresses);
    let mut command = home.command("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config", &file]);
    let _proxy = run(command, &at);
    check_proxy(&home, &sandbox, &tool, &at, vec![guard]);
}

#[test]
fn haproxy_balances_two_guards() {
    if !has("haproxy") {
        return;
    }
    let (home, sandbox, tool, at) = (Home::new(), Sandbox::start(), Tool::start(), free());
    let upstream = format!("http://{}", tool.address);
    let flags = [
        "--tool",
        "vision-lab",
        "--upstream",
        &upstream,
        "--trusted-proxy",
        "127.0.0.1/32",
    ];
    let (first, second) = (Guard::of(&sandbox, &flags), Guard::of(&sandbox, &flags));
    let addresses = [
        ("127.0.0.1:8080", at.as_str()),
        ("127.0.0.1:9080", first.host()),
        ("127.0.0.1:9081", second.host()),
    ];
    let file = example(&home, "haproxy/haproxy.cfg", &addresses);
    let mut command = home.command("haproxy");
    command.args(["-db", "-f", &file]);
    let _proxy = run(command, &at);
    check_proxy(&home, &sandbox, &tool, &at, vec![first, second]);
}

#[test]
fn envoy_asks_the_guard_about_each_request() {
    let Some(envoy) = std::env::var_os("NOESIS_ENVOY") else {
        skipped("needs `NOESIS_ENVOY`, the program of Envoy");
        return;
    };
    let (home, sandbox, tool, at) = (Home::new(), Sandbox::start(), Tool::start(), free());
    let guard = Guard::of(&sandbox, &[]);
    let upstream = tool.address.to_string();
    let place = |address: &str| {
        let (host, port) = address.rsplit_once(':').unwrap();
        format!("address: {host}, port_value: {port}")
    };
    let (own, guards, tools) = (place(&at), place(guard.host()), place(&upstream));
    let addresses = [
        ("address: 127.0.0.1, port_value: 8080", own.as_str()),
        ("address: 127.0.0.1, port_value: 9080", guards.as_str()),
        ("address: 127.0.0.1, port_value: 3000", tools.as_str()),
    ];
    let file = example(&home, "envoy/envoy.yaml", &addresses);
    let yaml = format!("{file}.yaml");
    std::fs::rename(&file, &yaml).unwrap();
    let mut command = home.command(envoy);
    let id = std::process::id().to_string();
    command.args(["-c", &yaml, "--concurrency", "1", "-l", "off", "--base-id", &id]);
    let _proxy = run(command, &at);
    check_proxy(&home, &sandbox, &tool, &at, vec![guard]);
}
