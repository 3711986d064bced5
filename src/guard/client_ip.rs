//! Whose request it is: the peer of the connection, or, where that is a proxy that is trusted, whom it names (rule G5).

use std::net::IpAddr;
use std::str::FromStr;

use http::HeaderMap;
use http::header::HeaderName;
use ipnet::IpNet;

pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The networks of the proxies whose word on whose request it is counts: none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Those that are named, each a network in CIDR notation or one address.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// Reads a network in CIDR notation, or one address.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn network(text: &str) -> Result<IpNet, String> {
        let network = IpNet::from_str(text).ok();
        network
            .or_else(|| IpAddr::from_str(text).ok().map(IpNet::from))
            .ok_or_else(|| format!("`{text}` is no network; write it as `10.0.0.0/8`, `fd00::/8` or `127.0.0.1`"))
    }

    /// Whether a peer is one of them.
    pub(super) fn holds(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }

    /// Whose request it is: the last in `X-Forwarded-For` who is no proxy of ours, as far as proxies of ours say so.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() {
            return client;
        }
        let values: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .collect();
        let mut named = values.iter().rev().flat_map(|value| value.rsplit(','));
        while self.holds(client) {
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
    fn g5_only_a_trusted_proxy_is_believed_and_only_as_far_as_it_knows() {
        let trusted = TrustedProxies::new(["10.0.0.0/8", "::1"].map(|n| TrustedProxies::network(n).unwrap()));
        let client = |trusted: &TrustedProxies, peer: &str, values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(FORWARDED_FOR, value.parse().unwrap());
            }
            trusted.client(peer.parse().unwrap(), &headers).to_string()
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
