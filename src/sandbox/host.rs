//! The check of `Host`: only requests to a loopback name are answered.
//!
//! A page of another origin can let its own name resolve to 127.0.0.1 and then read what is here (DNS rebinding); the `Host`
//! header then has that name. A request whose target is ambiguous is rejected before any handler reads it.

use axum::Json;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The middleware in front of everything; it also adds `X-Content-Type-Options`.
pub(super) async fn check_host(request: Request, next: Next) -> Response {
    let error = |status, detail| (status, Json(json!({ "detail": detail }))).into_response();
    let mut response = match target_host(&request) {
        TargetHost::Loopback => next.run(request).await,
        TargetHost::Other => error(StatusCode::MISDIRECTED_REQUEST, "Misdirected Request"),
        TargetHost::Invalid => error(
            StatusCode::BAD_REQUEST,
            "Bad Request: `Host` is missing, ambiguous or invalid",
        ),
    };
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// The host that a request names.
#[derive(Debug, PartialEq, Eq)]
enum TargetHost {
    Loopback,
    Other,
    /// Missing, ambiguous or invalid, which must be answered with 400 (RFC 9112 §3.2).
    Invalid,
}

fn target_host<B>(request: &axum::http::Request<B>) -> TargetHost {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) => Some(host),
        (None, _) if request.version() < Version::HTTP_11 => None,
        _ => return TargetHost::Invalid,
    };
    // A target in absolute form, as sent to a proxy, must name the same host (RFC 9112 §3.2.2).
    let target = request.uri().authority().map(Authority::as_str);
    match (host, target) {
        (None, None) => TargetHost::Loopback,
        (Some(host), Some(target)) if !host.eq_ignore_ascii_case(target) => TargetHost::Invalid,
        (Some(name), _) | (None, Some(name)) => parse(name),
    }
}

/// Parses `host` or `host:port`.
fn parse(host: &str) -> TargetHost {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if !host.bytes().all(allowed) {
        return TargetHost::Invalid;
    }
    let Ok(url) = url::Url::parse(&format!("http://{host}/")) else {
        return TargetHost::Invalid;
    };
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if loopback {
        TargetHost::Loopback
    } else {
        TargetHost::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: &str, hosts: &[&str]) -> TargetHost {
        let mut request = axum::http::Request::builder().uri(target);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        target_host(&request.body(()).unwrap())
    }

    #[test]
    fn only_loopback_names_are_answered() {
        for host in [
            "127.0.0.1:8787",
            "127.0.0.1",
            "localhost:1",
            "LOCALHOST:1",
            "[::1]:8787",
            "127.0.0.2:1",
        ] {
            assert_eq!(of("/", &[host]), TargetHost::Loopback, "{host}");
        }
        for host in [
            "evil.example:8787",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
        ] {
            assert_eq!(of("/", &[host]), TargetHost::Other, "{host}");
        }
    }

    #[test]
    fn a_missing_ambiguous_or_invalid_host_is_rejected() {
        for host in [
            "",
            "evil@127.0.0.1",
            "127.0.0.1/evil",
            "127.0.0.1?evil",
            "127.0.0.1#evil",
            "127.0.0.1\\evil",
            "127.0.0.1, evil.example",
            "127.0.0.1:99999",
            "127.0.0.1:80:80",
            "[::1",
            "%31.0.0.1",
        ] {
            assert_eq!(of("/", &[host]), TargetHost::Invalid, "{host:?}");
        }
        assert_eq!(of("/", &[]), TargetHost::Invalid);
        assert_eq!(of("/", &["127.0.0.1", "127.0.0.1"]), TargetHost::Invalid);
        assert_eq!(of("http://evil.example/", &["127.0.0.1:1"]), TargetHost::Invalid);
        assert_eq!(of("http://u@127.0.0.1:1/", &["127.0.0.1:1"]), TargetHost::Invalid);
        assert_eq!(of("http://127.0.0.1:1/", &["127.0.0.1:1"]), TargetHost::Loopback);
        assert_eq!(of("http://evil.example/", &["evil.example"]), TargetHost::Other);
    }

    #[test]
    fn http_1_0_requires_no_host() {
        let request = |target: &str| {
            axum::http::Request::get(target)
                .version(Version::HTTP_10)
                .body(())
                .unwrap()
        };
        assert_eq!(target_host(&request("/")), TargetHost::Loopback);
        assert_eq!(target_host(&request("http://evil.example/")), TargetHost::Other);
    }
}
