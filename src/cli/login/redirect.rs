//! Where the platform sends the browser when it has decided: a port of this machine, or a place that is not ours (rule L1).
//!
//! A redirect URI is compared byte for byte by the platform (RFC 9700 §2.1), so that nothing here normalizes what the
//! user wrote; only the port is filled in where they left it open (RFC 8252 §7.3).

use url::{Url, form_urlencoded};

/// Where the callback comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// A port of this machine, which [`Loopback`](super::loopback::Loopback) listens on.
    Loopback {
        /// The address as the redirect URI spells it.
        host: LoopbackHost,
        /// The port, 0 for any that is free.
        port: u16,
        /// The path that a browser asks for, for example `/callback`.
        path: String,
        /// What follows the port in the redirect URI, as the user wrote it: path and query.
        tail: String,
    },
    /// A page of somebody else's, from which the person copies the URL: nothing listens here.
    Elsewhere {
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

/// The path of a redirect URI that we choose ourselves.
const DEFAULT_PATH: &str = "/callback";

/// Parameters of the platform's answer, which a redirect URI must not bring along: the callback would hold two of them.
const ANSWER_PARAMETERS: [&str; 4] = ["code", "state", "error", "iss"];

/// Reads `--redirect-uri` and `--port`; port 0 is no port. Without a redirect URI it is ours: `http://127.0.0.1:PORT/callback`.
///
/// # Errors
///
/// What is wrong with the two, in words, for a usage error: a fragment (RFC 6749 §3.1.2), a user name or password, a port that
/// contradicts `--port`, plain `http://` to another machine, a scheme that no page can be opened with.
pub fn parse(redirect_uri: Option<&str>, port: Option<u16>) -> Result<Redirect, String> {
    let port = port.filter(|port| *port != 0);
    let Some(uri) = redirect_uri else {
        return Ok(Redirect::Loopback {
            host: LoopbackHost::Any,
            port: port.unwrap_or(0),
            path: DEFAULT_PATH.to_owned(),
            tail: DEFAULT_PATH.to_owned(),
        });
    };
    // A URL parser forgives these and reads on; a platform that compares bytes does not.
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('\\') {
        return Err("the redirect URI holds a character that must be percent-encoded".to_owned());
    }
    let url = Url::parse(uri).map_err(|reason| format!("`{uri}` is not a URL: {reason}"))?;
    if !url.username().is_empty() || url.password().is_some() || authority(uri).contains('@') {
        return Err("the redirect URI must not hold a user name or password".to_owned());
    }
    if url.fragment().is_some() {
        return Err(format!("the redirect URI `{uri}` must not have a fragment (`#…`)"));
    }
    let taken = form_urlencoded::parse(url.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| ANSWER_PARAMETERS.contains(&name.as_ref()));
    if let Some((name, _)) = taken {
        return Err(format!(
            "the redirect URI must not have a parameter `{name}`, the platform adds its own"
        ));
    }
    match (url.scheme(), port) {
        ("http", _) => loopback(uri, &url, port),
        ("https", None) => Ok(Redirect::Elsewhere { uri: uri.to_owned() }),
        ("https", Some(port)) => Err(format!(
            "port {port} is of no use with `{uri}`, which is not on this machine's loopback address"
        )),
        _ => Err(format!(
            "the redirect URI `{uri}` must begin with `http://` or `https://`"
        )),
    }
}

/// An `http://` redirect URI: one of three spellings of this machine, or refused.
fn loopback(uri: &str, url: &Url, asked: Option<u16>) -> Result<Redirect, String> {
    let authority = authority(uri);
    let tail = uri.split_once(authority).map(|(_, tail)| tail).unwrap_or_default();
    let elsewhere =
        || format!("`http://` is accepted for `127.0.0.1`, `[::1]` and `localhost` only, and `{uri}` is none of them");
    let (host, rest) = [
        ("127.0.0.1", LoopbackHost::V4),
        ("[::1]", LoopbackHost::V6),
        ("localhost", LoopbackHost::Localhost),
    ]
    .into_iter()
    .find_map(|(text, host)| Some((host, authority.strip_prefix(text)?)))
    .filter(|(_, rest)| rest.is_empty() || rest.starts_with(':'))
    .ok_or_else(elsewhere)?;

    let written = match rest.strip_prefix(':') {
        None => None,
        Some(digits) => Some(
            digits
                .parse::<u16>()
                .ok()
                // `:08400` names port 8400 to a browser and is another URI to the platform.
                .filter(|port| port.to_string() == digits)
                .ok_or_else(|| format!("`{digits}` in `{uri}` is not a port"))?,
        ),
    };
    let port = match (written.filter(|port| *port != 0), asked) {
        (Some(written), Some(asked)) if written != asked => {
            return Err(format!(
                "`{uri}` has port {written}, and port {asked} is asked for beside it"
            ));
        }
        (written, asked) => written.or(asked).unwrap_or(0),
    };
    Ok(Redirect::Loopback {
        host,
        port,
        path: url.path().to_owned(),
        tail: tail.to_owned(),
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
            Redirect::Loopback { host, port, path, tail } => (host, port, path, tail),
            Redirect::Elsewhere { uri } => panic!("{uri}"),
        }
    }

    #[test]
    fn l1_without_a_redirect_uri_it_is_an_ip_literal_and_a_free_port() {
        for port in [None, Some(0)] {
            let ours = parse(None, port).unwrap();
            assert_eq!(
                ours,
                Redirect::Loopback {
                    host: LoopbackHost::Any,
                    port: 0,
                    path: "/callback".into(),
                    tail: "/callback".into(),
                }
            );
        }
        assert!(matches!(
            parse(None, Some(8400)),
            Ok(Redirect::Loopback { port: 8400, .. })
        ));
    }

    #[test]
    fn l1_the_users_spelling_is_kept_and_the_path_is_what_a_browser_asks_for() {
        let (host, port, path, tail) = loopback_of("http://127.0.0.1:8400/a/./b?x=1", None);
        assert_eq!((host, port), (LoopbackHost::V4, 8400));
        assert_eq!((path.as_str(), tail.as_str()), ("/a/b", "/a/./b?x=1"));

        let (host, port, path, tail) = loopback_of("http://[::1]:80", None);
        assert_eq!((host, port), (LoopbackHost::V6, 80));
        assert_eq!((path.as_str(), tail.as_str()), ("/", ""));

        let (host, port, path, tail) = loopback_of("http://localhost?tenant=a", Some(8400));
        assert_eq!((host, port), (LoopbackHost::Localhost, 8400));
        assert_eq!((path.as_str(), tail.as_str()), ("/", "?tenant=a"));

        assert_eq!(loopback_of("http://127.0.0.1/127.0.0.1", None).3, "/127.0.0.1");
        assert_eq!(loopback_of("http://127.0.0.1:0/cb", None).1, 0);
        assert_eq!(loopback_of("http://127.0.0.1:8400/cb", Some(8400)).1, 8400);
    }

    #[test]
    fn a_page_elsewhere_is_for_pasting() {
        let uri = "https://tools.example/Signed%2Din?x=1";
        let elsewhere = parse(Some(uri), None);
        assert_eq!(elsewhere, Ok(Redirect::Elsewhere { uri: uri.into() }));
    }

    #[test]
    fn l1_what_cannot_be_a_callback_is_refused_with_the_reason() {
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
