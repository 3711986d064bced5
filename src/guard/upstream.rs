//! The guard as a reverse proxy: what passes goes on to the tool, its body streamed both ways (RFC 9110 §7.6).
//!
//! hyper's own client and service do it: the proxy crates that there are either rewrite more than this or bring a server of
//! their own. In this order, so that nothing that a client sends can undo what comes later: headers of the hop are dropped,
//! those that `Connection` names first; then those under our names and what nobody trusted says of whose request it is;
//! then ours are set. All else is passed on unchanged, `Host` and `Authorization` included.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::client_ip::FORWARDED_FOR;
use super::identity::{Identity, drop_headers, is_ours, reads_as};

/// How long a connection to the upstream may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The body of an answer: the guard's own, or the upstream's, as it comes.
pub(super) type Body = Either<Full<Bytes>, Incoming>;

/// Where requests that pass go on to.
#[derive(Debug, Clone)]
pub struct Upstream {
    authority: Authority,
    timeout: Duration,
    client: Client<HttpConnector, Incoming>,
}

/// Why something cannot be an upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no upstream: {why}")]
pub struct BadUpstream {
    url: String,
    why: &'static str,
}

/// Why the upstream has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("the tool behind this guard cannot be reached, or broke off")]
    Unreachable,
    #[error("the tool behind this guard did not answer in time")]
    TooSlow,
}

impl Failure {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Why a request is not for passing on, whoever sends it: what it means, or for whom it is, would be read in two ways.
pub(super) fn unfit<B>(request: &Request<B>) -> Option<(StatusCode, &'static str)> {
    if request.method() == Method::CONNECT {
        // A tunnel is not a request to the tool, and nothing that goes through it would be judged.
        return Some((StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"));
    }
    let hosts = request.headers().get_all(header::HOST).iter().count();
    // HTTP/1.0 knows no `Host` (RFC 9112 §3.2).
    let fits = hosts == 1 || hosts == 0 && request.version() == Version::HTTP_10;
    (!fits).then_some((StatusCode::BAD_REQUEST, "a request names one host"))
}

/// Whose request it is.
pub(super) struct Sender<'s> {
    pub peer: IpAddr,
    /// Whether the peer is a proxy whose word counts.
    pub trusted: bool,
    pub identity: &'s Identity,
}

impl Upstream {
    /// The server at an `http://` URL with neither path nor query, which answers within `timeout`: to the head of its
    /// answer, the body may take as long as it takes.
    ///
    /// # Errors
    /// [`BadUpstream`] says what the URL has that an upstream cannot have.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, BadUpstream> {
        let bad = |why| BadUpstream {
            url: url.to_owned(),
            why,
        };
        let uri = Uri::from_str(url).map_err(|_| bad("it is no URL; write it as `http://127.0.0.1:3000`"))?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(bad("only `http://` is spoken to it"));
        }
        let authority = uri.authority().cloned().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("credentials in a URL are not sent"));
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(bad("paths are passed on as they come, so it can have none of its own"));
        }
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        Ok(Self {
            authority,
            timeout,
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// Passes a request on; the answer's body comes as the upstream sends it.
    pub(super) async fn pass_on(
        &self,
        mut request: Request<Incoming>,
        sender: Sender<'_>,
    ) -> Result<Response<Body>, Failure> {
        let asked = upgrade(request.headers());
        let own = asked.as_ref().map(|_| hyper::upgrade::on(&mut request));
        let request = self.rewritten(request, &sender, asked.as_ref())?;
        let answer = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let mut answer = answer
            .map_err(|_| Failure::TooSlow)?
            .map_err(|error| timed_out(&error))?;
        let switched = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        match (switched, own) {
            (false, _) => {}
            // Nobody asked for another protocol, so nobody here would speak it.
            (true, None) => return Err(Failure::Unreachable),
            (true, Some(own)) => {
                let theirs = hyper::upgrade::on(&mut answer);
                tokio::spawn(async move {
                    if let (Ok(own), Ok(theirs)) = (own.await, theirs.await) {
                        let (mut own, mut theirs) = (TokioIo::new(own), TokioIo::new(theirs));
                        // Whichever side goes first, the other is told by the end of its stream.
                        tokio::io::copy_bidirectional(&mut own, &mut theirs).await.ok();
                    }
                });
            }
        }
        let headers = answer.headers_mut();
        drop_hop(headers);
        if switched && let Some(protocol) = asked {
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, protocol);
        }
        Ok(answer.map(Either::Right))
    }

    /// The request as the upstream gets it.
    fn rewritten(
        &self,
        request: Request<Incoming>,
        sender: &Sender<'_>,
        protocol: Option<&HeaderValue>,
    ) -> Result<Request<Incoming>, Failure> {
        let (mut parts, body) = request.into_parts();
        // In the absolute form, the target's host counts, and not the header's (RFC 9112 §3.2.2).
        if let Some(authority) = parts.uri.authority()
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            parts.headers.insert(header::HOST, host);
        }
        let mut target = http::uri::Parts::default();
        target.scheme = Some(Scheme::HTTP);
        target.authority = Some(self.authority.clone());
        target.path_and_query = Some(
            parts
                .uri
                .path_and_query()
                .cloned()
                .unwrap_or_else(|| PathAndQuery::from_static("/")),
        );
        parts.uri = Uri::from_parts(target).map_err(|_| Failure::Unreachable)?;
        parts.version = Version::HTTP_11;
        let headers = &mut parts.headers;
        drop_hop(headers);
        headers.remove(header::EXPECT);
        drop_headers(headers, is_ours);
        forwarded(headers, sender);
        sender.identity.put(headers);
        if let Some(protocol) = protocol {
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, protocol.clone());
        }
        Ok(Request::from_parts(parts, body))
    }
}

/// A connection that could not be made in time is a matter of time, every other failure is not.
fn timed_out(error: &hyper_util::client::legacy::Error) -> Failure {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return Failure::TooSlow;
        }
        cause = error.source();
    }
    Failure::Unreachable
}

/// The protocol that a request asks to switch to, where that is WebSocket (RFC 6455 §4.1). No other is passed on: what
/// goes through a connection that speaks `h2c`, say, would be judged by nobody.
fn upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let asks = hop_names(headers).any(|name| name == header::UPGRADE);
    let mut values = headers.get_all(header::UPGRADE).iter();
    let value = values.next()?;
    (asks && values.next().is_none() && value.as_bytes().eq_ignore_ascii_case(b"websocket")).then(|| value.clone())
}

/// The headers that `Connection` names.
fn hop_names(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
}

/// Drops the headers that end with this hop (RFC 9110 §7.6.1).
fn drop_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = hop_names(headers).collect();
    for name in named {
        // What says how the message is framed is the server's to take in and the client's to write anew.
        if ![header::HOST, header::CONTENT_LENGTH].contains(&name) {
            headers.remove(name);
        }
    }
    for name in [
        header::CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ] {
        headers.remove(name);
    }
}

/// Says whose request it is; what an untrusted peer says of that is dropped, under every alias (rule G5).
fn forwarded(headers: &mut HeaderMap, sender: &Sender<'_>) {
    let proto = HeaderName::from_static("x-forwarded-proto");
    let host = HeaderName::from_static("x-forwarded-host");
    if !sender.trusted {
        drop_headers(headers, |name| {
            ["forwarded", "xforwarded", "xrealip"].iter().any(|b| reads_as(name, b))
        });
    }
    let before: Vec<&str> = headers
        .get_all(&FORWARDED_FOR)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .collect();
    let peer = sender.peer.to_canonical().to_string();
    let all = before.into_iter().chain([&*peer]).collect::<Vec<_>>().join(", ");
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(FORWARDED_FOR, all);
    }
    if !headers.contains_key(&proto) {
        headers.insert(proto, HeaderValue::from_static("http"));
    }
    if let Some(value) = headers.get(header::HOST).cloned()
        && !headers.contains_key(&host)
    {
        headers.insert(host, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&str, &str)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn an_upstream_is_a_server_and_nothing_more() {
        let seconds = Duration::from_secs(1);
        for good in ["http://127.0.0.1:3000", "http://tool/", "http://[::1]:80"] {
            assert!(Upstream::new(good, seconds).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "127.0.0.1:3000",
            "https://tool",
            "http://tool/base",
            "http://tool?x",
            "http://u:p@tool",
            "ftp://tool",
        ] {
            assert!(Upstream::new(bad, seconds).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_of_the_hop_are_dropped_with_all_that_connection_names() {
        let mut all = headers(&[
            ("connection", "close, X-One"),
            ("connection", " x-two ,, bad name,host,content-length"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-three", "3"),
            ("te", "trailers"),
            ("keep-alive", "5"),
            ("upgrade", "h2c"),
            ("host", "tool"),
            ("content-length", "0"),
        ]);
        drop_hop(&mut all);
        let mut left: Vec<&str> = all.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["content-length", "host", "x-three"]);
    }

    #[test]
    fn only_websocket_is_switched_to() {
        for (lines, switches) in [
            (&[("connection", "Upgrade"), ("upgrade", "WebSocket")][..], true),
            (&[("connection", "keep-alive, upgrade"), ("upgrade", "websocket")], true),
            (&[("connection", "upgrade"), ("upgrade", "h2c")], false),
            (&[("connection", "upgrade"), ("upgrade", "websocket, h2c")], false),
            (&[("upgrade", "websocket")], false),
            (
                &[("connection", "upgrade"), ("upgrade", "websocket"), ("upgrade", "h2c")],
                false,
            ),
            (&[], false),
        ] {
            let mut all = HeaderMap::new();
            for (name, value) in lines {
                all.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(upgrade(&all).is_some(), switches, "{lines:?}");
        }
    }
}
