//! Which requests may be the callback: `GET` of its path and host, not a prefetch (rule L4).

use hyper::header::{self, HeaderName};
use hyper::{Method, Request, StatusCode};

/// What a callback request must name.
#[derive(Debug)]
pub struct CallbackEndpoint {
    /// The host of the redirect URI.
    pub host: &'static str,
    /// Host and port.
    pub authority: String,
    /// The path of the redirect URI.
    pub path: String,
}

/// The query of a request that may be the callback, or the status of its refusal.
pub fn callback_query<'a, B>(request: &'a Request<B>, endpoint: &CallbackEndpoint) -> Result<&'a str, StatusCode> {
    if !names_endpoint(endpoint, request) {
        return Err(StatusCode::BAD_REQUEST);
    }
    if request.uri().path() != endpoint.path {
        return Err(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::GET {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    if is_prefetch(request) {
        // Browsers take this as "not now", and repeat the request when the user opens the page.
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok(request.uri().query().unwrap_or_default())
}

/// Whether the `Host` of the request is that of the redirect URI. A page that reaches this port by DNS rebinding sends its own
/// name.
fn names_endpoint<B>(endpoint: &CallbackEndpoint, request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_ours = |name: &[u8]| {
        let may_omit_port = endpoint.authority.strip_suffix(":80") == Some(endpoint.host);
        name.eq_ignore_ascii_case(endpoint.authority.as_bytes())
            || (may_omit_port && name.eq_ignore_ascii_case(endpoint.host.as_bytes()))
    };
    // The absolute form of a request target is for proxies (RFC 9112 §3.2.2).
    request.uri().authority().is_none() && is_ours(host.as_bytes())
}

/// Whether the browser sends the request ahead of the user: a prefetch must not use up the code.
fn is_prefetch<B>(request: &Request<B>) -> bool {
    [
        HeaderName::from_static("sec-purpose"),
        HeaderName::from_static("purpose"),
        HeaderName::from_static("x-purpose"),
        HeaderName::from_static("x-moz"),
    ]
    .iter()
    .flat_map(|name| request.headers().get_all(name))
    .any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        let value = String::from_utf8_lossy(&value);
        ["prefetch", "prerender", "preview"]
            .iter()
            .any(|purpose| value.contains(purpose))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<String, u16> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let endpoint = CallbackEndpoint {
            host: "127.0.0.1",
            authority: "127.0.0.1:8400".into(),
            path: "/callback".into(),
        };
        callback_query(&request.body(()).unwrap(), &endpoint)
            .map(str::to_owned)
            .map_err(|status| status.as_u16())
    }

    const HOST: (&str, &str) = ("Host", "127.0.0.1:8400");

    #[test]
    fn a_redirected_browsers_query_is_returned() {
        let query = query_of("GET", "/callback?code=a&state=b", &[HOST]);
        assert_eq!(query, Ok("code=a&state=b".into()));
        assert_eq!(query_of("GET", "/callback", &[HOST]), Ok(String::new()));
    }

    #[test]
    fn l4_another_host_is_refused() {
        for host in [
            "localhost:8400",
            "127.0.0.1",
            "127.0.0.1:8401",
            "127.0.0.1:84000",
            "127.0.0.1:8400.evil.example",
            "evil.example",
            "evil.example:8400",
            "[::1]:8400",
            "",
        ] {
            let refused = query_of("GET", "/callback?code=a", &[("Host", host)]);
            assert_eq!(refused, Err(400), "{host}");
        }
        assert_eq!(query_of("GET", "/callback", &[]), Err(400));
        assert_eq!(query_of("GET", "/callback", &[HOST, HOST]), Err(400));
        let absolute = "http://127.0.0.1:8400/callback?code=a";
        assert_eq!(query_of("GET", absolute, &[HOST]), Err(400));
    }

    #[test]
    fn l4_a_host_without_port_80_is_accepted_as_browsers_omit_it() {
        let endpoint = CallbackEndpoint {
            host: "localhost",
            authority: "localhost:80".into(),
            path: "/".into(),
        };
        for (host, wanted) in [("localhost", true), ("localhost:80", true), ("localhost:8", false)] {
            let request = Request::builder().uri("/").header("Host", host);
            let request = request.body(()).unwrap();
            assert_eq!(callback_query(&request, &endpoint).is_ok(), wanted, "{host}");
        }
    }

    #[test]
    fn l4_another_path_or_method_is_refused() {
        for target in [
            "/",
            "/favicon.ico",
            "/callback/",
            "/Callback",
            "/callback%20",
            "//callback",
            "*",
        ] {
            assert_eq!(query_of("GET", target, &[HOST]), Err(404), "{target}");
        }
        for method in ["POST", "HEAD", "OPTIONS", "PUT", "TRACE", "get", "PROPFIND"] {
            assert_eq!(query_of(method, "/callback?code=a", &[HOST]), Err(405), "{method}");
        }
    }

    #[test]
    fn l4_a_prefetch_does_not_use_up_the_code() {
        for header in [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("Purpose", "prefetch"),
            ("X-Purpose", "preview"),
            ("X-Moz", "Prefetch"),
        ] {
            let refused = query_of("GET", "/callback?code=a", &[HOST, header]);
            assert_eq!(refused, Err(503), "{header:?}");
        }
    }
}
