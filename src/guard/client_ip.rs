//! The client's address: the peer of the connection, or, if that is a trusted proxy, the address that it forwards (rule G5).

use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;

use super::headers::X_FORWARDED_FOR;

/// The networks of the proxies whose forwarding headers are trusted: none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Trusts the proxies in these networks.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Parses a network in CIDR notation, or a single address.
    ///
    /// # Errors
    /// The message for the user.
    pub fn network(text: &str) -> Result<IpNet, String> {
        let network = IpNet::from_str(text).ok();
        network
            .or_else(|| IpAddr::from_str(text).ok().map(IpNet::from))
            .ok_or_else(|| format!("invalid network `{text}`; write it as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`"))
    }

    /// Whether the peer is a trusted proxy.
    pub(super) fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// The client's address: the last in `X-Forwarded-For` that is not a trusted proxy's, as far as trusted proxies added
    /// it.
    pub(super) fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() {
            return client;
        }
        let values: Vec<&str> = headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .collect();
        let mut named = values.iter().rev().flat_map(|value| value.rsplit(','));
        while self.contains(client) {
            match named.next().map(|name| IpAddr::from_str(name.trim())) {
                Some(Ok(next)) => client = next.to_canonical(),
                Some(Err(_)) | None => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g5_only_the_addresses_that_trusted_proxies_added_are_used() {
        let trusted = TrustedProxies::new(["10.0.0.0/8", "::1"].map(|n| TrustedProxies::network(n).unwrap()));
        let client = |trusted: &TrustedProxies, peer: &str, values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(X_FORWARDED_FOR, value.parse().unwrap());
            }
            trusted.client_ip(peer.parse().unwrap(), &headers).to_string()
        };
        for (peer, values, expected) in [
            ("192.0.2.1", &["198.51.100.9"][..], "192.0.2.1"),
            ("10.1.1.1", &["198.51.100.9"], "198.51.100.9"),
            ("10.1.1.1", &["203.0.113.5, 198.51.100.9"], "198.51.100.9"),
            ("10.1.1.1", &["203.0.113.5, 10.2.2.2"], "203.0.113.5"),
            ("10.1.1.1", &["203.0.113.5", "10.2.2.2"], "203.0.113.5"),
            ("10.1.1.1", &["203.0.113.5, nonsense"], "10.1.1.1"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("::1", &["2001:db8::7"], "2001:db8::7"),
            ("::ffff:10.1.1.1", &["198.51.100.9"], "198.51.100.9"),
        ] {
            assert_eq!(client(&trusted, peer, values), expected, "{peer} {values:?}");
        }
        assert_eq!(
            client(&TrustedProxies::default(), "10.1.1.1", &["198.51.100.9"]),
            "10.1.1.1"
        );
        assert!(TrustedProxies::network("10.0.0.0/33").is_err());
    }
}
