//! What it costs to look into a token: `noesis decode` beside `jwt decode` of the crate `jwt-cli`, whole processes with
//! the same token (goal: no more instructions and no more memory), and beside Python with the platform's SDK. Ours is the
//! program as it is handed out (`packaging/linux`), with what `cargo build --release` makes beside it.
//!
//! `cargo bench --bench decode` installs the crate into `peers` of cargo's target folder when it is not there, and builds what is handed out.
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use common::{NOESIS, Sandbox, heading, in_turn, instructions, jwt_cli, packaged, peak_memory, peer_python, report};

const ROUNDS: usize = 300;
const PYTHON_ROUNDS: usize = 10;
const MEMORY_ROUNDS: usize = 11;

/// The SDK has no call for it: it reads a token by `jose`, as its validator does for the header.
const IN_PYTHON: &str = "
import sys
import noesis_auth
from jose import jwt
print(jwt.get_unverified_header(sys.argv[1]), jwt.get_unverified_claims(sys.argv[1]))";

fn main() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let home = home.path();
    let jwt = jwt_cli();
    let jwt = jwt.to_str().expect("a path of text");
    let packaged = packaged();
    let packaged = packaged.to_str().expect("a path of text");
    let token = minted(home);
    let token = token.trim();

    heading("decode of one token, the whole process");
    let mut subjects = vec![
        ("noesis decode", packaged, vec!["decode", token]),
        ("jwt decode, of jwt-cli 6.2.0", jwt, vec!["decode", token]),
        ("noesis decode --json", packaged, vec!["decode", "--json", token]),
        ("noesis decode, of cargo build", NOESIS, vec!["decode", token]),
    ];
    let mut commands: Vec<Command> = subjects
        .iter()
        .map(|(_, program, args)| common::command(home, program, args))
        .collect();
    for ((name, ..), samples) in subjects.iter().zip(in_turn(&mut commands, ROUNDS)) {
        samples.print(name);
    }
    let python = peer_python();
    if let Some(python) = &python {
        let args = vec!["-c", IN_PYTHON, token];
        let mut command = [common::command(home, python, &args)];
        for samples in in_turn(&mut command, PYTHON_ROUNDS) {
            samples.print("Python with noesis-auth");
        }
        subjects.push(("Python with noesis-auth", python, args));
    }

    let mut memory = Vec::new();
    let mut counts = Vec::new();
    for (name, program, args) in &subjects {
        memory.push(peak_memory(home, program, args, MEMORY_ROUNDS));
        counts.push(instructions(home, program, args));
        println!(
            "{name:<44} {} KiB of memory at most, {} instructions",
            rendered(memory.last()),
            rendered(counts.last())
        );
    }
    compare("memory, ratio to jwt-cli", &memory);
    compare("instructions, ratio to jwt-cli", &counts);
}

/// The figure, or that there is none.
fn rendered(figure: Option<&Option<u64>>) -> String {
    let figure = figure.copied().flatten();
    figure.map_or_else(|| "(not measured)".to_owned(), |figure| figure.to_string())
}

/// Compares the first figure by the second.
fn compare(what: &str, figures: &[Option<u64>]) {
    if let [Some(ours), Some(theirs), ..] = figures {
        report(what, *ours as f64 / *theirs as f64, 1.0, "");
    }
}

/// A token of the platform, with the tools of its first user.
fn minted(home: &Path) -> String {
    let sandbox = Sandbox::start(home);
    let output = sandbox
        .command(home, &["sandbox", "mint"])
        .stdout(Stdio::piped())
        .output()
        .expect("a token");
    String::from_utf8(output.stdout).expect("a token of text")
}
