//! Redirect URIs: registration, comparison, and the response to them.

/// Whether `requested` matches `registered`: character by character (RFC 9700 §4.1.3), but with any port for a loopback host,
/// because a native app listens on a port chosen by the system (RFC 8252 §7.3).
pub(super) fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (split_port(registered), split_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// Splits a loopback URI into its origin without the port, and what follows the port.
fn split_port(uri: &str) -> Option<(&str, &str)> {
    let origin = LOOPBACK.into_iter().find(|origin| uri.starts_with(origin))?;
    let rest = uri.strip_prefix(origin)?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = rest.split_at_checked(digits)?;
            let canonical = !port.starts_with('0') && port.parse::<u16>().is_ok();
            canonical.then_some(rest)?
        }
    };
    // What follows must not continue the host: `http://127.0.0.1.example`, `http://127.0.0.1:80@example`.
    (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some((origin, rest))
}

/// The URI with parameters added to its query (RFC 6749 §4.1.2). Registered URIs have no fragment.
pub(super) fn with_params(uri: &str, params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(params)
        .finish();
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{query}")
}

/// The source that a `form-action` directive needs so that the response to the consent form may redirect to `uri`: Chromium
/// applies the directive to redirects as well. Its grammar has no IPv6 addresses; for those the scheme is used.
pub(super) fn form_action(uri: &str) -> String {
    match url::Url::parse(uri) {
        Ok(url) if matches!(url.host(), Some(url::Host::Domain(_) | url::Host::Ipv4(_))) => {
            url.origin().ascii_serialization()
        }
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

/// Whether a client may register this URI, or the reason why not.
pub(super) fn check(uri: &str) -> Result<(), &'static str> {
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains(['"', '<', '>', '\\', '^', '`', '{', '|', '}'])
    {
        return Err("it must be a URI of printable ASCII characters");
    }
    let Ok(url) = url::Url::parse(uri) else {
        return Err("it must be an absolute URI");
    };
    if url.fragment().is_some() {
        return Err("it must have no fragment (RFC 6749 section 3.1.2)");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if split_port(uri).is_some() => Ok(()),
        "http" => Err("http is for 127.0.0.1, [::1] and localhost only; other hosts need https"),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err("its scheme must be http, https, or an app's own with a dot, such as com.example.app"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_uri_matches_with_any_port_and_nothing_else_changed() {
        for (registered, requested) in [
            ("http://127.0.0.1/callback", "http://127.0.0.1/callback"),
            ("http://127.0.0.1/callback", "http://127.0.0.1:1/callback"),
            ("http://127.0.0.1/callback", "http://127.0.0.1:65535/callback"),
            ("http://127.0.0.1:8080/callback", "http://127.0.0.1:9090/callback"),
            ("http://[::1]/callback", "http://[::1]:5000/callback"),
            ("http://localhost/callback", "http://localhost:5000/callback"),
            ("http://127.0.0.1", "http://127.0.0.1:5000"),
            ("http://127.0.0.1/cb?a=1", "http://127.0.0.1:5000/cb?a=1"),
            ("https://tool.example/cb", "https://tool.example/cb"),
        ] {
            assert!(matches(registered, requested), "{registered} {requested}");
        }
        for requested in [
            "http://127.0.0.1:5000/callback/",
            "http://127.0.0.1:5000/Callback",
            "http://127.0.0.1:5000/callback?x=1",
            "http://127.0.0.1:5000/callback#x",
            "http://127.0.0.1:5000/../callback",
            "http://127.0.0.1:5000/%63allback",
            "http://127.0.0.1:5000",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:080/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:+80/callback",
            "http://127.0.0.1:80:90/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://user@127.0.0.1:5000/callback",
            "http://127.0.0.2:5000/callback",
            "http://127.1:5000/callback",
            "http://0x7f.1:5000/callback",
            "http://localhost:5000/callback",
            "http://[::1]:5000/callback",
            "https://127.0.0.1:5000/callback",
            "HTTP://127.0.0.1:5000/callback",
            " http://127.0.0.1:5000/callback",
            "http://127.0.0.1:5000/callback ",
            "",
        ] {
            assert!(!matches("http://127.0.0.1/callback", requested), "{requested}");
        }
        assert!(!matches("https://tool.example/cb", "https://tool.example:8443/cb"));
        assert!(!matches("https://localhost/cb", "https://localhost:8443/cb"));
    }

    #[test]
    fn parameters_are_encoded_and_appended_to_an_existing_query() {
        let params = [("error", "access_denied"), ("state", "a b&c=d\r\n")];
        assert_eq!(
            with_params("http://127.0.0.1:1/cb", &params),
            "http://127.0.0.1:1/cb?error=access_denied&state=a+b%26c%3Dd%0D%0A"
        );
        assert!(with_params("http://127.0.0.1:1/cb?x=1", &params).starts_with("http://127.0.0.1:1/cb?x=1&error="));
    }

    #[test]
    fn form_action_has_the_origin_or_for_ipv6_the_scheme() {
        for (uri, source) in [
            ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
            ("http://localhost:5000/cb", "http://localhost:5000"),
            ("https://tool.example/cb", "https://tool.example"),
            ("http://[::1]:5000/cb", "http:"),
            ("com.example.app:/cb", "com.example.app:"),
        ] {
            assert_eq!(form_action(uri), source);
        }
    }

    #[test]
    fn an_unsafe_uri_cannot_be_registered() {
        for uri in [
            "http://127.0.0.1/callback",
            "http://localhost:8080/callback",
            "https://tool.example/cb?a=1",
            "com.example.app:/cb",
        ] {
            assert_eq!(check(uri), Ok(()), "{uri}");
        }
        for uri in [
            "",
            "/callback",
            "http://tool.example/cb",
            "http://127.0.0.1.example/cb",
            "https://tool.example/cb#x",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://tool.example/c b",
            "https://tool.example/é",
        ] {
            assert!(check(uri).is_err(), "{uri}");
        }
    }
}
