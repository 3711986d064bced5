//! What the server does when a case asks it: an answer byte by byte, or one of the ways in which none comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::raw::{self, Raw};

/// One answer to one case.
#[derive(Clone)]
pub enum Script {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes and so many spaces, then the end of the connection.
    Padded(Vec<u8>, usize),
    /// These bytes, then a reset of the connection.
    Reset(Vec<u8>),
    /// These bytes one by one, over longer than the deadline of the case.
    Dripped(Vec<u8>),
    /// Nothing, for longer than the deadline of the case.
    Silent,
    /// Nothing listens.
    Refused,
}

/// How long a case waits where waiting is what it is about; others have the time that a busy machine needs.
pub const SHORT: Duration = Duration::from_secs(1);

impl Script {
    /// How long the case may take.
    pub fn deadline(&self) -> Duration {
        match self {
            Self::Dripped(_) | Self::Silent => SHORT,
            _ => Duration::from_secs(60),
        }
    }
}

/// A server whose base URL for the case N is `URL/cN`.
pub fn serve(scripts: Vec<Script>) -> Raw {
    let scripts = Arc::new(scripts);
    Raw::serving(move |stream, keep| {
        let head = raw::read_head(stream);
        let length = raw::length(&head);
        let script = case(&head).and_then(|case| scripts.get(case));
        // To close a socket with a byte unread is what makes a reset of it.
        let unread = usize::from(matches!(script, Some(Script::Reset(_)))).min(length);
        let body = raw::read_body(stream, length - unread);
        keep(head + &body);
        act(script.unwrap_or(&Script::Bytes(Vec::new())), stream);
    })
}

/// The case that a request belongs to, by its path.
pub fn case(request: &str) -> Option<usize> {
    let path = request.split(' ').nth(1)?;
    path.strip_prefix("/c")?.split('/').next()?.parse().ok()
}

// The client may have disconnected: a failed write is ignored.
fn act(script: &Script, stream: &mut TcpStream) {
    match script {
        Script::Bytes(bytes) => {
            let _ = stream.write_all(bytes);
        }
        Script::Padded(bytes, spaces) => {
            let _ = stream.write_all(bytes);
            let _ = stream.write_all(&vec![b' '; *spaces]);
        }
        Script::Reset(bytes) => {
            let _ = stream.write_all(bytes);
            let _ = stream.peek(&mut [0]);
        }
        Script::Dripped(bytes) => {
            let pause = SHORT * 2 / u32::try_from(bytes.len()).unwrap();
            let begun = Instant::now();
            for (at, byte) in bytes.iter().enumerate() {
                let due = pause * u32::try_from(at).unwrap();
                std::thread::sleep(due.saturating_sub(begun.elapsed()));
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        }
        Script::Silent => {
            let _ = stream.read(&mut [0]);
        }
        Script::Refused => {}
    }
}
