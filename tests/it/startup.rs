//! What a start does not build: no command opens a socket, reads certificates, asks for a bus or starts a thread unless
//! its work takes one. Seen by `strace`, as the program does not report it.

use std::path::PathBuf;

use crate::support::{Home, NOESIS, Sandbox, has, headless_browser, skipped, text};

/// What a command did on its way, one system call a line, files that were opened among them.
struct Calls(Vec<String>);

impl Calls {
    /// Runs the program under `strace`; `None` where this machine cannot, which is then said.
    fn of(home: &Home, args: &[&str]) -> Option<Self> {
        if !has("strace") {
            return None;
        }
        let log = home.path().join("strace.log");
        let mut command = home.command("strace");
        let calls = "trace=openat,open,socket,connect,clone,clone3,fork,vfork,execve,io_uring_setup,epoll_create1";
        command.args(["-f", "-qq", "-e", calls, "-e", "signal=none", "-o"]);
        command.arg(&log).arg(NOESIS).args(args).env("NOESIS_STORE", "file");
        // No request is sent to a bus that is there either.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/noesis-test-bus");
        let output = command.output().unwrap();
        let lines: Vec<String> = std::fs::read_to_string(&log)
            .unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect();
        if !lines.iter().any(|line| line.contains("execve(")) {
            skipped(&format!("`strace` cannot trace here: {}", text(&output).trim()));
            return None;
        }
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        Some(Self(lines))
    }

    /// The calls of these names.
    fn named(&self, names: &[&str]) -> Vec<&String> {
        let is = |line: &&String| names.iter().any(|name| line.contains(&format!(" {name}(")));
        self.0.iter().filter(is).collect()
    }

    /// The files that were opened, or looked for.
    fn files(&self) -> Vec<PathBuf> {
        let opened = self.named(&["openat", "open"]);
        opened
            .iter()
            .filter_map(|line| line.split('"').nth(1).map(PathBuf::from))
            .collect()
    }

    /// This machine's files, no network, and no certificate among the files.
    fn assert_local(&self, what: &str) {
        let network = self.named(&["socket", "connect", "epoll_create1", "io_uring_setup"]);
        assert!(network.is_empty(), "{what} reaches for the network: {network:?}");
        let certificates: Vec<PathBuf> = self.files().into_iter().filter(|file| is_certificate(file)).collect();
        assert!(certificates.is_empty(), "{what} reads certificates: {certificates:?}");
    }

    /// One process of one thread.
    fn assert_single(&self, what: &str) {
        let threads = self.named(&["clone", "clone3", "fork", "vfork"]);
        assert!(threads.is_empty(), "{what} starts threads: {threads:?}");
    }
}

fn is_certificate(file: &std::path::Path) -> bool {
    let in_store = ["/etc/ssl", "/usr/share/ca-certificates", "/etc/pki", "/usr/lib/ssl"]
        .iter()
        .any(|dir| file.starts_with(dir));
    in_store || file.extension().is_some_and(|e| e == "pem" || e == "crt")
}

#[test]
#[ignore = "needs strace: run tests/run"]
fn a_start_that_needs_neither_network_nor_keyring_opens_neither() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    for args in [
        ["--version"].as_slice(),
        &["--help"],
        &["status"],
        &["--json", "status"],
    ] {
        let Some(calls) = Calls::of(&home, args) else { return };
        calls.assert_local(&format!("{args:?}"));
        calls.assert_single(&format!("{args:?}"));
    }
    // These wait for Ctrl-C on a thread, as they may not be cut in two.
    for args in [
        ["token"].as_slice(),
        &["--json", "token", "--min-ttl", "1s"],
        &["logout"],
    ] {
        let Some(calls) = Calls::of(&home, args) else { return };
        calls.assert_local(&format!("{args:?}"));
    }
}

#[test]
#[ignore = "needs strace: run tests/run"]
fn version_opens_no_file_of_the_user_and_status_only_its_own() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let own = |calls: &Calls| -> Vec<PathBuf> {
        let files = calls.files();
        files.into_iter().filter(|file| file.starts_with(home.path())).collect()
    };
    let Some(version) = Calls::of(&home, &["--version"]) else {
        return;
    };
    assert_eq!(own(&version), Vec::<PathBuf>::new());
    let Some(status) = Calls::of(&home, &["status"]) else {
        return;
    };
    let config = home.path().join(".config/noesis/config.toml");
    let mut files = own(&status);
    files.dedup();
    assert!(
        files.contains(&config) && files.contains(&home.session_file("default")),
        "{files:?}"
    );
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
#[ignore = "needs strace: run tests/run"]
fn the_trace_sees_what_a_command_opens() {
    // A refresh has a runtime and a socket; a keyring has a thread. Were they not seen here, the tests above would prove nothing.
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let Some(refresh) = Calls::of(&home, &["refresh"]) else {
        return;
    };
    assert!(!refresh.named(&["socket"]).is_empty() && !refresh.named(&["epoll_create1"]).is_empty());
    let login = Calls::of(
        &home,
        &[
            "login",
            "--browser",
            &headless_browser(),
            "--base-url",
            &sandbox.url,
            "--client-id",
            "noesis-cli",
        ],
    );
    assert!(!login.unwrap().named(&["clone", "clone3"]).is_empty());
}

#[test]
#[ignore = "needs valgrind: run tests/run"]
fn a_pkce_pair_costs_no_more_than_the_bytes_of_the_operating_system() {
    if !has("valgrind") {
        return;
    }
    let home = Home::new();
    let instructions = |arg: &str| -> u64 {
        let mut command = home.command("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", NOESIS, arg]);
        let output = command.output().unwrap();
        let report = String::from_utf8_lossy(&output.stderr);
        let counted = report.lines().find_map(|line| line.split("Collected : ").nth(1));
        counted.unwrap_or_else(|| panic!("{report}")).trim().parse().unwrap()
    };
    // The first random bytes of aws-lc cost a process some 420 million, as it measures the jitter of the processor.
    let (pkce, version) = (instructions("pkce"), instructions("--version"));
    assert!(pkce < version + 50_000_000, "{pkce} for a pair, {version} for a start");
}
