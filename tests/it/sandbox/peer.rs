//! The platform's Python SDK, `noesis-auth` 0.2.0, against the sandbox: the only public implementation of the protocol.

use std::process::Stdio;

use noesis::sandbox::Options;

use super::in_process::InProcess;

#[tokio::test]
#[ignore = "needs the Python SDK: run tests/run"]
#[allow(clippy::print_stdout)]
async fn the_python_sdk_exchanges_refreshes_introspects_redeems_and_validates() {
    let Some(python) = std::env::var_os("NOESIS_PEER_PYTHON") else {
        println!(
            "skipped: the_python_sdk_exchanges_refreshes_introspects_redeems_and_validates needs NOESIS_PEER_PYTHON"
        );
        return;
    };
    let sandbox = InProcess::with(Options {
        auto_approve: true,
        ..Options::default()
    })
    .await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/sandbox_peer.py");
    let home = crate::support::Home::new();
    let mut command = home.command(python);
    command
        .arg(script)
        .arg(&sandbox.base)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}{err}");
    assert!(out.ends_with("peer: all well\n"), "{out}{err}");
}
