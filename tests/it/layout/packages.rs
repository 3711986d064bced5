//! What is built for each set of features: who embeds the library pays for no program.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::repository::{read, root};

/// Every package that is built for these features, this one and the build scripts' included, as `name version`.
fn packages(features: &str) -> BTreeSet<String> {
    tree(&["--no-default-features", "--features", features])
}

fn tree(of: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline"])
        .args(of)
        .args(["--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The names of those packages.
fn crates(features: &str) -> BTreeSet<String> {
    let packages = packages(features);
    packages
        .iter()
        .map(|p| p.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn verification_alone_builds_at_most_30_crates_and_neither_an_http_client_nor_a_runtime_nor_a_macro() {
    let packages = packages("");
    assert!(packages.len() <= 30, "{}: {packages:#?}", packages.len());
    for features in ["", "middleware"] {
        let crates = crates(features);
        assert!(crates.contains("aws-lc-rs"), "{crates:?}");
        for unwanted in ["reqwest", "hyper", "rustls", "tokio", "url", "tracing", "syn"] {
            assert!(!crates.contains(unwanted), "[{features}] builds {unwanted}");
        }
    }
}

#[test]
fn the_example_on_a_synchronous_server_has_no_async_runtime_in_its_tree() {
    let example = read("examples/tiny_http_tool.rs");
    assert!(example.contains("--no-default-features --example tiny_http_tool"));
    for package in tree(&["--package", "tiny_http"]).union(&packages("")) {
        for runtime in [
            "tokio ",
            "async-std ",
            "smol ",
            "async-executor ",
            "futures-executor ",
            "mio ",
        ] {
            assert!(!package.starts_with(runtime), "{package}");
        }
    }
}

#[test]
fn the_library_alone_brings_no_program_with_it() {
    let crates = crates("fetch,middleware");
    assert!(crates.contains("reqwest"), "{crates:?}");
    for program in [
        "clap",
        "keyring",
        "console",
        "axum",
        "comfy-table",
        "maud",
        "toml",
        "open",
        "tracing-subscriber",
    ] {
        assert!(!crates.contains(program), "{program}");
    }
    for unwanted in ["ring", "openssl", "h2", "native-tls"] {
        assert!(!crates.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn only_the_sandbox_builds_jsonwebtoken_and_it_adds_no_second_cryptographic_library() {
    let sandbox = crates("sandbox");
    assert!(
        sandbox.contains("jsonwebtoken") && sandbox.contains("aws-lc-rs"),
        "{sandbox:?}"
    );
    for unwanted in [
        "ring",
        "openssl",
        "rsa",
        "p256",
        "hmac",
        "sha2",
        "ed25519-dalek",
        "reqwest",
        "simple_asn1",
    ] {
        assert!(!sandbox.contains(unwanted), "{unwanted}");
    }
    assert!(!crates("fetch,middleware").contains("jsonwebtoken"));
    assert!(!crates("cli,guard").contains("jsonwebtoken"));
}
