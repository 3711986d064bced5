//! How many tokens a second `noesis introspect --batch` asks the platform about, by how many requests are under way at
//! once; and how many a loop over the platform's SDK for Python asks the same platform about.
//!
//! Client and sandbox share the machine, so that each figure is that of the two together.
//!
//! `cargo bench --bench batch`
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::{Sandbox, heading, in_turn, peak_memory, peer_python};

const TOKENS: usize = 10_000;
/// So many of the tokens are different; each is signed by the sandbox, which takes its time.
const DISTINCT: usize = 100;
const ROUNDS: usize = 7;
const JOBS: [&str; 3] = ["1", "8", "32"];
/// What the SDK is given to ask about; the rate does not depend on it.
const PYTHON_TOKENS: usize = 400;

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let home = home.path();
    let sandbox = Sandbox::start(home);
    let tokens = tokens(home, &sandbox);
    let file = tokens.to_str().expect("a path of text");

    heading("introspect --batch: 10,000 tokens, the sandbox on the same machine");
    // Success is exit code 0: every one of them was active.
    let mut commands = JOBS.map(|jobs| sandbox.command(home, &["introspect", "--batch", file, "--jobs", jobs]));
    for (jobs, samples) in JOBS.iter().zip(in_turn(&mut commands, ROUNDS)) {
        samples.print(&format!("--jobs {jobs}"));
        println!(
            "--jobs {jobs}: {:.0} tokens a second",
            TOKENS as f64 / samples.median() * 1e3
        );
    }
    let args = [
        "--base-url",
        &sandbox.url,
        "introspect",
        "--batch",
        file,
        "--jobs",
        "32",
    ];
    if let Some(most) = peak_memory(home, common::NOESIS, &args, 1) {
        println!("--jobs 32: {most} KiB of memory at most");
    }

    let Some(python) = peer_python() else { return };
    for jobs in ["1", "8"] {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/introspect.py");
        let count = PYTHON_TOKENS.to_string();
        let mut command = common::command(home, &python, &[script, &sandbox.url, file, &count, jobs]);
        let output = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .output()
            .expect("the SDK");
        assert!(output.status.success(), "{}", output.status);
        let rate = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        println!("Python with noesis-auth, {jobs} at once: {rate} tokens a second");
    }
}

/// A file with a token a line.
fn tokens(home: &Path, sandbox: &Sandbox) -> PathBuf {
    let minted: Vec<String> = (0..DISTINCT)
        .map(|_| {
            let mut mint = sandbox.command(home, &["sandbox", "mint"]);
            let output = mint.stdout(Stdio::piped()).output().expect("a token");
            String::from_utf8(output.stdout).expect("a token of text")
        })
        .collect();
    let path = home.join("tokens.txt");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    for token in minted.iter().cycle().take(TOKENS) {
        file.write_all(token.as_bytes()).expect("a line");
    }
    file.flush().expect("the lines");
    path
}
