//! A server with one fault, or an address without a server.

use std::any::Any;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use tokio::net::TcpSocket;

use crate::support::raw::{self, Raw};

/// A server with a fault, or an address without a server.
pub struct FaultyServer {
    pub url: String,
    server: Option<Raw>,
    /// Where the server sends its clients.
    elsewhere: Option<Raw>,
    /// Sockets that are kept open while it is used.
    _held: Vec<Box<dyn Any + Send>>,
}

impl FaultyServer {
    /// A server that reads each request, then does this with the connection, which is closed after.
    pub fn served(script: impl Fn(&mut TcpStream, &str) + Send + Sync + 'static) -> Self {
        Self::of(Raw::serving(move |stream, keep| {
            let head = raw::read_head(stream);
            let body = raw::read_body(stream, raw::length(&head));
            let request = head + &body;
            keep(request.clone());
            script(stream, &request);
        }))
    }

    /// One that answers every request with the same bytes.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(Raw::answering(bytes))
    }

    /// One that gets each request, sends these bytes, and resets the connection.
    pub fn resetting_after(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::of(Raw::serving(move |stream, keep| {
            keep(raw::unread(stream));
            let _ = stream.write_all(&bytes);
        }))
    }

    /// One that sends its clients to another host.
    pub fn redirecting(status: &'static str) -> Self {
        let elsewhere = Raw::json("200 OK", "{}");
        let target = elsewhere.url.clone();
        let mut place = Self::served(move |stream, request| {
            let path = path(request);
            let answer = format!("HTTP/1.1 {status}\r\nlocation: {target}{path}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        });
        place.elsewhere = Some(elsewhere);
        place
    }

    /// An address that nothing listens on, and that cannot be bound.
    pub fn refusing() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self::without_server(socket.local_addr().unwrap(), vec![Box::new(socket)])
    }

    /// A listener that never accepts: connections are established and never read.
    pub fn never_accepting() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::without_server(listener.local_addr().unwrap(), vec![Box::new(listener)])
    }

    /// A listener whose queue is full: no connection is made, and none is refused.
    pub fn full() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        let entered = runtime.enter();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = socket.local_addr().unwrap();
        let mut held: Vec<Box<dyn Any + Send>> = vec![Box::new(socket.listen(0).unwrap())];
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            held.push(Box::new(stream));
        }
        drop(entered);
        held.push(Box::new(runtime));
        Self::without_server(address, held)
    }

    /// A host that no resolver knows (RFC 6761 §6.4).
    pub fn unknown_host() -> Self {
        Self {
            url: "https://noesis.invalid".into(),
            server: None,
            elsewhere: None,
            _held: Vec::new(),
        }
    }

    fn of(server: Raw) -> Self {
        Self {
            url: server.url.clone(),
            server: Some(server),
            elsewhere: None,
            _held: Vec::new(),
        }
    }

    fn without_server(address: SocketAddr, held: Vec<Box<dyn Any + Send>>) -> Self {
        Self {
            url: format!("http://{address}"),
            server: None,
            elsewhere: None,
            _held: held,
        }
    }

    /// Every request that came; `None` where there is no server.
    pub fn requests(&self) -> Option<Vec<String>> {
        self.server.as_ref().map(Raw::requests)
    }

    /// Every request that came where the server sent its clients.
    pub fn requests_elsewhere(&self) -> Vec<String> {
        self.elsewhere.as_ref().map(Raw::requests).unwrap_or_default()
    }
}

fn path(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or("/")
}

/// An answer with these header lines, each with its end.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An object with one more member, whose value is these bytes, before its others.
pub fn with_member(object: &str, value: impl AsRef<[u8]>) -> Vec<u8> {
    let rest = object.strip_prefix('{').unwrap();
    [b"{\"x\":", value.as_ref(), b",", rest.as_bytes()].concat()
}

/// A status whose reason repeats the whole request, as some servers do.
pub fn echo(status: &'static str) -> FaultyServer {
    FaultyServer::served(move |stream, request| {
        let body = serde_json::json!({ "detail": request }).to_string();
        let _ = stream.write_all(&answer(status, "content-type: application/json\r\n", body));
    })
}

/// A status with the page of a proxy.
pub fn page(status: &'static str, headers: &'static str) -> FaultyServer {
    let body = format!("<html><head><title>{status}</title></head><body>nginx</body></html>");
    FaultyServer::answering(answer(status, headers, body))
}

/// A server that sends its client back to where it is.
pub fn redirect_loop() -> FaultyServer {
    FaultyServer::served(|stream, request| {
        let path = path(request);
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: {path}\r\ncontent-length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes());
    })
}

/// A server that reads and never answers.
pub fn silence() -> FaultyServer {
    FaultyServer::served(|stream, _| {
        let _ = stream.read(&mut [0]);
    })
}

/// A hundred million spaces, as gzip has them: less than the largest answer that is read.
pub fn bomb() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| {
        let mut child = Command::new("gzip")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || {
            for _ in 0..100 {
                stdin.write_all(&[b' '; 1_000_000]).unwrap();
            }
        });
        let packed = child.wait_with_output().unwrap().stdout;
        feeder.join().unwrap();
        assert!((10_000..1_000_000).contains(&packed.len()), "{}", packed.len());
        packed
    })
}
