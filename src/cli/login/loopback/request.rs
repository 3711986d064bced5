//! Which requests may be the callback at all: `GET` of its path, asked of its host, by a person (rule L4).

use hyper::header::{self, HeaderName};
use hyper::{Method, Request, StatusCode};

/// What a browser must ask for.
#[derive(Debug)]
pub struct Site {
    /// The host of the redirect URI.
    pub host: &'static str,
    /// Host and port.
    pub authority: String,
    /// The path of the redirect URI.
    pub path: String,
}

/// The query of a request that may be the callback, or the status that it is refused with.
pub fn callback_query<'a, B>(request: &'a Request<B>, site: &Site) -> Result<&'a str, StatusCode> {
    if !is_asked_of(site, request) {
        return Err(StatusCode::BAD_REQUEST);
    }
    if request.uri().path() != site.path {
        return Err(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::GET {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    if is_guess(request) {
        // What browsers take as "not now": they ask again when the person goes there.
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok(request.uri().query().unwrap_or_default())
}

/// Whether the request names this server as the redirect URI does. A page that got its own name to lead here (DNS rebinding)
/// brings that name.
fn is_asked_of<B>(site: &Site, request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let names_us = |name: &[u8]| {
        let leaves_the_port_out = site.authority.strip_suffix(":80") == Some(site.host);
        name.eq_ignore_ascii_case(site.authority.as_bytes())
            || (leaves_the_port_out && name.eq_ignore_ascii_case(site.host.as_bytes()))
    };
    // Browsers ask servers for `/path` and proxies for `http://host/path`; this is no proxy.
    request.uri().authority().is_none() && names_us(host.as_bytes())
}

/// Whether a browser asks ahead of the person: a prefetch must not use up the code.
fn is_guess<B>(request: &Request<B>) -> bool {
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

    fn judged(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<String, u16> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let site = Site {
            host: "127.0.0.1",
            authority: "127.0.0.1:8400".into(),
            path: "/callback".into(),
        };
        callback_query(&request.body(()).unwrap(), &site)
            .map(str::to_owned)
            .map_err(|status| status.as_u16())
    }

    const HOST: (&str, &str) = ("Host", "127.0.0.1:8400");

    #[test]
    fn a_browsers_redirect_is_let_through_with_its_query() {
        let query = judged("GET", "/callback?code=a&state=b", &[HOST]);
        assert_eq!(query, Ok("code=a&state=b".into()));
        assert_eq!(judged("GET", "/callback", &[HOST]), Ok(String::new()));
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
            let refused = judged("GET", "/callback?code=a", &[("Host", host)]);
            assert_eq!(refused, Err(400), "{host}");
        }
        assert_eq!(judged("GET", "/callback", &[]), Err(400));
        assert_eq!(judged("GET", "/callback", &[HOST, HOST]), Err(400));
        let absolute = "http://127.0.0.1:8400/callback?code=a";
        assert_eq!(judged("GET", absolute, &[HOST]), Err(400));
    }

    #[test]
    fn l4_port_80_is_left_out_by_browsers() {
        let site = Site {
            host: "localhost",
            authority: "localhost:80".into(),
            path: "/".into(),
        };
        for (host, wanted) in [("localhost", true), ("localhost:80", true), ("localhost:8", false)] {
            let request = Request::builder().uri("/").header("Host", host);
            let request = request.body(()).unwrap();
            assert_eq!(callback_query(&request, &site).is_ok(), wanted, "{host}");
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
            assert_eq!(judged("GET", target, &[HOST]), Err(404), "{target}");
        }
        for method in ["POST", "HEAD", "OPTIONS", "PUT", "TRACE", "get", "PROPFIND"] {
            assert_eq!(judged(method, "/callback?code=a", &[HOST]), Err(405), "{method}");
        }
    }

    #[test]
    fn l4_a_prefetch_does_not_use_up_the_code() {
        for guess in [
            ("Sec-Purpose", "prefetch"),
            ("Sec-Purpose", "prefetch;prerender"),
            ("Purpose", "prefetch"),
            ("X-Purpose", "preview"),
            ("X-Moz", "Prefetch"),
        ] {
            let refused = judged("GET", "/callback?code=a", &[HOST, guess]);
            assert_eq!(refused, Err(503), "{guess:?}");
        }
    }
}
