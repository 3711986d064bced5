//! A stand-in for a browser: opens a URL on this machine and follows where it is redirected, as `login` needs when no
//! person is there to approve. It renders nothing and runs nothing.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use url::Url;

/// How often a redirect is followed: the platform's answer, and one to spare for each side.
const MAX_HOPS: usize = 5;
/// How long each read or write may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that is read of one answer, in bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// Why a page could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandInError {
    /// No `http://` URL of this machine.
    #[error("the sandbox's browser opens `http://` pages of this machine only")]
    NotLocal,
    /// The page could not be had.
    #[error("the sandbox's browser cannot open the page: {0}")]
    Io(#[from] io::Error),
    /// An answer that is no page: not HTTP, an error status, or redirects without end.
    #[error("the sandbox's browser was answered with {0}")]
    Answer(String),
}

/// Opens `url` and follows redirects until a page comes.
///
/// # Errors
///
/// See [`StandInError`].
pub fn open(url: &str) -> Result<(), StandInError> {
    let mut url = Url::parse(url).map_err(|_| StandInError::NotLocal)?;
    for _ in 0..MAX_HOPS {
        let answer = get(&url)?;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
        let location = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("location").then(|| value.trim())
        });
        match (status, location) {
            ("200", _) => return Ok(()),
            ("301" | "302" | "303" | "307" | "308", Some(target)) => {
                url = url.join(target).map_err(|_| StandInError::NotLocal)?;
            }
            ("", _) => return Err(StandInError::Answer("something that is not HTTP".into())),
            (status, _) => return Err(StandInError::Answer(format!("status {status}"))),
        }
    }
    Err(StandInError::Answer("one redirect after another".into()))
}

/// One GET and its whole answer.
fn get(url: &Url) -> Result<String, StandInError> {
    let local = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(StandInError::NotLocal);
    };
    if !local || url.scheme() != "http" {
        return Err(StandInError::NotLocal);
    }
    let mut stream = connect(host.trim_matches(['[', ']']), port)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {host}:{port}\r\naccept: text/html\r\nuser-agent: noesis-sandbox-browser\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_opened() {
        for url in [
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "file:///etc/passwd",
            "http://localhost.example/",
            "x",
        ] {
            assert!(matches!(open(url), Err(StandInError::NotLocal)), "{url}");
        }
    }
}
