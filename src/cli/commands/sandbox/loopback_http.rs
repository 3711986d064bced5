//! An HTTP/1.1 client for this machine only: for a running sandbox, and for the callback that it redirects to. One request for
//! each connection.
//!
//! The client of the library is not used on purpose: what runs the sandbox shares no code with what is tested against it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use url::Url;

/// The timeout of a connect, of a write, and of the whole response. A callback responds after an exchange, which has a timeout
/// of ten seconds itself.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest response, in bytes.
const MAX_RESPONSE: usize = 1024 * 1024;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoopbackError {
    /// Not an `http://` URL of a loopback address.
    #[error("a sandbox has an `http://` address of this machine")]
    NotLoopback,
    /// The connection failed.
    #[error("the sandbox cannot be reached: {0}")]
    Io(#[from] io::Error),
    /// Not HTTP, an unexpected status, or too many redirects.
    #[error("the sandbox answered with {0}")]
    Response(String),
}

#[derive(Debug)]
pub(super) struct LoopbackResponse {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl LoopbackResponse {
    /// The value of a header, its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends one request, with a JSON body if there is one, and reads the whole response.
pub(super) fn send(method: &str, url: &Url, json: Option<&str>) -> Result<LoopbackResponse, LoopbackError> {
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(LoopbackError::NotLoopback);
    };
    if !loopback || url.scheme() != "http" {
        return Err(LoopbackError::NotLoopback);
    }
    let mut stream = connect(host.trim_matches(['[', ']']), port)?;
    stream.set_write_timeout(Some(TIMEOUT))?;
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
    let response = String::from_utf8_lossy(&read_to_end(&mut stream)?).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let status = head.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok());
    Ok(LoopbackResponse {
        status: status.ok_or_else(|| LoopbackError::Response("something that is not HTTP".into()))?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Reads until the peer closes, within limits of time and memory.
fn read_to_end(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let timed_out = || io::Error::new(io::ErrorKind::TimedOut, "the response timed out");
    let deadline = Instant::now() + TIMEOUT;
    let mut response = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(response),
            Ok(length) => response.extend(buffer.iter().take(length)),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(timed_out());
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
        if response.len() > MAX_RESPONSE {
            return Err(io::Error::other("the response is too large"));
        }
    }
}

/// Connects to the first loopback address that accepts: `localhost` has two.
fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        // A name may resolve to another address; a sandbox listens on a loopback address only.
        if !address.ip().is_loopback() {
            continue;
        }
        match TcpStream::connect_timeout(&address, TIMEOUT) {
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

    /// Sends a request to a server that answers with these bytes.
    fn respond(bytes: &'static [u8]) -> Result<LoopbackResponse, LoopbackError> {
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
    fn a_response_is_status_head_and_body() {
        let answer = respond(b"HTTP/1.1 303 See Other: really\r\nLocation:  /x\r\n\r\nbody\r\n\r\nmore").unwrap();
        assert_eq!((answer.status, answer.header("location")), (303, Some("/x")));
        assert_eq!(answer.body, "body\r\n\r\nmore");
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        for bytes in [&b""[..], b"\r\n", b"SSH-2.0-x 200 y\r\n\r\n", b"HTTP/1.1 soon\r\n\r\n"] {
            assert!(matches!(respond(bytes), Err(LoopbackError::Response(_))), "{bytes:?}");
        }
    }
}
