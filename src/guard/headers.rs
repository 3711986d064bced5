//! Which headers of a request or response the guard removes when it forwards: those that end with the hop (RFC 9110 §7.6.1),
//! and those that only the guard or a trusted proxy may set (rules G3 and G5).
//!
//! CGI, WSGI and similar interfaces map `-`, `_` and `.` to one character, so that `X_Forwarded_For` reaches a tool as
//! `X-Forwarded-For`. Names are therefore compared by their letters and digits: every spelling that some server could take
//! for one of these headers is an alias of it.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

pub(super) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(super) const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(super) const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What the names of identity headers begin with.
const IDENTITY: [&str; 2] = ["x", "noesis"];
/// What the names of forwarding headers begin with.
const FORWARDING: [&[&str]; 3] = [&["forwarded"], &["x", "forwarded"], &["x", "real", "ip"]];
/// The headers that are about one hop.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Removes the identity headers, under every alias.
pub(super) fn remove_identity(headers: &mut HeaderMap) {
    remove(headers, |name| is_alias(name, &IDENTITY));
}

/// Removes the forwarding headers under every alias. From a trusted proxy they stay under their own names: a proxy writes
/// those, and passes an alias that a client made up through unchanged.
pub(super) fn remove_forwarding(headers: &mut HeaderMap, is_trusted: bool) {
    remove(headers, |name| {
        FORWARDING
            .iter()
            .any(|words| is_alias(name, words) && !(is_trusted && is_spelled(name, words)))
    });
}

/// Removes the headers that end with this hop (RFC 9110 §7.6.1).
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = connection_options(headers).collect();
    for name in named {
        // The server has read the body's framing, and the client writes its own; a request without a host is invalid.
        if ![header::HOST, header::CONTENT_LENGTH].contains(&name) {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// The protocol that a request asks to switch to, if it is WebSocket (RFC 6455 §4.1). No other is forwarded: requests within
/// an `h2c` connection, for example, would not be authenticated.
pub(super) fn websocket_upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let asks = connection_options(headers).any(|name| name == header::UPGRADE);
    let mut values = headers.get_all(header::UPGRADE).iter();
    let value = values.next()?;
    (asks && values.next().is_none() && value.as_bytes().eq_ignore_ascii_case(b"websocket")).then(|| value.clone())
}

/// The header names in `Connection`.
fn connection_options(headers: &HeaderMap) -> impl Iterator<Item = HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
}

/// Whether the letters and digits of a name begin with these words.
fn is_alias(name: &HeaderName, words: &[&str]) -> bool {
    let mut characters = name.as_str().bytes().filter(u8::is_ascii_alphanumeric);
    let mut beginning = words.iter().flat_map(|word| word.bytes());
    beginning.all(|byte| characters.next() == Some(byte))
}

/// Whether a name consists of words of letters and digits between single hyphens, and begins with these.
fn is_spelled(name: &HeaderName, words: &[&str]) -> bool {
    let mut parts = name.as_str().split('-');
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    words.iter().all(|word| parts.next() == Some(word)) && parts.all(plain)
}

/// Removes the headers whose name a condition holds for.
fn remove(headers: &mut HeaderMap, condition: impl Fn(&HeaderName) -> bool) {
    let names: Vec<HeaderName> = headers.keys().filter(|name| condition(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn g3_every_alias_of_an_identity_header_is_removed_and_no_other_header() {
        let mut all = headers(
            &[
                "x-noesis-sub",
                "x_noesis_sub",
                "x-noesis.sub",
                "x.noesis.admin",
                "X-NOESIS_ROLE",
                "x--noesis-jti",
                "xnoesissub",
                "x-noesis-anything",
                "x-nois",
                "authorization",
                "x-no-esi",
                "noesis-sub",
            ]
            .map(|name| (name, "v")),
        );
        remove_identity(&mut all);
        assert_eq!(names(&all), ["authorization", "noesis-sub", "x-no-esi", "x-nois"]);
    }

    #[test]
    fn g5_forwarding_headers_stay_only_from_a_trusted_proxy_and_only_under_their_own_names() {
        let own = [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-forwarded-tls-client-cert",
            "x-real-ip",
        ];
        let aliases = [
            "x_forwarded_for",
            "X-Forwarded_For",
            "x.forwarded.for",
            "x-forwarded.host",
            "x-forwarded--for",
            "x--forwarded-for",
            "xforwarded-for",
            "x-forwardedfor",
            "xforwardedproto",
            "x-forwarded-",
            "-forwarded",
            "forwarded_",
            "forwarded-for~",
            "x_real_ip",
            "x-realip",
            "x-real-ip.",
        ];
        let others = ["forward", "real-ip", "x-forward", "x-request-id"];
        let all = headers(
            &[&own[..], &aliases, &others]
                .concat()
                .iter()
                .map(|name| (*name, "v"))
                .collect::<Vec<_>>(),
        );
        assert_eq!(all.len(), own.len() + aliases.len() + others.len());
        let mut untrusted = all.clone();
        remove_forwarding(&mut untrusted, false);
        assert_eq!(names(&untrusted), others);
        let mut trusted = all;
        remove_forwarding(&mut trusted, true);
        let mut expected = [&own[..], &others].concat();
        expected.sort_unstable();
        assert_eq!(names(&trusted), expected);
    }

    #[test]
    fn hop_by_hop_headers_are_removed_with_all_that_connection_names() {
        let mut all = headers(&[
            ("connection", "close, X-One"),
            ("connection", " x-two ,, bad name,host,content-length"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-three", "3"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("keep-alive", "5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authenticate", "Basic"),
            ("proxy-authorization", "Basic eA=="),
            ("upgrade", "h2c"),
            ("host", "tool"),
            ("content-length", "0"),
        ]);
        remove_hop_by_hop(&mut all);
        assert_eq!(names(&all), ["content-length", "host", "x-three"]);
    }

    #[test]
    fn only_an_upgrade_to_websocket_is_forwarded() {
        for (lines, upgrades) in [
            (&[("connection", "Upgrade"), ("upgrade", "WebSocket")][..], true),
            (&[("connection", "keep-alive, upgrade"), ("upgrade", "websocket")], true),
            (&[("connection", "upgrade"), ("upgrade", "h2c")], false),
            (&[("connection", "upgrade"), ("upgrade", "websocket, h2c")], false),
            (&[("upgrade", "websocket")], false),
            (
                &[("connection", "upgrade"), ("upgrade", "websocket"), ("upgrade", "h2c")],
                false,
            ),
            (&[], false),
        ] {
            assert_eq!(websocket_upgrade(&headers(lines)).is_some(), upgrades, "{lines:?}");
        }
    }
}
