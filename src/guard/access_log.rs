//! The access log: one line per request, without secrets. Tokens, queries, and claims other than the token's ID are left out.
//!
//! A request never waits for its line: a thread of its own writes the lines, and lines that exceed its queue are dropped
//! and counted.

use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use serde_json::json;

use super::metrics::{Decision, decision_name};
use crate::escape::escape_json;

/// How many lines may be queued.
const QUEUE: usize = 8192;

/// How each request is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of space-separated fields per request.
    Text,
    /// One JSON object per request.
    Json,
    /// No access log.
    None,
}

/// One request.
pub(super) struct LogEntry {
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

/// The queue of lines and the thread that writes them.
#[derive(Debug)]
pub(super) struct AccessLog {
    queue: Mutex<Option<SyncSender<LogEntry>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    format: LogFormat,
}

impl AccessLog {
    pub fn new(format: LogFormat, sink: Box<dyn Write + Send>) -> Self {
        let (queue, entries) = sync_channel(QUEUE);
        let start = || {
            let name = std::thread::Builder::new().name("noesis-access-log".into());
            name.spawn(move || write(format, &entries, sink)).ok()
        };
        let writer = match format {
            LogFormat::None => None,
            LogFormat::Text | LogFormat::Json => start(),
        };
        Self {
            queue: Mutex::new(writer.is_some().then_some(queue)),
            writer: Mutex::new(writer),
            format,
        }
    }

    pub fn is_on(&self) -> bool {
        self.format != LogFormat::None
    }

    /// Queues a line; returns whether there was room for it.
    pub fn put(&self, entry: LogEntry) -> bool {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().is_some_and(|queue| queue.try_send(entry).is_ok())
    }

    /// Writes the queued lines and ends the thread.
    pub fn finish(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            writer.join().ok();
        }
    }
}

/// Writes lines until the queue is closed, up to 256 queued lines with one write.
fn write(format: LogFormat, entries: &Receiver<LogEntry>, mut sink: Box<dyn Write + Send>) {
    let mut text = String::new();
    while let Ok(entry) = entries.recv() {
        text.clear();
        line(&mut text, format, &entry);
        for entry in entries.try_iter().take(256) {
            line(&mut text, format, &entry);
        }
        // The guard goes on without a log that cannot be written any more.
        sink.write_all(text.as_bytes()).and_then(|()| sink.flush()).ok();
    }
}

fn line(text: &mut String, format: LogFormat, entry: &LogEntry) {
    let at = jiff::Timestamp::from_second(entry.at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let (client, method, status) = (entry.client, entry.method.as_str(), entry.status.as_u16());
    let micros = u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX);
    let path = entry.uri.path();
    let decision = entry.decision.map(decision_name);
    // Writing to a string does not fail.
    if format == LogFormat::Json {
        let document = json!({
            "time": at.to_string(), "client": client, "method": method, "path": path, "status": status,
            "decision": decision, "duration_us": micros, "jti": entry.jti,
        })
        .to_string();
        // A terminal may show the log: no text of a request or token can move its cursor or hide part of a line.
        let _ = writeln!(text, "{}", escape_json(&document));
        return;
    }
    let _ = write!(
        text,
        "{at} {client} {method} {} {status} {} {micros}us",
        field(path),
        decision.unwrap_or("-"),
    );
    if let Some(jti) = &entry.jti {
        let _ = write!(text, " jti={}", field(jti));
    }
    text.push('\n');
}

/// A field of a text line: all but visible ASCII is escaped, so that nothing in it can end the field or the line.
fn field(text: &str) -> String {
    let character = |c: char| match c {
        '!'..='~' => c.to_string(),
        other => other.escape_unicode().to_string(),
    };
    text.chars().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::middleware::DenialKind;

    fn entry(uri: &str, jti: &str) -> LogEntry {
        LogEntry {
            at: 1_782_208_800,
            client: IpAddr::from([192, 0, 2, 1]),
            method: Method::GET,
            uri: uri.parse().unwrap(),
            status: StatusCode::OK,
            decision: Some(Ok(())),
            took: Duration::from_micros(12),
            jti: Some(jti.into()),
        }
    }

    fn written(format: LogFormat, entry: &LogEntry) -> String {
        let mut text = String::new();
        line(&mut text, format, entry);
        text
    }

    #[test]
    fn a_line_has_no_query_and_no_field_can_end_it() {
        let entry = entry("/auth/a?token=secret", "a b\n\u{202e}");
        assert_eq!(
            written(LogFormat::Text, &entry),
            "2026-06-23T10:00:00Z 192.0.2.1 GET /auth/a 200 granted 12us jti=a\\u{20}b\\u{a}\\u{202e}\n"
        );
        let text = written(LogFormat::Json, &entry);
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

    #[test]
    fn a_denial_is_logged_by_its_name_and_an_undecided_request_without_one() {
        let mut entry = entry("/", "j");
        entry.decision = Some(Err(DenialKind::NoAccess));
        entry.jti = None;
        assert!(written(LogFormat::Text, &entry).ends_with(" 200 no_access 12us\n"));
        entry.decision = None;
        assert!(written(LogFormat::Text, &entry).ends_with(" 200 - 12us\n"));
        assert!(written(LogFormat::Json, &entry).contains(r#""decision":null"#));
    }

    /// C0 and C1 controls, DEL, bidirectional overrides and isolates, zero-width and other invisible characters.
    const HOSTILE: &str = "\u{0}\u{7}\u{1b}\u{7f}\u{80}\u{9b}\u{9f}\u{200b}\u{200e}\u{202a}\u{202e}\u{2066}\u{2069}\u{2028}\u{feff}\u{ad}\u{e0041}";

    #[test]
    fn x4_no_line_holds_a_control_bidi_or_invisible_character() {
        let path = format!("/auth/{HOSTILE}").replace(|c: char| c.is_ascii_control(), "");
        let mut entry = entry("/", HOSTILE);
        entry.uri = Uri::try_from(path.as_bytes()).unwrap();
        for format in [LogFormat::Json, LogFormat::Text] {
            let text = written(format, &entry);
            let printable = text.strip_suffix('\n').unwrap();
            assert!(
                printable.chars().all(|c| matches!(c, ' '..='~')),
                "{format:?}: {text:?}"
            );
        }
        let document: serde_json::Value = serde_json::from_str(&written(LogFormat::Json, &entry)).unwrap();
        assert_eq!((&document["jti"], &document["path"]), (&json!(HOSTILE), &json!(path)));
    }

    /// A sink that several writers share.
    #[derive(Clone, Default)]
    struct Sink(std::sync::Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn finish_writes_every_queued_line_and_later_lines_are_not_taken() {
        let sink = Sink::default();
        let log = AccessLog::new(LogFormat::Text, Box::new(sink.clone()));
        assert!(log.is_on());
        for number in 0..1_000 {
            assert!(log.put(entry("/", &number.to_string())));
        }
        log.finish();
        assert!(!log.put(entry("/", "late")));
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1_000);
        assert!(text.ends_with(" jti=999\n"), "{text}");
        let off = AccessLog::new(LogFormat::None, Box::new(Sink::default()));
        assert!(!off.is_on() && !off.put(entry("/", "j")));
    }
}
