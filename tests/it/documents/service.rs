//! The service that `docs/sdk.md` shows is built from the document's own text, against this crate by path, and run.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{blocks, read, root, section};
use crate::support::pending_login::exchange;
use crate::support::{Home, Sandbox, mint, text, until};

/// Ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The one block of a language.
fn only<'t>(text: &'t str, language: &str) -> &'t str {
    let blocks = blocks(text, language);
    assert_eq!(blocks.len(), 1, "{language}");
    blocks[0]
}

/// Writes the service, which listens on this port, into a folder.
fn write(folder: &Path, port: u16) {
    let document = read("docs/sdk.md");
    let shown = section(&document, "## A whole service");
    let (dependencies, main) = (only(shown, "toml"), only(shown, "rust,no_run"));
    assert!(main.lines().filter(|line| !line.is_empty()).count() <= 15, "{main}");
    // The clone stands beside the service.
    let dependencies = dependencies.replace("../noesis", root().to_str().unwrap());
    let package = "[package]\nname = \"service\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n";
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), package.to_owned() + &dependencies).unwrap();
    let main = main.replace("127.0.0.1:3000", &format!("127.0.0.1:{port}"));
    std::fs::write(folder.join("src/main.rs"), main).unwrap();
    // The versions that are at hand without a network.
    std::fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

#[test]
#[ignore = "builds the crate once more: run tests/run"]
fn the_service_builds_as_it_stands_and_lets_in_who_has_access() {
    let (sandbox, home) = (Sandbox::start(), Home::new());
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    write(home.path(), port);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("service");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--target-dir"])
        .arg(&target)
        .current_dir(home.path())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", text(&built));

    let mut service = home.command(target.join("debug/service"));
    let service = service
        .env("NOESIS_BASE_URL", &sandbox.url)
        .stderr(Stdio::inherit())
        .spawn();
    let _service = Running(service.unwrap());
    until("it listens", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    let ask = |token: Option<&str>| {
        let header = token
            .map(|token| format!("authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let host = format!("127.0.0.1:{port}");
        let head = format!("GET /draw HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{header}\r\n");
        exchange(&host, &head)
    };
    let good = ask(Some(&mint(&home, &sandbox, &["--sub", "ada", "--tool", "vision-lab"])));
    assert!(
        good.starts_with("HTTP/1.1 200") && good.ends_with("ada draws\n"),
        "{good}"
    );
    let other = ask(Some(&mint(&home, &sandbox, &["--tool", "another"])));
    assert!(other.starts_with("HTTP/1.1 403"), "{other}");
    assert!(ask(None).starts_with("HTTP/1.1 401"));
}
