//! A guard in its own process, an upstream that records its requests, and requests as raw bytes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::Raw;
use crate::support::{Home, Sandbox};

/// A running guard; the process ends with the test.
pub struct Guard {
    pub url: String,
    pub status_url: String,
    pub child: Child,
    log: Arc<Mutex<String>>,
    _home: Home,
}

impl Guard {
    /// A guard that verifies with a sandbox's keys.
    pub fn of(sandbox: &Sandbox, flags: &[&str]) -> Self {
        Self::with(&[&["--base-url", &sandbox.url], flags].concat())
    }

    /// A guard with these flags, on a free port.
    pub fn with(flags: &[&str]) -> Self {
        let home = Home::new();
        Self::started(home, flags)
    }

    pub fn started(home: Home, flags: &[&str]) -> Self {
        let command = Self::command(&home, flags);
        Self::spawned(home, command)
    }

    /// A guard started by a command, whose standard output and error are pipes.
    pub fn spawned(home: Home, mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (kept, stderr) = (Arc::clone(&log), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let serving: serde_json::Value = match serde_json::from_str(&line) {
            Ok(serving) => serving,
            Err(error) => {
                let _ = child.wait();
                panic!("{error}: {line}{}", log.lock().unwrap());
            }
        };
        crate::support::schema::fits("guard", &serving);
        Self {
            url: serving["url"].as_str().unwrap().to_owned(),
            status_url: serving["status_url"].as_str().unwrap().to_owned(),
            child,
            log,
            _home: home,
        }
    }

    /// The command that starts a guard.
    pub fn command(home: &Home, flags: &[&str]) -> Command {
        let mut command = home.noesis(&["--json", "guard", "--listen", "127.0.0.1:0"]);
        command.args(flags).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What the guard has written to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Sends a GET request for a path with these header lines.
    pub fn ask(&self, path: &str, headers: &[&str]) -> Answer {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let host = self.host();
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{lines}\r\n"
        ))
    }

    /// Sends a GET request for a path with a token.
    pub fn with_token(&self, path: &str, token: &str) -> Answer {
        self.ask(path, &[&format!("authorization: Bearer {token}")])
    }

    /// Opens a connection and sends a request on it.
    pub fn open(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// Sends bytes and reads the response until the connection closes.
    pub fn send(&self, request: &str) -> Answer {
        send(self.host(), request.as_bytes())
    }

    /// The value of a counter or gauge.
    pub fn metric(&self, name: &str) -> f64 {
        let text = crate::support::get(&format!("{}/metrics", self.status_url));
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .trim()
            .parse()
            .unwrap()
    }

    /// The peak memory use so far, in KiB.
    pub fn peak(&self) -> u64 {
        memory(self.child.id(), "VmHWM:")
    }

    /// The current memory use, in KiB.
    pub fn resident(&self) -> u64 {
        memory(self.child.id(), "VmRSS:")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Sends bytes to a host and reads the response until the connection closes.
pub fn send(host: &str, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    // A server may answer before it has read everything.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    Answer(String::from_utf8_lossy(&bytes).into_owned())
}

/// A response, header and body.
#[derive(Debug)]
pub struct Answer(pub String);

impl Answer {
    /// The status; 0 if there was no response.
    pub fn status(&self) -> u16 {
        let word = self.0.split(' ').nth(1).unwrap_or("0");
        word.parse().unwrap_or(0)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.0.split("\r\n\r\n").next()?;
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// The `detail` of its body.
    pub fn detail(&self) -> String {
        let document: serde_json::Value =
            serde_json::from_str(self.body()).unwrap_or_else(|e| panic!("{e}: {}", self.0));
        document["detail"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", self.0))
            .to_owned()
    }
}

/// An upstream that records its requests and answers 200.
pub fn tool() -> Raw {
    Raw::answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntool")
}
