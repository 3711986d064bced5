//! What the environment says of the network: the proxy of a request, and where the certificates of authorities are. Read here
//! alone, for the client and for `noesis doctor`.

use std::ffi::{OsStr, OsString};

use url::Url;

use super::base_url::BaseUrl;
use super::no_proxy::exempts;
use crate::Secret;
use crate::error::{AuthError, ErrorCode, Involved};

/// The environment, as a function from a variable's name to its value.
type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The variables that name a proxy, and whether it is one for `https://`; of those, the first that is set wins. A proxy for
/// `http://` is never used, as that is for loopback alone, but a mistake in it is one all the same.
const PROXIES: [(&str, bool); 6] = [
    ("HTTPS_PROXY", true),
    ("https_proxy", true),
    ("ALL_PROXY", true),
    ("all_proxy", true),
    ("HTTP_PROXY", false),
    ("http_proxy", false),
];

/// The variables that exempt hosts, the first that is set wins.
const EXEMPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The schemes of a proxy's URL: as it is written, as the client has it, and the default port. `socks://`, which desktops
/// write, is SOCKS 5, with names resolved by the proxy.
const SCHEMES: [(&str, &str, u16); 7] = [
    ("http", "http", 80),
    ("https", "https", 443),
    ("socks5h", "socks5h", 1080),
    ("socks5", "socks5", 1080),
    ("socks4a", "socks4a", 1080),
    ("socks4", "socks4", 1080),
    ("socks", "socks5h", 1080),
];

/// How a request leaves this machine.
#[derive(Debug)]
pub(crate) enum ProxyRoute {
    /// No proxy is configured, or the host is this machine.
    Direct,
    /// A proxy is configured in `proxy`, and the variable `by` exempts the host.
    #[cfg_attr(
        not(feature = "cli"),
        allow(dead_code, reason = "the program alone says why there is no proxy")
    )]
    Exempt {
        proxy: &'static str,
        by: &'static str,
    },
    Proxy(Proxy),
}

/// A proxy.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    /// The variable that configures it; `None` where it is a system setting.
    pub variable: Option<&'static str>,
    /// The host as a resolver takes it.
    pub host: String,
    pub port: u16,
    /// The URL, with user and password; `None` where it is a system setting, which the HTTP client reads itself.
    pub(super) url: Option<Secret>,
}

impl Proxy {
    /// The host and port, without user and password.
    pub fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

impl ProxyRoute {
    /// The route to a platform, as the process's environment says.
    ///
    /// # Errors
    /// [`ErrorCode::Config`] where a variable is not the URL of a proxy. It names the variable and not its value, which may hold
    /// a password.
    pub fn to(platform: &BaseUrl) -> Result<Self, AuthError> {
        Self::by(platform, &|name| std::env::var_os(name))
    }

    fn by(platform: &BaseUrl, env: Env<'_>) -> Result<Self, AuthError> {
        // A proxy would send the traffic of a loopback host, tokens included, to another machine.
        if platform.is_loopback() {
            return Ok(Self::Direct);
        }
        let mut chosen = None;
        for (variable, is_https) in PROXIES {
            if let Some(value) = set(env, variable) {
                let proxy = proxy(variable, &value)?;
                if is_https && chosen.is_none() {
                    chosen = Some((variable, proxy));
                }
            }
        }
        let Some((variable, proxy)) = chosen else {
            return Ok(of_system(platform).map_or(Self::Direct, Self::Proxy));
        };
        let (host, port) = platform.address();
        let by = EXEMPTIONS
            .into_iter()
            .find_map(|name| set(env, name).map(|value| (name, value)));
        Ok(match by {
            Some((by, list)) if exempts(&list.to_string_lossy(), host, port) => Self::Exempt { proxy: variable, by },
            _ => Self::Proxy(proxy),
        })
    }
}

/// The value of a variable; an empty one counts as unset, as for curl.
fn set(env: Env<'_>, name: &str) -> Option<OsString> {
    env(name).filter(|value| !value.to_string_lossy().trim().is_empty())
}

/// Reads the URL of a proxy; without a scheme it is `http://`.
fn proxy(variable: &'static str, value: &OsStr) -> Result<Proxy, AuthError> {
    let refuse = |why: &str| {
        let message = format!("the variable `{variable}` is not the URL of a proxy: {why}");
        AuthError::new(ErrorCode::Config, message).involving(Some(Involved::BadProxy(variable)))
    };
    let text = value.to_str().ok_or_else(|| refuse("it is not UTF-8 text"))?.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let Some((_, scheme, default)) = SCHEMES.into_iter().find(|(name, ..)| name.eq_ignore_ascii_case(scheme)) else {
        let [first @ .., last] = SCHEMES.map(|(name, ..)| format!("`{name}://`"));
        let first = first.join(", ");
        return Err(refuse(&format!("its scheme is none of {first} and {last}")));
    };
    // A URL parser drops or corrects these in silence.
    if rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') || rest.starts_with('/') {
        return Err(refuse("there is a character in it that a URL cannot have there"));
    }
    // Read with two schemes, as a parser drops a port that is the scheme's own.
    let read = |scheme: &str| Url::parse(&format!("{scheme}://{rest}")).map_err(|why| refuse(&why.to_string()));
    let (url, other) = (read("http")?, read("https")?);
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("there is something after its host and port"));
    }
    let host = url.host_str().unwrap_or_default();
    let port = match url.port().or(other.port()) {
        Some(0) => return Err(refuse("its port is 0")),
        Some(port) => port,
        None => default,
    };
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (user, None) => format!("{user}@"),
        (user, Some(password)) => format!("{user}:{password}@"),
    };
    Ok(Proxy {
        variable: Some(variable),
        host: host.trim_matches(['[', ']']).to_owned(),
        port,
        url: Some(format!("{scheme}://{user}{host}:{port}").into()),
    })
}

/// The proxy of the system's settings, where no variable names one.
#[cfg(any(windows, target_os = "macos"))]
fn of_system(platform: &BaseUrl) -> Option<Proxy> {
    let url = platform.as_str().parse().ok()?;
    let proxy = hyper_util::client::proxy::matcher::Matcher::from_system().intercept(&url)?;
    let uri = proxy.uri();
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(Proxy {
        variable: None,
        host: uri.host()?.trim_matches(['[', ']']).to_owned(),
        port: uri.port_u16().unwrap_or(default),
        url: None,
    })
}

#[cfg(not(any(windows, target_os = "macos")))]
fn of_system(_: &BaseUrl) -> Option<Proxy> {
    None
}

/// Why no certificate of an authority was found in the places where the TLS library looks.
pub(super) fn no_authorities() -> AuthError {
    why_no_authorities(&|name| std::env::var_os(name))
}

fn why_no_authorities(env: Env<'_>) -> AuthError {
    let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find_map(|name| env(name).map(|value| (name, value)))
        // An empty list of folders counts as none, an empty name of a file does not.
        .filter(|(name, value)| *name == "SSL_CERT_FILE" || !value.is_empty());
    let why = match &named {
        None => "this machine has no certificate of an authority to verify a server with".to_owned(),
        Some((name, value)) if value.is_empty() => format!("the variable `{name}` is set to nothing"),
        Some((name, value)) => {
            let path = std::path::Path::new(value);
            let read = match *name {
                "SSL_CERT_FILE" => std::fs::read(path).map(drop),
                // A list of folders, of which the first is as good as any for the reason.
                _ => match std::env::split_paths(value).next() {
                    Some(folder) => std::fs::read_dir(folder).map(drop),
                    None => Ok(()),
                },
            };
            let path = path.display();
            match read {
                Ok(()) => format!("there is no certificate of an authority in `{path}`, which `{name}` names"),
                Err(error) => format!("cannot read `{path}`, which `{name}` names: {error}"),
            }
        }
    };
    let names = named.map(|(name, _)| name);
    AuthError::new(ErrorCode::Config, why).involving(Some(Involved::Authorities(names)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(platform: &str, variables: &[(&str, &str)]) -> Result<ProxyRoute, AuthError> {
        let env = |name: &str| {
            let value = variables.iter().find(|(key, _)| *key == name)?.1;
            Some(OsString::from(value))
        };
        ProxyRoute::by(&BaseUrl::parse(platform).unwrap(), &env)
    }

    fn url(variables: &[(&str, &str)]) -> String {
        match route("https://platform.example", variables) {
            Ok(ProxyRoute::Proxy(proxy)) => proxy.url.unwrap().expose().to_owned(),
            other => panic!("{variables:?}: {other:?}"),
        }
    }

    #[test]
    fn the_url_of_a_proxy_is_read_as_it_is_written() {
        for (value, expected) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("proxy:3128", "http://proxy:3128"),
            ("proxy", "http://proxy:80"),
            (" HTTP://Proxy.Example:80/ ", "http://proxy.example:80"),
            ("https://proxy", "https://proxy:443"),
            ("https://proxy:80", "https://proxy:80"),
            ("socks5://127.0.0.1:80", "socks5://127.0.0.1:80"),
            ("socks5h://[::1]", "socks5h://[::1]:1080"),
            ("SOCKS4a://proxy", "socks4a://proxy:1080"),
            ("socks4://proxy:443", "socks4://proxy:443"),
            ("socks://proxy:1", "socks5h://proxy:1"),
            ("u:p%40ss@proxy:1", "http://u:p%40ss@proxy:1"),
            ("http://u:p@ss@proxy:1", "http://u:p%40ss@proxy:1"),
            ("http://u@proxy", "http://u@proxy:80"),
        ] {
            let read = url(&[("HTTPS_PROXY", value)]);
            assert_eq!(read, expected, "{value}");
            // The client reads it a second time, and would go without a proxy where it cannot.
            let matcher = hyper_util::client::proxy::matcher::Matcher::builder().all(read).build();
            let taken = matcher.intercept(&"https://platform.example".parse().unwrap()).unwrap();
            assert_eq!(
                taken.uri().port_u16(),
                Some(expected.rsplit(':').next().unwrap().parse().unwrap())
            );
        }
    }

    #[test]
    fn any_password_reaches_the_client() {
        for c in (' '..='~').filter(|c| !"/?#\\ ".contains(*c)) {
            let read = url(&[("HTTPS_PROXY", &format!("http://us{c}er:pa{c}ss@proxy:1"))]);
            let matcher = hyper_util::client::proxy::matcher::Matcher::builder().all(read).build();
            assert!(
                matcher.intercept(&"https://a.example".parse().unwrap()).is_some(),
                "{c}"
            );
        }
    }

    #[test]
    fn a_malformed_proxy_names_its_variable_and_not_its_value() {
        for value in [
            "http://",
            "http:///x",
            ":3128",
            "http://canary@",
            "http://canary:99999",
            "http://canary:port",
            "http://canary:0",
            "http://[::1",
            "http:/canary:3128",
            "http://can ary:3128",
            "http://canary\\x",
            "http://canary:1/wpad.dat",
            "http://canary?x",
            "ftp://canary",
            "socks6://canary",
            "socksy://canary",
            "canary://",
            "://canary",
        ] {
            for (variable, _) in PROXIES {
                let error = route("https://platform.example", &[(variable, value)]).expect_err(value);
                assert_eq!(error.code, ErrorCode::Config);
                assert!(error.message.contains(&format!("`{variable}`")), "{error}");
                assert!(!error.message.contains("canary"), "{error}");
            }
            // It decides nothing for this machine.
            assert!(matches!(
                route("http://127.0.0.1:1", &[("HTTPS_PROXY", value)]),
                Ok(ProxyRoute::Direct)
            ));
        }
    }

    #[test]
    fn the_first_variable_that_is_set_wins_and_http_proxy_is_not_used() {
        let of = |number: usize| format!("proxy{number}");
        let values: Vec<String> = (0..4).map(of).collect();
        let all: Vec<(&str, &str)> = PROXIES
            .iter()
            .zip(&values)
            .map(|((name, _), value)| (*name, value.as_str()))
            .collect();
        for (first, value) in values.iter().enumerate() {
            assert_eq!(url(&all[first..]), format!("http://{value}:80"));
        }
        assert_eq!(url(&[("HTTPS_PROXY", " "), ("all_proxy", "x")]), "http://x:80");
        for variable in ["HTTP_PROXY", "http_proxy"] {
            let taken = route("https://platform.example", &[(variable, "http://proxy:1")]);
            assert!(matches!(taken, Ok(ProxyRoute::Direct)));
        }
    }

    #[test]
    fn an_exempt_host_is_reached_without_the_proxy() {
        for by in EXEMPTIONS {
            let variables = [("all_proxy", "proxy:1"), (by, "*.test, other.example:443")];
            for platform in ["https://platform.test", "https://other.example"] {
                let taken = route(platform, &variables).unwrap();
                assert!(
                    matches!(taken, ProxyRoute::Exempt { proxy: "all_proxy", by: found } if found == by),
                    "{platform}"
                );
            }
            assert!(matches!(
                route("https://other.example:8443", &variables),
                Ok(ProxyRoute::Proxy(_))
            ));
        }
    }

    #[test]
    fn a_proxy_is_never_shown_with_its_password() {
        let taken = route(
            "https://platform.example",
            &[("HTTPS_PROXY", "http://u:canary@[::1]:1")],
        );
        assert!(!format!("{taken:?}").contains("canary"));
        let Ok(ProxyRoute::Proxy(proxy)) = taken else { panic!() };
        assert_eq!(proxy.address(), "[::1]:1");
    }

    #[test]
    fn what_names_no_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        let missing = format!("{folder}/missing");
        for (variable, value, expected) in [
            (
                "SSL_CERT_FILE",
                "",
                "the variable `SSL_CERT_FILE` is set to nothing".to_owned(),
            ),
            (
                "SSL_CERT_FILE",
                &missing,
                format!("cannot read `{missing}`, which `SSL_CERT_FILE` names: "),
            ),
            (
                "SSL_CERT_FILE",
                "/dev/null",
                "in `/dev/null`, which `SSL_CERT_FILE` names".to_owned(),
            ),
            (
                "SSL_CERT_DIR",
                folder,
                format!("in `{folder}`, which `SSL_CERT_DIR` names"),
            ),
            (
                "SSL_CERT_DIR",
                &missing,
                format!("cannot read `{missing}`, which `SSL_CERT_DIR` names: "),
            ),
            ("SSL_CERT_DIR", "", "this machine has no certificate".to_owned()),
            ("OTHER", "", "this machine has no certificate".to_owned()),
        ] {
            let error = why_no_authorities(&|name| (name == variable).then(|| value.into()));
            assert!(error.message.contains(&expected), "{error}");
        }
    }
}
