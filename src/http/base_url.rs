//! The platform's base URL: checked once, so that no later code can send a token unencrypted.

use std::fmt;

use url::{Host, Url};

use crate::error::{AuthError, ErrorCode};

/// A base URL that tokens may be sent to: `https://`, or `http://` to a loopback host.
///
/// Trailing slashes are dropped, as the SDK does; a path is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    text: String,
}

impl BaseUrl {
    /// Reads and checks a base URL.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where it is not an absolute URL, is `http://` to another machine, or contains a user name,
    /// password, query or fragment.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        Self::named("base URL", text)
    }

    fn named(what: &str, text: &str) -> Result<Self, AuthError> {
        let refuse = |why: &str| AuthError::new(ErrorCode::Config, format!("the {what} {why}"));
        let text = text.trim();
        if text.contains('@') {
            // Before anything quotes it: what precedes the `@` may be a password.
            return Err(refuse(
                "contains a user name or password, or an `@` that looks like one",
            ));
        }
        let url = Url::parse(text).map_err(|e| {
            refuse(&if text.contains("://") {
                format!("`{text}` is not a URL: {e}")
            } else {
                format!("`{text}` is not a URL: it has to begin with `https://`")
            })
        })?;
        match (url.scheme(), url.host()) {
            ("https", Some(_)) => {}
            ("http", Some(host)) if is_loopback(&host) => {}
            ("http", Some(_)) => {
                return Err(refuse(&format!(
                    "`{text}` would send tokens unencrypted: `http://` is for this machine only"
                )));
            }
            _ => return Err(refuse(&format!("`{text}` has to begin with `https://`"))),
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse(&format!("`{text}` contains a query or fragment")));
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }

    /// Splits the URL of one document into its server, and the path and query there.
    ///
    /// # Errors
    /// As [`Self::parse`], except that it may have a query.
    pub(crate) fn of_document(what: &str, text: &str) -> Result<(Self, String), AuthError> {
        let text = text.trim();
        let (bare, query) = text.split_at(text.find('?').unwrap_or(text.len()));
        let document = Self::named(what, bare)?;
        if query.contains('#') {
            return Err(AuthError::new(
                ErrorCode::Config,
                format!("the {what} contains a fragment"),
            ));
        }
        let server = Self::named(what, &document.url.origin().ascii_serialization())?;
        Ok((server, format!("{}{query}", document.url.path())))
    }

    /// The URL without trailing slashes.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, with its port where it is not the scheme's own.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The host as a resolver takes it, and the port.
    pub(crate) fn address(&self) -> (&str, u16) {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        (host.trim_start_matches('[').trim_end_matches(']'), port)
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        self.url.host().is_some_and(|host| is_loopback(&host))
    }

    /// Whether it is `http://`, which only loopback hosts can be.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The URL of an endpoint; `path` begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a host is this machine: 127.0.0.0/8, `::1` and `localhost`. Names below `localhost` are not: a resolver that
/// does not implement RFC 6761 §6.3 asks the DNS for them, and the host that it names would get the tokens.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://noesis.example",
            "https://noesis.example:8443/api/",
            "http://127.0.0.1:8787",
            "http://127.8.9.1",
            "http://[::1]:1",
            "http://localhost:80/",
        ] {
            BaseUrl::parse(good).unwrap_or_else(|e| panic!("{good}: {e}"));
        }
        for bad in [
            "http://noesis.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://a.localhost",
            "http://[::ffff:10.0.0.1]",
            "ftp://noesis.example",
            "file:///etc/passwd",
            "noesis.example",
            "",
            "https://",
            "https://user@noesis.example",
            "https://u:p@noesis.example",
            "https://noesis.example/?a=b",
            "https://noesis.example/#x",
        ] {
            let error = BaseUrl::parse(bad).expect_err(bad);
            assert_eq!(error.code, ErrorCode::Config, "{bad}");
        }
    }

    #[test]
    fn trailing_slashes_are_dropped_and_a_path_is_kept() {
        let base = BaseUrl::parse("https://noesis.example/platform//").unwrap();
        assert_eq!(base.as_str(), "https://noesis.example/platform");
        assert_eq!(base.join("/oauth/token"), "https://noesis.example/platform/oauth/token");
    }

    #[test]
    fn a_password_in_the_url_is_not_repeated_in_the_error() {
        for url in [
            "https://ada:canary@noesis.example",
            "https://ada:canary@noesis example",
            "ada:canary@x",
        ] {
            let error = BaseUrl::parse(url).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
