//! How soon the platform in a box is there: from the start of `noesis sandbox serve`, which makes an RSA key, to the
//! last byte of its first answer (goal: 150 ms).
//!
//! `cargo bench --bench sandbox`
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use common::{NOESIS, Samples, command, heading, judge};

const ROUNDS: usize = 100;

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let times = (0..ROUNDS)
        .map(|_| {
            // A port that was free a moment ago, so that nothing has to be read to know it.
            let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
            let address = free.expect("a free port").to_string();
            let start = Instant::now();
            let mut serve = command(home.path(), NOESIS, &["sandbox", "serve", "--listen", &address]);
            let mut child = serve.spawn().expect("a sandbox");
            let answer = first_answer(&address, start);
            let took = start.elapsed();
            child.kill().and_then(|()| child.wait()).expect("an end");
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            took
        })
        .collect();
    let samples = Samples::new(times);
    heading("sandbox serve: from its start to its first answer, the key set");
    samples.print("noesis sandbox serve");
    judge("median", samples.median(), 150.0, " ms");
    judge("p95", samples.percentile(95), 150.0, " ms");
}

/// The answer to the first request that is accepted.
fn first_answer(address: &str, start: Instant) -> String {
    loop {
        assert!(start.elapsed() < Duration::from_secs(10), "the sandbox does not answer");
        let Ok(mut stream) = TcpStream::connect(address) else {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        };
        let request = format!("GET /.well-known/jwks.json HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        let asked = stream.write_all(request.as_bytes());
        if asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok() && !answer.is_empty() {
            return answer;
        }
    }
}
