//! A server that keeps its connections and answers each request by a function. It counts its requests, those that are
//! open at once, and its connections.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::support::pending_login::STEP_TIMEOUT;

/// A request: its path and its body.
pub struct Request {
    pub path: String,
    pub body: String,
}

/// The status line's end and the body of an answer.
pub type Response = (&'static str, String);

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    requests: AtomicUsize,
}

/// A server on a port of its own; ended with the test.
pub struct Server {
    pub url: String,
    counts: Arc<Counts>,
    stop: Arc<AtomicBool>,
    port: u16,
}

impl Server {
    pub fn new(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (counts, stop) = (Arc::new(Counts::default()), Arc::new(AtomicBool::new(false)));
        let answer: Arc<dyn Fn(&Request) -> Response + Send + Sync> = Arc::new(answer);
        let (kept, stopped) = (Arc::clone(&counts), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (answer, counts) = (Arc::clone(&answer), Arc::clone(&kept));
                std::thread::spawn(move || serve(stream, &*answer, &counts));
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            counts,
            stop,
            port,
        }
    }

    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    pub fn most_at_once(&self) -> usize {
        self.counts.most_at_once.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut stream: TcpStream, answer: &(dyn Fn(&Request) -> Response + Send + Sync), counts: &Counts) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // Counted by its first request: a connection without one is the end of the test.
    let mut first = true;
    while let Some(request) = read(&mut reader) {
        if std::mem::take(&mut first) {
            counts.connections.fetch_add(1, Ordering::SeqCst);
        }
        let at_once = counts.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        counts.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        counts.requests.fetch_add(1, Ordering::SeqCst);
        let (status, body) = answer(&request);
        counts.at_once.fetch_sub(1, Ordering::SeqCst);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        path,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// A gate that requests wait at until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until it is open, at most for so long that the test fails by what it asserts.
    pub fn pass(&self) {
        self.pass_within(STEP_TIMEOUT);
    }

    pub fn pass_within(&self, limit: Duration) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_timeout_while(open, limit, |open| !*open).unwrap());
    }
}
