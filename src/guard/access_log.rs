//! The access log: one line for each request, of which no secret is a part. Tokens, queries and claims other than the
//! token's own ID are left out.
//!
//! A request never waits for its line: a thread of its own writes, and where it falls behind, lines are dropped and
//! counted.

use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use serde_json::json;

use super::metrics::Decision;

/// How many lines may wait to be written.
const WAITING: usize = 8192;

/// How the access log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of words for each request.
    Text,
    /// One JSON object for each request.
    Json,
    /// Nothing is written.
    None,
}

/// One request.
pub(super) struct Entry {
    /// When it was answered, in Unix seconds.
    pub at: i64,
    pub client: IpAddr,
    pub method: Method,
    pub uri: Uri,
    pub status: StatusCode,
    pub decision: Option<Decision>,
    pub took: Duration,
    pub jti: Option<String>,
}

/// Where the lines go.
#[derive(Debug)]
pub(super) struct AccessLog {
    lines: Mutex<Option<SyncSender<Entry>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    format: LogFormat,
}

impl AccessLog {
    pub fn new(format: LogFormat, sink: Box<dyn Write + Send>) -> Self {
        let (lines, entries) = sync_channel(WAITING);
        let start = || {
            let name = std::thread::Builder::new().name("noesis-access-log".into());
            name.spawn(move || write(format, &entries, sink)).ok()
        };
        let writer = match format {
            LogFormat::None => None,
            LogFormat::Text | LogFormat::Json => start(),
        };
        Self {
            lines: Mutex::new(writer.is_some().then_some(lines)),
            writer: Mutex::new(writer),
            format,
        }
    }

    pub fn is_on(&self) -> bool {
        self.format != LogFormat::None
    }

    /// Whether the line was taken.
    pub fn put(&self, entry: Entry) -> bool {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.as_ref().is_some_and(|lines| lines.try_send(entry).is_ok())
    }

    /// Writes what is waiting, and ends.
    pub fn finish(&self) {
        drop(self.lines.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            writer.join().ok();
        }
    }
}

/// Writes line after line, those that wait together at once.
fn write(format: LogFormat, entries: &Receiver<Entry>, mut sink: Box<dyn Write + Send>) {
    let mut text = String::new();
    while let Ok(entry) = entries.recv() {
        text.clear();
        line(&mut text, format, &entry);
        for entry in entries.try_iter().take(256) {
            line(&mut text, format, &entry);
        }
        // A log that nobody can read any more is no reason to stop guarding.
        sink.write_all(text.as_bytes()).and_then(|()| sink.flush()).ok();
    }
}

fn line(text: &mut String, format: LogFormat, entry: &Entry) {
    let at = jiff::Timestamp::from_second(entry.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (client, method, status) = (entry.client, entry.method.as_str(), entry.status.as_u16());
    let micros = u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX);
    let path = entry.uri.path();
    let decision = entry.decision.map(Decision::as_str);
    if format == LogFormat::Json {
        let document = json!({
            "time": at.to_string(), "client": client, "method": method, "path": path, "status": status,
            "decision": decision, "duration_us": micros, "jti": entry.jti,
        });
        // A string takes all that is written into it.
        let _ = writeln!(text, "{document}");
        return;
    }
    let _ = write!(
        text,
        "{at} {client} {method} {} {status} {} {micros}us",
        plain(path),
        decision.unwrap_or("-"),
    );
    if let Some(jti) = &entry.jti {
        let _ = write!(text, " jti={}", plain(jti));
    }
    text.push('\n');
}

/// A word of a line: nothing in it can end the word or the line, or move a terminal's cursor.
fn plain(text: &str) -> String {
    let character = |c: char| match c {
        '!'..='~' => c.to_string(),
        other => other.escape_unicode().to_string(),
    };
    text.chars().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_query_and_cannot_be_broken() {
        let entry = Entry {
            at: 1_782_208_800,
            client: IpAddr::from([192, 0, 2, 1]),
            method: Method::GET,
            uri: "/auth/a?token=secret".parse().unwrap(),
            status: StatusCode::OK,
            decision: Some(Decision::Granted),
            took: Duration::from_micros(12),
            jti: Some("a b\n\u{202e}".into()),
        };
        let mut text = String::new();
        line(&mut text, LogFormat::Text, &entry);
        assert_eq!(
            text,
            "2026-06-23T10:00:00Z 192.0.2.1 GET /auth/a 200 granted 12us jti=a\\u{20}b\\u{a}\\u{202e}\n"
        );
        text.clear();
        line(&mut text, LogFormat::Json, &entry);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document,
            json!({
                "time": "2026-06-23T10:00:00Z", "client": "192.0.2.1", "method": "GET", "path": "/auth/a", "status": 200,
                "decision": "granted", "duration_us": 12, "jti": "a b\n\u{202e}",
            })
        );
        assert_eq!(text.lines().count(), 1);
    }
}
