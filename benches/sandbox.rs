//! How soon the platform in a box is there: from the start of `noesis sandbox serve` to the last byte of its first
//! answer, which is its overview (goal: 150 ms), and to that of its key set, which waits for an RSA key to be made. How
//! long that takes is a matter of luck with primes, so it has no goal.
//!
//! `cargo bench --bench sandbox`
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use common::{NOESIS, Samples, command, heading, report};

const ROUNDS: usize = 100;

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut overview = Vec::new();
    let mut keys = Vec::new();
    for _ in 0..ROUNDS {
        overview.push(until_answered(home.path(), "/"));
        keys.push(until_answered(home.path(), "/.well-known/jwks.json"));
    }
    let overview = Samples::new(overview);
    heading("sandbox serve: from its start to its first answer");
    overview.print("the overview");
    Samples::new(keys).print("the key set");
    report("the overview, median", overview.median(), 150.0, " ms");
    report("the overview, p95", overview.percentile(95), 150.0, " ms");
}

/// From the start of a sandbox to the end of its answer to a request for `path`, its first.
fn until_answered(home: &Path, path: &str) -> Duration {
    // A port that was free a moment ago, so that nothing has to be read to know it.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a free port").to_string();
    let start = Instant::now();
    let mut serve = command(home, NOESIS, &["sandbox", "serve", "--listen", &address]);
    let mut child = serve.spawn().expect("a sandbox");
    let answer = first_answer(&address, path, start);
    let took = start.elapsed();
    child.kill().and_then(|()| child.wait()).expect("an end");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    took
}

/// The answer to the first request that is accepted.
fn first_answer(address: &str, path: &str, start: Instant) -> String {
    loop {
        assert!(start.elapsed() < Duration::from_secs(10), "the sandbox does not answer");
        let Ok(mut stream) = TcpStream::connect(address) else {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        };
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        let sent = stream.write_all(request.as_bytes());
        if sent.and_then(|()| stream.read_to_string(&mut answer)).is_ok() && !answer.is_empty() {
            return answer;
        }
    }
}
