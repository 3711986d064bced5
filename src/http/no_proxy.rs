//! `NO_PROXY`: the hosts that are reached without a proxy.
//!
//! The entries are those of curl (a name with everything below it, an address, a network) and of Go (`*.name` for what is below
//! it alone, a port). Not a crate: the one in the tree (hyper-util's) knows neither `*.name` nor a port.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

/// Whether the list, separated by commas or spaces, exempts a host and port.
pub(super) fn exempts(list: &str, host: &str, port: u16) -> bool {
    list.split(|c: char| c == ',' || c.is_whitespace())
        .any(|entry| is_exempt_by(entry, host, port))
}

fn is_exempt_by(entry: &str, host: &str, port: u16) -> bool {
    let address = host.parse::<IpAddr>().ok();
    if let (Ok(network), Some(address)) = (entry.parse::<IpNet>(), address) {
        return network.contains(&address);
    }
    let (name, of_port) = split_port(entry);
    if of_port.is_some_and(|of_port| of_port != port) {
        return false;
    }
    if name == "*" {
        return true;
    }
    if let Some(address) = address {
        return name.trim_matches(['[', ']']).parse() == Ok(address);
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    let (name, is_exempt_itself) = match name.strip_prefix("*.") {
        Some(name) => (name, false),
        None => (name.strip_prefix('.').unwrap_or(name), true),
    };
    // In lower case, and in ASCII, as the host of a URL is.
    let Ok(Host::Domain(name)) = Host::parse(name.strip_suffix('.').unwrap_or(name)) else {
        return false;
    };
    match host.strip_suffix(name.as_str()) {
        Some("") => is_exempt_itself,
        Some(below) => below.ends_with('.'),
        None => false,
    }
}

/// An entry without the port at its end, and the port. An IPv6 address needs brackets to have one.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_entry_exempts_its_hosts_alone() {
        for (entry, exempt, not) in [
            ("*", &["a.test", "10.0.0.1", "::1"][..], &[][..]),
            ("a.test", &["a.test", "b.a.test", "a.test."], &["ba.test", "test"]),
            ("A.Test.", &["a.test"], &["test"]),
            (".test", &["a.test", "b.a.test", "test"], &["atest"]),
            ("*.test", &["a.test", "b.a.test"], &["test", "atest"]),
            ("a.test:443", &["a.test", "b.a.test"], &["c.test"]),
            ("*.test:443", &["a.test"], &["test"]),
            (".test:443", &["a.test"], &[]),
            ("*:443", &["a.test"], &[]),
            ("a.test:80", &[], &["a.test"]),
            ("*:80", &[], &["a.test"]),
            ("10.0.0.0/8", &["10.1.2.3"], &["11.0.0.1", "a.test"]),
            ("10.0.0.1", &["10.0.0.1"], &["10.0.0.2"]),
            ("10.0.0.1:443", &["10.0.0.1"], &[]),
            ("10.0.0.1:80", &[], &["10.0.0.1"]),
            ("0.0.0.1", &[], &["10.0.0.1"]),
            ("fd00::/8", &["fd00::1"], &["fe80::1"]),
            ("fd00::1", &["fd00::1", "fd00:0::1"], &["fd00::2"]),
            ("[fd00::1]", &["fd00::1"], &["fd00::2"]),
            ("[fd00::1]:443", &["fd00::1"], &[]),
            ("[fd00::1]:80", &[], &["fd00::1"]),
            ("bücher.test", &["xn--bcher-kva.test"], &["cher.test"]),
            ("", &[], &["a.test"]),
            (".", &[], &["a.test"]),
            ("*.", &[], &["a.test"]),
            (":443", &[], &["a.test"]),
        ] {
            for list in [
                entry.to_owned(),
                format!("x.example, {entry}"),
                format!("{entry} x.example,"),
            ] {
                for host in exempt {
                    assert!(exempts(&list, host, 443), "{list}: {host}");
                }
                for host in not {
                    assert!(!exempts(&list, host, 443), "{list}: {host}");
                }
            }
        }
    }
}
