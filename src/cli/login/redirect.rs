//! The redirect URI: a loopback port, or an external page (rule L1).
//!
//! The platform compares a redirect URI byte by byte (RFC 9700 §2.1), so that nothing here normalizes what the user wrote;
//! only an omitted port is filled in (RFC 8252 §7.3).

use url::{Url, form_urlencoded};

/// A parsed redirect URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedirectUri {
    /// A loopback port, which [`CallbackListener`](super::loopback::CallbackListener) listens on.
    Loopback {
        /// The address as the redirect URI spells it.
        host: LoopbackHost,
        /// The port; 0 for any free one.
        port: u16,
        /// The path that the browser requests, for example `/callback`.
        path: String,
        /// What follows the port in the redirect URI, as the user wrote it: path and query.
        suffix: String,
    },
    /// An external page, from which the user copies the URL: nothing listens here.
    External {
        /// The redirect URI as the user wrote it.
        uri: String,
    },
}

/// The loopback address of a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackHost {
    /// `127.0.0.1`, and `[::1]` where there is no IPv4.
    Any,
    /// `127.0.0.1`.
    V4,
    /// `[::1]`.
    V6,
    /// `localhost`: both families, because a browser may take either.
    Localhost,
}

/// The path of the default redirect URI.
const DEFAULT_PATH: &str = "/callback";

/// Parameters of the authorization response. A redirect URI must not have them, as the callback would repeat them.
const RESPONSE_PARAMETERS: [&str; 4] = ["code", "state", "error", "iss"];

/// Parses `--redirect-uri` and `--port`; port 0 counts as omitted. The default is `http://127.0.0.1:PORT/callback`.
///
/// # Errors
///
/// The message of a usage error: a fragment (RFC 6749 §3.1.2), a user name or password, a port that
/// contradicts `--port`, plain `http://` to another machine, a scheme other than `http` and `https`.
pub fn parse(redirect_uri: Option<&str>, port: Option<u16>) -> Result<RedirectUri, String> {
    let port = port.filter(|port| *port != 0);
    let Some(uri) = redirect_uri else {
        return Ok(RedirectUri::Loopback {
            host: LoopbackHost::Any,
            port: port.unwrap_or(0),
            path: DEFAULT_PATH.to_owned(),
            suffix: DEFAULT_PATH.to_owned(),
        });
    };
    // A URL parser accepts these; a platform that compares bytes does not.
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('\\') {
        return Err("the redirect URI has a character that must be percent-encoded".to_owned());
    }
    let url = Url::parse(uri).map_err(|reason| format!("`{uri}` is not a URL: {reason}"))?;
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return Err("the redirect URI must not have a user name or password".to_owned());
    }
    if url.fragment().is_some() {
        return Err(format!("the redirect URI `{uri}` must not have a fragment (`#…`)"));
    }
    let reserved = form_urlencoded::parse(url.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| RESPONSE_PARAMETERS.contains(&name.as_ref()));
    if let Some((name, _)) = reserved {
        return Err(format!(
            "the redirect URI must not have a parameter `{name}`, the platform adds its own"
        ));
    }
    match (url.scheme(), port) {
        ("http", _) => loopback(uri, &url, port),
        ("https", None) => Ok(RedirectUri::External { uri: uri.to_owned() }),
        ("https", Some(port)) => Err(format!(
            "port {port} does not apply to `{uri}`, which is not on a loopback address"
        )),
        _ => Err(format!(
            "the redirect URI `{uri}` must begin with `http://` or `https://`"
        )),
    }
}

/// An `http://` redirect URI: one of the three loopback hosts, or an error.
fn loopback(uri: &str, url: &Url, port_option: Option<u16>) -> Result<RedirectUri, String> {
    let authority = authority(uri);
    let suffix = uri.split_once(authority).map(|(_, suffix)| suffix).unwrap_or_default();
    let not_loopback =
        || format!("`http://` is accepted for `127.0.0.1`, `[::1]` and `localhost` only, and `{uri}` is none of them");
    let (host, rest) = [
        ("127.0.0.1", LoopbackHost::V4),
        ("[::1]", LoopbackHost::V6),
        ("localhost", LoopbackHost::Localhost),
    ]
    .into_iter()
    .find_map(|(text, host)| Some((host, authority.strip_prefix(text)?)))
    .filter(|(_, rest)| rest.is_empty() || rest.starts_with(':'))
    .ok_or_else(not_loopback)?;

    let written = match rest.strip_prefix(':') {
        None => None,
        Some(digits) => Some(
            digits
                .parse::<u16>()
                .ok()
                // `:08400` is port 8400 to a browser, and a different URI to the platform.
                .filter(|port| port.to_string() == digits)
                .ok_or_else(|| format!("`{digits}` in `{uri}` is not a port"))?,
        ),
    };
    let port = match (written.filter(|port| *port != 0), port_option) {
        (Some(written), Some(option)) if written != option => {
            return Err(format!("`{uri}` has port {written}, which contradicts port {option}"));
        }
        (written, option) => written.or(option).unwrap_or(0),
    };
    Ok(RedirectUri::Loopback {
        host,
        port,
        path: url.path().to_owned(),
        suffix: suffix.to_owned(),
    })
}

/// What is between `://` and the path, as written.
fn authority(uri: &str) -> &str {
    let after_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback_of(uri: &str, port: Option<u16>) -> (LoopbackHost, u16, String, String) {
        match parse(Some(uri), port).unwrap() {
            RedirectUri::Loopback {
                host,
                port,
                path,
                suffix,
            } => (host, port, path, suffix),
            RedirectUri::External { uri } => panic!("{uri}"),
        }
    }

    #[test]
    fn l1_the_default_redirect_uri_is_an_ip_literal_and_a_free_port() {
        for port in [None, Some(0)] {
            let default = parse(None, port).unwrap();
            assert_eq!(
                default,
                RedirectUri::Loopback {
                    host: LoopbackHost::Any,
                    port: 0,
                    path: "/callback".into(),
                    suffix: "/callback".into(),
                }
            );
        }
        assert!(matches!(
            parse(None, Some(8400)),
            Ok(RedirectUri::Loopback { port: 8400, .. })
        ));
    }

    #[test]
    fn l1_the_users_spelling_is_kept_and_the_path_is_normalized_as_browsers_do() {
        let (host, port, path, suffix) = loopback_of("http://127.0.0.1:8400/a/./b?x=1", None);
        assert_eq!((host, port), (LoopbackHost::V4, 8400));
        assert_eq!((path.as_str(), suffix.as_str()), ("/a/b", "/a/./b?x=1"));

        let (host, port, path, suffix) = loopback_of("http://[::1]:80", None);
        assert_eq!((host, port), (LoopbackHost::V6, 80));
        assert_eq!((path.as_str(), suffix.as_str()), ("/", ""));

        let (host, port, path, suffix) = loopback_of("http://localhost?tenant=a", Some(8400));
        assert_eq!((host, port), (LoopbackHost::Localhost, 8400));
        assert_eq!((path.as_str(), suffix.as_str()), ("/", "?tenant=a"));

        assert_eq!(loopback_of("http://127.0.0.1/127.0.0.1", None).3, "/127.0.0.1");
        assert_eq!(loopback_of("http://127.0.0.1:0/cb", None).1, 0);
        assert_eq!(loopback_of("http://127.0.0.1:8400/cb", Some(8400)).1, 8400);
    }

    #[test]
    fn an_https_redirect_uri_is_external() {
        let uri = "https://tools.example/Signed%2Din?x=1";
        let external = parse(Some(uri), None);
        assert_eq!(external, Ok(RedirectUri::External { uri: uri.into() }));
    }

    #[test]
    fn l1_an_invalid_redirect_uri_is_refused_with_the_reason() {
        for (uri, port, reason) in [
            ("http://127.0.0.1/cb#x", None, "fragment"),
            ("http://127.0.0.1/cb#", None, "fragment"),
            ("https://tools.example/#", None, "fragment"),
            ("http://me@127.0.0.1/cb", None, "user name"),
            ("http://me:pw@127.0.0.1/cb", None, "user name"),
            ("http://@127.0.0.1/cb", None, "user name"),
            ("http://127.0.0.1:1@evil.example/cb", None, "user name"),
            ("http://127.0.0.1:8400/cb", Some(8401), "port 8400"),
            ("https://tools.example/cb", Some(8400), "port 8400"),
            ("http://tools.example/cb", None, "none of them"),
            ("http://127.0.0.1.evil.example/cb", None, "none of them"),
            ("http://localhost.evil.example/cb", None, "none of them"),
            ("http://localhostess/cb", None, "none of them"),
            ("http://127.1/cb", None, "none of them"),
            ("http://0x7f000001/cb", None, "none of them"),
            ("http://2130706433/cb", None, "none of them"),
            ("http://0.0.0.0/cb", None, "none of them"),
            ("http://LOCALHOST/cb", None, "none of them"),
            ("http:127.0.0.1/cb", None, "none of them"),
            ("http://127.0.0.1:08400/cb", None, "not a port"),
            ("http://127.0.0.1:/cb", None, "not a port"),
            ("http://127.0.0.1:65536/cb", None, "not a URL"),
            ("http://127.0.0.1/c b", None, "percent-encoded"),
            ("http://127.0.0.1/cb\n", None, "percent-encoded"),
            ("http://127.0.0.1\\cb", None, "percent-encoded"),
            ("http://127.0.0.1/ä", None, "percent-encoded"),
            ("http://127.0.0.1/cb?code=1", None, "`code`"),
            ("http://127.0.0.1/cb?st%61te=1", None, "`state`"),
            ("myapp://callback", None, "must begin"),
            ("urn:ietf:wg:oauth:2.0:oob", None, "must begin"),
            ("javascript:alert(1)", None, "must begin"),
            ("file:///etc/passwd", None, "must begin"),
            ("127.0.0.1:8400/cb", None, "not a URL"),
            ("", None, "not a URL"),
        ] {
            let refused = parse(Some(uri), port).unwrap_err();
            assert!(refused.contains(reason), "{uri}: {refused}");
            assert!(!refused.contains("pw"), "{refused}");
        }
    }
}
