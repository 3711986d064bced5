//! Speaks to a sandbox, and to what a sandbox redirects to: plain HTTP/1.1 to this machine, one request a connection.
//!
//! The client of the SDK is not used on purpose: the sandbox shares no code with what is tested against it.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use url::Url;

/// How long each connect, read or write may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of one answer, in bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

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
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let body = json.unwrap_or_default();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}:{port}\r\naccept: text/html, application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| LocalError::Answer("something that is not HTTP".into()))?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// The first address that answers: `localhost` has two.
fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
