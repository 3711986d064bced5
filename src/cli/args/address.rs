//! The address that a server listens on, in the ways that people write it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `HOST:PORT` with an IP address; `PORT`, `:PORT` and `localhost:PORT` are on 127.0.0.1, never on every address.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = without_scheme(text);
    if let Ok(address) = bare.parse() {
        return Ok(address);
    }
    if let Some(port) = local_port(bare) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let host = bare.trim_start_matches('[').trim_end_matches(']');
    Err(match (host.parse::<IpAddr>(), bare.split_once("*:")) {
        (Ok(ip), _) => format!("`{text}` has no port; write it as `{}`", SocketAddr::from((ip, 8080))),
        (_, Some(("", port))) => format!("for every address of this machine write `0.0.0.0:{port}` or `[::]:{port}`"),
        _ => format!("invalid address `{text}`; write it as `127.0.0.1:8080`, or as the port alone"),
    })
}

/// The URL of a server on this machine that is given as `PORT`, `:PORT` or `HOST:PORT`; any other text as it is.
#[cfg(feature = "guard")]
pub fn server_url(text: &str) -> Result<String, String> {
    let is_address = text.parse::<SocketAddr>().is_ok() || local_port(text).is_some();
    Ok(match is_address {
        true if text.contains(':') && !text.starts_with(':') => format!("http://{text}"),
        true => format!("http://127.0.0.1:{}", text.trim_start_matches(':')),
        false => text.to_owned(),
    })
}

/// The port of an address that names this machine or no machine.
fn local_port(text: &str) -> Option<u16> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let is_here = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_here && is_number).then(|| port.parse().ok())?
}

fn without_scheme(text: &str) -> &str {
    let rest = text.strip_prefix("http://");
    rest.map_or(text, |rest| rest.strip_suffix('/').unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_on_this_machine_only() {
        for (text, expected) in [
            ("8080", "127.0.0.1:8080"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("LocalHost:0", "127.0.0.1:0"),
            ("http://localhost:8080/", "127.0.0.1:8080"),
            ("127.0.0.2:1", "127.0.0.2:1"),
            ("0.0.0.0:9080", "0.0.0.0:9080"),
            ("[::1]:9080", "[::1]:9080"),
        ] {
            assert_eq!(
                address(text).map(|address| address.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_one_that_is() {
        for (text, message) in [
            ("127.0.0.1", "write it as `127.0.0.1:8080`"),
            ("::1", "write it as `[::1]:8080`"),
            ("[::1]", "write it as `[::1]:8080`"),
            ("*:9080", "write `0.0.0.0:9080`"),
            ("99999", "invalid address `99999`"),
            ("+80", "invalid address"),
            ("", "invalid address"),
            (":", "invalid address"),
            ("localhost", "invalid address `localhost`"),
            ("example.com:80", "invalid address"),
            ("https://127.0.0.1:80", "invalid address"),
        ] {
            let error = address(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[cfg(feature = "guard")]
    #[test]
    fn a_server_is_a_url_or_an_address() {
        for (text, expected) in [
            ("3000", "http://127.0.0.1:3000"),
            (":3000", "http://127.0.0.1:3000"),
            ("localhost:3000", "http://localhost:3000"),
            ("10.0.0.7:80", "http://10.0.0.7:80"),
            ("[::1]:80", "http://[::1]:80"),
            ("http://tool:3000", "http://tool:3000"),
            ("tool", "tool"),
        ] {
            assert_eq!(server_url(text).as_deref(), Ok(expected), "{text}");
        }
    }
}
