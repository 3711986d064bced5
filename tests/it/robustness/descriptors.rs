//! Every command with few free file descriptors: an error or an answer, and no panic (rule X3).

use std::net::TcpListener;

use crate::support::{Cases, Home, text, token};

#[test]
fn x3_few_file_descriptors_make_no_command_panic() {
    without_a_panic([6, 8, 11, 13]);
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn x3_no_number_of_file_descriptors_makes_a_command_panic() {
    without_a_panic(3..=20);
}

fn without_a_panic(limits: impl IntoIterator<Item = u32> + Clone) {
    let home = Home::new();
    let token = token(r#"{"alg":"RS256","kid":"k"}"#, r#"{"sub":"u","exp":1}"#);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    // Nothing listens there.
    let url = "http://127.0.0.1:1";
    let keys = format!("{url}/keys");
    let at = ["--base-url", url, "--client-id", "x", "--timeout", "5s"];
    let verifier = "canary-verifier-0123456789-0123456789-0123456789";
    let redirect = "http://127.0.0.1:1/cb";
    let mut cases = Cases::of("descriptors");
    for args in [
        &["--version"][..],
        &["status"],
        &["status", "--store", "keyring"],
        &["token"],
        &["refresh"],
        &["refresh", "abc"],
        &["decode", &token],
        &["verify", &token, "--jwks", &keys],
        &["verify", "--batch", "/dev/null", "--allow-empty", "--jwks", &keys],
        &["introspect", "abc"],
        &["redeem", "AXKF-M3PQ-7RBN-W2YT"],
        &["pkce"],
        &["authorize-url", "--redirect-uri", redirect],
        &[
            "exchange",
            "abc",
            "--code-verifier",
            verifier,
            "--redirect-uri",
            redirect,
        ],
        &["exec", "--", "true"],
        &["doctor"],
        &["doctor", "--store", "keyring"],
        &["login", "--no-browser", "--wait", "100ms"],
        &["logout"],
        &["completions", "bash"],
        &["man"],
        &["guard", "--jwks", &keys, "--listen", &taken],
        &["sandbox", "run", "--", "true"],
        &["sandbox", "serve", "--listen", &taken],
        &["sandbox", "mint"],
    ] {
        for free in limits.clone() {
            cases.case(format!("{args:?} with {free}"), || {
                let program = home.noesis(args);
                let mut command = home.command("sh");
                command.args(["-c", &format!("ulimit -n {free}; exec \"$@\""), "sh"]);
                command.arg(program.get_program()).args(program.get_args());
                if !args.contains(&"--batch") && args[0] != "sandbox" {
                    command.args(at.iter().take_while(|_| !args.contains(&"--")));
                }
                let output = command.env("NOESIS_STORE", "file").output().unwrap();
                let said = text(&output);
                assert!(!said.contains("panicked"), "{said}");
                assert!(output.status.code().is_some(), "{said}");
            });
        }
    }
    cases.end();
}
