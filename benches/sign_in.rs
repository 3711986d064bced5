//! What a person waits for after the last click: from the last byte of the callback's request to the end of
//! `noesis login`, which meanwhile exchanges the code, stores the session in a file and answers the browser (goal:
//! 100 ms).
//!
//! `cargo bench --bench sign_in`
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Samples, Sandbox, heading, report};

const ROUNDS: usize = 100;

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(home.path());
    let times = (0..ROUNDS)
        .map(|_| {
            let mut login = sandbox.command(home.path(), &["login", "--no-browser"]);
            let mut child = login.stderr(Stdio::piped()).spawn().expect("a login");
            let mut lines = BufReader::new(child.stderr.take().expect("its stderr")).lines();
            let url = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http")));
            let callback = redirect(&url.expect("a URL"));
            let start = visit(&callback);
            let status = child.wait().expect("an end");
            let took = start.elapsed();
            assert!(status.success(), "{status}");
            took
        })
        .collect::<Vec<Duration>>();
    let samples = Samples::new(times);
    heading("login: from the callback to its end, the session in a file");
    samples.print("noesis login");
    report("median", samples.median(), 100.0, " ms");
    report("p95", samples.percentile(95), 100.0, " ms");
}

/// Where the platform sends the browser.
fn redirect(url: &str) -> String {
    let (mut stream, request) = request(url);
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    location.expect("a redirect").to_owned()
}

/// Goes where the platform sent it; the moment at which that was said. What comes back is read until the end.
fn visit(url: &str) -> Instant {
    let (mut stream, request) = request(url);
    stream.write_all(request.as_bytes()).expect("a callback");
    let start = Instant::now();
    std::thread::spawn(move || stream.read_to_end(&mut Vec::new()));
    start
}

fn request(url: &str) -> (TcpStream, String) {
    let rest = url.strip_prefix("http://").expect("a page of this machine");
    let (host, target) = rest.split_once('/').expect("a path");
    let stream = TcpStream::connect(host).expect("a connection");
    let request = format!("GET /{target} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n");
    (stream, request)
}
