//! What all tests share: a home of its own, a sandbox of its own, and the program started with nothing inherited.

pub mod authorization;
pub mod call;
pub mod doctor;
pub mod packaged;
pub mod pending_login;
#[cfg(unix)]
pub mod pty;
pub mod raw;
pub mod repository;
pub mod schema;
pub mod server;
pub mod session;
pub mod strace;
pub mod webdriver;

use std::borrow::BorrowMut;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use pending_login::STEP_TIMEOUT;

/// The program under test.
pub const NOESIS: &str = env!("CARGO_BIN_EXE_noesis");

/// The value of `NOESIS_BROWSER` that opens a URL without a window.
pub fn headless_browser() -> String {
    // The folder that cargo builds into may have a space in its name.
    format!("'{NOESIS}' sandbox browse")
}

/// A home folder that is removed with the test.
pub struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The program, with this home and an environment that holds nothing else but `PATH`; sessions go to files.
    pub fn noesis(&self, args: &[&str]) -> Command {
        let mut command = self.command(NOESIS);
        command.env("NOESIS_STORE", "file").args(args);
        command
    }

    /// Any program, in this home, with nothing else inherited but `PATH`.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Signs in to a sandbox that approves by itself.
    pub fn sign_in(&self, sandbox: &Sandbox) {
        let output = self.at(sandbox, &["login"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }

    /// The program, configured for a sandbox and its headless browser.
    pub fn at(&self, sandbox: &Sandbox, args: &[&str]) -> Command {
        let mut command = self.noesis(args);
        command
            .env("NOESIS_BASE_URL", &sandbox.url)
            .env("NOESIS_CLIENT_ID", "noesis-cli")
            .env("NOESIS_BROWSER", headless_browser());
        command
    }

    /// The file store's session of a profile.
    pub fn session_file(&self, profile: &str) -> PathBuf {
        self.path().join(format!(".config/noesis/sessions/{profile}.json"))
    }

    /// The stored session as JSON.
    pub fn session(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.session_file("default")).unwrap()).unwrap()
    }

    /// Makes the stored access token end so many seconds from now.
    pub fn expire_token_in(&self, seconds: i64) {
        let mut session = self.session();
        session["expires_at"] = (now() + seconds).into();
        std::fs::write(self.session_file("default"), session.to_string()).unwrap();
    }
}

/// A sandbox in a process of its own, ended with the test.
pub struct Sandbox {
    pub url: String,
    child: Child,
    _home: Home,
}

impl Sandbox {
    /// One that approves by itself.
    pub fn start() -> Self {
        Self::with(&["--auto-approve"])
    }

    /// One with flags of its own.
    pub fn with(flags: &[&str]) -> Self {
        let home = Home::new();
        let mut child = home
            .noesis(&["--json", "sandbox", "serve", "--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let serving: serde_json::Value = serde_json::from_str(&line).unwrap();
        Self {
            url: serving["base_url"].as_str().unwrap().to_owned(),
            child,
            _home: home,
        }
    }

    /// The number of requests to an endpoint, by its name in `/sandbox/stats`.
    pub fn count(&self, endpoint: &str) -> u64 {
        let answer = get(&format!("{}/sandbox/stats", self.url));
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        let stats: serde_json::Value = serde_json::from_str(body).unwrap();
        stats["requests"][endpoint].as_u64().unwrap_or(0)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A plain GET: the whole answer, head and body.
pub fn get(url: &str) -> String {
    use std::io::{Read as _, Write as _};
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Both streams of a program, for messages and searches.
pub fn text(output: &Output) -> String {
    format!("{}{}", stdout(output), stderr(output))
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The one JSON document on standard output.
pub fn document(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(output)))
}

/// The error document on the last line of standard error.
pub fn error(output: &Output) -> serde_json::Value {
    let stderr = stderr(output);
    let line = stderr.lines().last().unwrap_or_default();
    let document: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    document["error"].clone()
}

/// Now, in Unix seconds.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_secs()).unwrap()
}

/// Says why a test proves nothing here: `tests/run` counts these lines.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "skipped: {name}: {why}");
}

/// Whether a program is on `PATH`; says that the test is skipped where it is not.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !found {
        skipped(&format!("needs `{program}`"));
    }
    found
}

/// Waits until something holds; gives up where it never will.
pub fn until(what: &str, holds: impl FnMut() -> bool) {
    within(STEP_TIMEOUT, what, holds);
}

/// Waits until something holds, at most so long.
pub fn within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The cases of one group: each is tried even if earlier ones failed, and their number is printed at the end.
pub struct Cases {
    group: &'static str,
    count: usize,
    failed: Vec<String>,
}

impl Cases {
    pub fn of(group: &'static str) -> Self {
        Self {
            group,
            count: 0,
            failed: Vec::new(),
        }
    }

    /// One case, which survives unless it panics.
    pub fn case(&mut self, name: impl std::fmt::Display, case: impl FnOnce()) {
        self.count += 1;
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(case)).is_err() {
            self.failed.push(name.to_string());
        }
    }

    /// The group's line, which `tests/run` shows.
    #[allow(clippy::print_stdout)]
    pub fn end(self) {
        let (group, count, failed) = (self.group, self.count, self.failed);
        println!("{group}: {count} cases, {} survived", count - failed.len());
        assert!(failed.is_empty(), "{group}: {failed:#?}");
        assert!(count > 0, "{group}: no case was tried");
    }
}

/// Asserts one of these exit statuses, no panic, and an error message with a failure.
pub fn assert_ended(output: &Output, codes: &[i32]) {
    let shown = text(output);
    assert!(!shown.contains("panicked"), "{shown}");
    let code = output.status.code();
    assert!(code.is_some_and(|code| codes.contains(&code)), "{code:?}: {shown}");
    if code != Some(0) && code != Some(3) {
        assert!(shown.contains("error"), "{shown}");
    }
}

/// Feeds bytes to a program's standard input.
pub fn with_input(mut command: impl BorrowMut<Command>, input: impl AsRef<[u8]>) -> Output {
    let input = input.as_ref();
    let command = command
        .borrow_mut()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // A program that fails before it has read all closes the pipe.
        scope.spawn(move || {
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

/// A token with this header and these claims, in their order, and an invalid signature.
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
pub fn tools(entitlements: &serde_json::Value) -> Vec<&str> {
    entitlements
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["tool_id"].as_str().unwrap())
        .collect()
}

/// `PATH` with the program on it.
pub fn path_with_program() -> std::ffi::OsString {
    let own = Path::new(NOESIS).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap()
}
