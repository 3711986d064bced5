//! A server that answers with exactly the bytes of the test: faults that no HTTP library would send.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

type Script = dyn Fn(&mut TcpStream, &dyn Fn(String)) + Send + Sync;

/// A server on a port of its own; its requests are kept.
pub struct Raw {
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<std::sync::atomic::AtomicBool>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    /// Answers every request with the same bytes and closes.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::acting(move |stream| {
            let _ = stream.write_all(&bytes);
        })
    }

    /// Answers every request with a status and a JSON body.
    pub fn json(status: &str, body: &str) -> Self {
        Self::answering(json(status, body))
    }

    /// Reads every request, then runs the script on the connection, which is closed after.
    pub fn acting(script: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        Self::serving(move |stream, keep| {
            let head = read_head(stream);
            let body = read_body(stream, length(&head));
            keep(head + &body);
            script(stream);
        })
    }

    /// Leaves reading to the script as well, which keeps each request by the function that it is given.
    pub fn serving(script: impl Fn(&mut TcpStream, &dyn Fn(String)) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let script: Arc<Script> = Arc::new(script);
        let (kept, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                let (script, kept) = (Arc::clone(&script), Arc::clone(&kept));
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                    script(&mut stream, &|request| kept.lock().unwrap().push(request));
                });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            requests,
            stop,
            port,
            thread: Some(thread),
        }
    }

    /// Every request so far: its head and body, as they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A whole answer with a JSON body.
pub fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The request line and the headers, with the empty line that ends them.
pub fn read_head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How long a head says that its body is.
pub fn length(head: &str) -> usize {
    head.lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0)
}

/// So many bytes of a body.
pub fn read_body(stream: &mut TcpStream, length: usize) -> String {
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    String::from_utf8_lossy(&body).into_owned()
}

/// Writes a start, then a piece every 50 ms until the client disconnects.
pub fn drip(stream: &mut TcpStream, start: &[u8], piece: &[u8]) {
    let mut written = stream.write_all(start);
    let until = Instant::now() + Duration::from_secs(5);
    while written.is_ok() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
        written = stream.write_all(piece);
    }
}

/// Writes a start, then pieces as fast as they are taken until the client disconnects.
pub fn flood(stream: &mut TcpStream, start: &[u8], piece: &[u8]) {
    let mut written = stream.write_all(start);
    while written.is_ok() {
        written = stream.write_all(piece);
    }
}

/// Waits for a whole request without reading it: closing the connection then resets it.
pub fn unread(stream: &TcpStream) -> String {
    let mut bytes = vec![0; 0x10000];
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let count = stream.peek(&mut bytes).unwrap_or(0);
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let whole = text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| body.len() >= length(head));
        if whole || count == 0 || Instant::now() > until {
            return text;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
