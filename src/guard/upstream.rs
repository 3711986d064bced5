//! The guard as a reverse proxy: granted requests are forwarded to the tool, with both bodies streamed (RFC 9110 §7.6).
//!
//! hyper's own client and server do it: the proxy crates that exist either rewrite more than this or bring a server of their
//! own. The order matters, so that nothing that a client sends can undo a later step: hop-by-hop headers are removed, with
//! those that `Connection` names; then identity headers, and forwarding headers that no trusted proxy set; then the guard
//! sets its own. Everything else is forwarded unchanged, `Host` and `Authorization` included.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::headers::{
    X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO, remove_forwarding, remove_hop_by_hop, remove_identity,
    websocket_upgrade,
};
use super::identity::Identity;

/// How long connecting to the upstream may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The body of a response: the guard's own, or the upstream's, as it arrives.
pub(super) type Body = Either<Full<Bytes>, Incoming>;

/// The server that granted requests are forwarded to.
#[derive(Debug, Clone)]
pub struct Upstream {
    authority: Authority,
    timeout: Duration,
    client: Client<HttpConnector, Incoming>,
}

/// Why a URL cannot be an upstream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid upstream `{url}`: {reason}")]
pub struct InvalidUpstream {
    url: String,
    reason: &'static str,
}

/// Why there is no response from the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum UpstreamError {
    #[error("the upstream could not be reached, or closed the connection without a response")]
    Unreachable,
    #[error("the upstream did not respond in time")]
    TimedOut,
}

impl UpstreamError {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unreachable => StatusCode::BAD_GATEWAY,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

/// Why a request cannot be forwarded, whichever client sends it: the guard and the tool could read it differently.
pub(super) fn not_forwardable<B>(request: &Request<B>) -> Option<(StatusCode, &'static str)> {
    if request.method() == Method::CONNECT {
        // Nothing that is sent through a tunnel would be authenticated.
        return Some((StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"));
    }
    let hosts = request.headers().get_all(header::HOST).iter().count();
    // HTTP/1.0 does not require `Host` (RFC 9112 §3.2).
    let valid = hosts == 1 || hosts == 0 && request.version() == Version::HTTP_10;
    (!valid).then_some((StatusCode::BAD_REQUEST, "a request needs exactly one Host header"))
}

/// Where a request comes from, and whose it is.
pub(super) struct Origin<'o> {
    pub peer: IpAddr,
    /// Whether the peer is a trusted proxy.
    pub is_trusted: bool,
    pub identity: &'o Identity,
}

/// A URL as an error repeats it: without what stands before the `@`, which may be a password.
fn without_credentials(url: &str) -> String {
    let Some((before, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphabetic()) => format!("{scheme}://[redacted]@{host}"),
        _ => format!("[redacted]@{host}"),
    }
}

impl Upstream {
    /// The server at an `http://` URL without path and query. It has to begin its response within `timeout`; the body may
    /// take longer.
    ///
    /// # Errors
    /// [`InvalidUpstream`] says what the URL has that is not supported.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, InvalidUpstream> {
        let invalid = |reason| InvalidUpstream {
            url: without_credentials(url),
            reason,
        };
        let uri = Uri::from_str(url).map_err(|_| invalid("not a URL; write it as `http://127.0.0.1:3000`"))?;
        if uri.scheme() != Some(&Scheme::HTTP) {
            return Err(invalid("only `http://` is supported"));
        }
        let authority = uri.authority().cloned().ok_or_else(|| invalid("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(invalid("credentials in the URL are not supported"));
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(invalid(
                "a path or query is not supported; the path of each request is forwarded unchanged",
            ));
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

    /// Forwards a request; the body of the response arrives as the upstream sends it.
    pub(super) async fn forward(
        &self,
        mut request: Request<Incoming>,
        origin: Origin<'_>,
    ) -> Result<Response<Body>, UpstreamError> {
        let protocol = websocket_upgrade(request.headers());
        let client_side = protocol.as_ref().map(|_| hyper::upgrade::on(&mut request));
        let request = self.rewrite(request, &origin, protocol.as_ref())?;
        let response = tokio::time::timeout(self.timeout, self.client.request(request)).await;
        let mut response = response
            .map_err(|_| UpstreamError::TimedOut)?
            .map_err(|error| UpstreamError::from(&error))?;
        let switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        match (switched, client_side) {
            (false, _) => {}
            // The client did not ask for another protocol, and would not speak it.
            (true, None) => return Err(UpstreamError::Unreachable),
            (true, Some(client_side)) => {
                let upstream_side = hyper::upgrade::on(&mut response);
                tokio::spawn(async move {
                    if let (Ok(client), Ok(upstream)) = (client_side.await, upstream_side.await) {
                        let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
                        // When one side closes, the other one's stream ends as well.
                        tokio::io::copy_bidirectional(&mut client, &mut upstream).await.ok();
                    }
                });
            }
        }
        let headers = response.headers_mut();
        remove_hop_by_hop(headers);
        if switched && let Some(protocol) = protocol {
            set_upgrade(headers, protocol);
        }
        Ok(response.map(Either::Right))
    }

    /// The request as it is sent to the upstream.
    fn rewrite(
        &self,
        request: Request<Incoming>,
        origin: &Origin<'_>,
        protocol: Option<&HeaderValue>,
    ) -> Result<Request<Incoming>, UpstreamError> {
        let (mut parts, body) = request.into_parts();
        // The host of a target in absolute form replaces the `Host` header (RFC 9112 §3.2.2).
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
        parts.uri = Uri::from_parts(target).map_err(|_| UpstreamError::Unreachable)?;
        parts.version = Version::HTTP_11;
        let headers = &mut parts.headers;
        remove_hop_by_hop(headers);
        headers.remove(header::EXPECT);
        remove_identity(headers);
        remove_forwarding(headers, origin.is_trusted);
        set_forwarding(headers, origin.peer);
        origin.identity.set(headers);
        if let Some(protocol) = protocol {
            set_upgrade(headers, protocol.clone());
        }
        Ok(Request::from_parts(parts, body))
    }
}

impl From<&hyper_util::client::legacy::Error> for UpstreamError {
    /// A connection that was not established in time is a timeout; every other error is not.
    fn from(error: &hyper_util::client::legacy::Error) -> Self {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            let io = error.downcast_ref::<std::io::Error>();
            if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
                return Self::TimedOut;
            }
            cause = error.source();
        }
        Self::Unreachable
    }
}

fn set_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

/// Sets the forwarding headers, after those of untrusted origin were removed (rule G5).
fn set_forwarding(headers: &mut HeaderMap, peer: IpAddr) {
    let before: Vec<&str> = headers
        .get_all(&X_FORWARDED_FOR)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .collect();
    let peer = peer.to_canonical().to_string();
    let all = before.into_iter().chain([&*peer]).collect::<Vec<_>>().join(", ");
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(X_FORWARDED_FOR, all);
    }
    if !headers.contains_key(&X_FORWARDED_PROTO) {
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static("http"));
    }
    if let Some(value) = headers.get(header::HOST).cloned()
        && !headers.contains_key(&X_FORWARDED_HOST)
    {
        headers.insert(X_FORWARDED_HOST, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_an_http_url_without_path_query_or_credentials() {
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
    fn n7_an_error_does_not_repeat_the_password_of_a_url() {
        for bad in [
            "http://u:canary@tool",
            "https://u:canary@tool/x",
            "http://u:can ary@tool",
            "http://u:p@canary@tool:x",
            "u:canary@tool",
            "u:canary://@tool",
        ] {
            let error = Upstream::new(bad, Duration::from_secs(1)).err().unwrap().to_string();
            assert!(error.contains("[redacted]@tool") && !error.contains("ary"), "{error}");
        }
    }
}
