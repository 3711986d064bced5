//! Speaks to a sandbox, and to what a sandbox redirects to: plain HTTP/1.1 to this machine, one request a connection.
//!
//! The client of the SDK is not used on purpose: the sandbox shares no code with what is tested against it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use url::Url;

/// How long a connect, a write, or the whole answer may take: a callback is answered after an exchange, which has its own
/// ten seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most that is read of one answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// No `http://` URL of this machine.
    #[error("a sandbox is at an `http://` address of this machine only")]
    NotLocal,
    /// Nobody answers there.
    #[error("the sandbox cannot be reached: {0}")]
    Io(#[from] io::Error),
    /// An answer that does not help: not HTTP, an error status, or redirects without end.
    #[error("the sandbox answered with {0}")]
    Answer(String),
}

/// An answer: its status, its head and its body.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    head: String,
    /// The body, as text.
    pub body: String,
}

impl Answer {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends one request, with a JSON document where there is one, and reads the whole answer.
///
/// # Errors
///
/// See [`LocalError`].
pub fn send(method: &str, url: &Url, json: Option<&str>) -> Result<Answer, LocalError> {
    let local = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(LocalError::NotLocal);
    };
    if !local || url.scheme() != "http" {
        return Err(LocalError::NotLocal);
    }
    let mut stream = connect(host.trim_matches(['[', ']']), port)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}:{port}\r\naccept: text/html, application/json\r\nconnection: close\r\n"
    );
    match json {
        None => request.push_str("\r\n"),
        Some(json) => {
            let length = json.len();
            request.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
            ));
        }
    }
    stream.write_all(request.as_bytes())?;
    let answer = String::from_utf8_lossy(&whole(&mut stream)?).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| LocalError::Answer("something that is not HTTP".into()))?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Everything until the other side closes, in bounded time and memory however slowly it comes.
fn whole(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "no whole answer came in time");
    let end = Instant::now() + PATIENCE;
    let mut answer = Vec::new();
    let mut piece = [0; 8192];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece) {
            Ok(0) => return Ok(answer),
            Ok(length) => answer.extend(piece.iter().take(length)),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Err(late()),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if answer.len() > MAX_ANSWER {
            return Err(io::Error::other("the answer is too long"));
        }
    }
}

/// The first address of this machine that answers: `localhost` has two.
fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        // What a name leads to is the resolver's word; a sandbox is nowhere else.
        if !address.ip().is_loopback() {
            continue;
        }
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Asks a server that reads a request and answers with these bytes.
    fn answered(bytes: &'static [u8]) -> Result<Answer, LocalError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/a?b#c", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(bytes).unwrap();
            String::from_utf8(request).unwrap()
        });
        let answer = send("GET", &Url::parse(&url).unwrap(), None);
        let request = server.join().unwrap();
        assert!(
            request.starts_with("GET /a?b HTTP/1.1\r\nhost: 127.0.0.1:"),
            "{request}"
        );
        assert!(!request.contains("content-"), "{request}");
        answer
    }

    #[test]
    fn an_answer_is_status_head_and_body() {
        let answer = answered(b"HTTP/1.1 303 See Other: really\r\nLocation:  /x\r\n\r\nbody\r\n\r\nmore").unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/x")));
        assert_eq!(answer.body, "body\r\n\r\nmore");
    }

    #[test]
    fn what_is_not_http_is_no_answer() {
        for bytes in [&b""[..], b"\r\n", b"SSH-2.0-x 200 y\r\n\r\n", b"HTTP/1.1 soon\r\n\r\n"] {
            assert!(matches!(answered(bytes), Err(LocalError::Answer(_))), "{bytes:?}");
        }
    }
}
