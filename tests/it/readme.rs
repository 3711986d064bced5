//! The README keeps its word: every `console` block runs, line by line, in a sandbox.

use std::process::Command;

use crate::support::{Home, NOESIS, text};

/// The lines of the `console` blocks that begin with `$ `, block by block.
fn blocks() -> Vec<Vec<String>> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let blocks = readme
        .split("```console\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let lines = |block: &str| {
        block
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
            .map(str::to_owned)
            .collect()
    };
    blocks.map(lines).collect()
}

fn in_a_sandbox(home: &Home, script: &[&str]) -> Command {
    let mut command = home.command(NOESIS);
    command.args(["sandbox", "run", "--auto-approve", "--"]).args(script);
    command
}

#[test]
fn every_console_block_runs() {
    let blocks = blocks();
    assert!(blocks.len() >= 3, "{blocks:?}");
    for block in blocks {
        assert!(!block.is_empty());
        let home = Home::new();
        let script = block.join("\n");
        let output = in_a_sandbox(&home, &["sh", "-eux", "-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{script}\n{}", text(&output));
    }
}

#[test]
fn the_tour_runs_from_beginning_to_end() {
    let home = Home::new();
    let tour = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tour.sh");
    let output = in_a_sandbox(&home, &["sh", tour]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let told = text(&output);
    for word in [
        "signed in to",
        "redeemed: Vision Lab",
        "vision-lab: granted",
        "NOT VERIFIED",
        "renewed",
        "signed out",
        "exit code 4",
    ] {
        assert!(told.contains(word), "{word}: {told}");
    }
}
