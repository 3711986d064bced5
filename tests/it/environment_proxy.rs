//! The proxy of the environment: the library takes it only when the builder says so, the program always.
//!
//! What is read from the environment is read once in a process, so the library is tried in a process of its own.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use noesis::{AuthClient, JwtValidator, KeyCache};

use crate::support::{Home, text, token, until};

/// A platform that only a proxy could reach: no such host exists (RFC 6761 §6.4).
const PLATFORM: &str = "https://platform.invalid";

/// Says to the child process whether the library is configured to use the proxy: `on` or `off`.
const CHILD: &str = "NOESIS_TEST_ENVIRONMENT_PROXY";

/// A proxy that counts who connects and lets nobody through.
struct Proxy {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = stream
                    .unwrap()
                    .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { url, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    fn tell(&self, command: &mut Command) {
        command.env("HTTPS_PROXY", &self.url).env_remove("NO_PROXY");
    }
}

/// How many connections the proxy of the environment sees of the library's three clients.
fn of_the_library(setting: &str) -> usize {
    let proxy = Proxy::start();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "environment_proxy::the_library_in_a_process_of_its_own"])
        .env(CHILD, setting);
    proxy.tell(&mut child);
    let output = child.output().unwrap();
    assert!(
        output.status.success() && text(&output).contains("1 passed"),
        "{}",
        text(&output)
    );
    proxy.connections()
}

#[tokio::test]
async fn the_library_in_a_process_of_its_own() {
    let Some(setting) = std::env::var_os(CHILD) else { return };
    let keys = format!("{PLATFORM}/.well-known/jwks.json");
    let limit = Duration::from_secs(5);
    let mut client = AuthClient::builder(PLATFORM).timeout(limit);
    let mut cache = KeyCache::builder(&keys).timeout(limit);
    let mut validator = JwtValidator::builder().jwks_url(&keys).timeout(limit);
    if setting == "on" {
        client = client.environment_proxy(true);
        cache = cache.environment_proxy(true);
        validator = validator.environment_proxy(true);
    }
    client.build().unwrap().fetch_keys().await.unwrap_err();
    cache.build().unwrap().keys(0).await.unwrap_err();
    validator.build().unwrap().prepare(0).await.unwrap_err();
}

#[test]
fn the_library_goes_by_the_proxy_of_the_environment_only_where_it_is_told_to() {
    assert_eq!(of_the_library("off"), 0);
    // One of the client, and two of each cache, which tries once more.
    assert_eq!(of_the_library("on"), 5);
}

#[test]
fn the_program_goes_by_the_proxy_of_the_environment_wherever_it_sends_a_request() {
    let keys = format!("{PLATFORM}/keys");
    let rs256 = token(r#"{"alg":"RS256","typ":"JWT","kid":"k"}"#, r#"{"sub":"u"}"#);
    for args in [
        &["introspect", "--base-url", PLATFORM, &rs256][..],
        &["verify", "--jwks", &keys, &rs256],
        &["doctor", "--base-url", PLATFORM],
        &["guard", "--jwks", &keys, "--listen", "127.0.0.1:0"],
    ] {
        let proxy = Proxy::start();
        let home = Home::new();
        let mut command = home.noesis(args);
        command.env("NOESIS_TIMEOUT", "5s");
        proxy.tell(&mut command);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until(&format!("{args:?} connects to the proxy"), || proxy.connections() > 0);
        // The guard goes on until it is stopped.
        let _ = child.kill();
        child.wait().unwrap();
    }
}
