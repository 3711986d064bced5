//! What a start costs: `noesis --version` beside a hello-world of clap in the same build (goal: 1.2 times its wall time),
//! and the commands that ask nobody; then the same of the program as it is handed out (`packaging/linux`). Where valgrind is there, instructions are counted too: they do not depend on what
//! else the machine does.
//!
//! `cargo bench --bench startup`
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{NOESIS, Sandbox, command, heading, in_turn, instructions, life, packaged, report};

const ROUNDS: usize = 500;

fn main() {
    let hello = hello_clap();
    let hello = hello.to_str().expect("a path of text");
    let packaged = packaged();
    let packaged = packaged.to_str().expect("a path of text");
    let home = tempfile::tempdir().expect("a temporary folder");
    let home = home.path();
    {
        let sandbox = Sandbox::start(home);
        let browser = format!("'{NOESIS}' sandbox browse");
        life(sandbox.command(home, &["login"]).env("NOESIS_BROWSER", browser));
    }

    heading("start to end of a process");
    let subjects = [
        ("true, of coreutils", "true", [].as_slice()),
        ("hello-world of clap", hello, &[]),
        ("noesis --version", NOESIS, &["--version"]),
        ("noesis status, a session in a file", NOESIS, &["status"]),
        ("noesis token, a session in a file", NOESIS, &["token"]),
        ("noesis --version, as handed out", packaged, &["--version"]),
        ("noesis status, as handed out", packaged, &["status"]),
        ("noesis token, as handed out", packaged, &["token"]),
    ];
    let mut commands = subjects.map(|(_, program, args)| command(home, program, args));
    let times = in_turn(&mut commands, ROUNDS);
    for ((name, ..), samples) in subjects.iter().zip(&times) {
        samples.print(name);
    }
    if let [_, hello, version, _, _, handed_out, ..] = times.as_slice() {
        println!(
            "noesis --version as handed out, ratio to the same hello-world {:.2}",
            handed_out.median() / hello.median()
        );
        report(
            "noesis --version to hello-world, ratio of the medians",
            version.median() / hello.median(),
            1.2,
            "",
        );
    }

    for (name, program, args) in subjects.into_iter().skip(1) {
        match instructions(home, program, args) {
            Some(count) => println!("{name:<44} {count} instructions"),
            None => return println!("instructions: not counted, as there is no valgrind"),
        }
    }
}

/// The hello-world, built as this bench was.
fn hello_clap() -> PathBuf {
    // cargo builds no examples for a bench, and this one is no program that anybody would install.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--example", "hello_clap"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "hello_clap cannot be built"
    );
    Path::new(NOESIS).with_file_name("examples").join("hello_clap")
}
