//! Every command's own contract, against a real sandbox, or against a server that says what no sandbox would.

mod batch;
mod decode;
pub mod doctor;
mod exec;
pub mod flow;
mod introspect;
mod redeem;
pub mod server;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::{Home, Sandbox, stdout, text};

/// Feeds bytes to a program's standard input.
pub fn fed(command: &mut Command, input: &[u8]) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // One that refuses before it has read all leaves nobody at the other end.
        scope.spawn(move || {
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

/// A token with this header and these claims, in their order, and a signature that nobody made.
pub fn token(header: &str, claims: &str) -> String {
    format!(
        "{}.{}.AAAA",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// A token minted by a sandbox.
pub fn mint(home: &Home, sandbox: &Sandbox, args: &[&str]) -> String {
    let output = home.at(sandbox, &["sandbox", "mint"]).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    stdout(&output).trim().to_owned()
}

/// The IDs of the tools in a list of entitlements.
pub fn tools(entitlements: &Value) -> Vec<&str> {
    entitlements
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["tool_id"].as_str().unwrap())
        .collect()
}
