//! Why there was no response: TLS, DNS and connection errors, matched as values and explained to a user.

use std::error::Error;

use rustls::{AlertDescription, CertificateError};

use super::environment::Proxy;
use super::error_chain::{find, innermost};
use super::proxy_error::{ProxyFailure, proxy_failure};
use super::resolver::ResolveError;
use crate::error::{AuthError, ConnectFailure, ErrorCode, Involved};

/// The error for a request that got no response. `what` is what was done, `host` the host and port of the platform, `proxy`
/// what the request went through.
pub(super) fn explain(what: &str, host: &str, proxy: Option<&Proxy>, error: reqwest::Error) -> AuthError {
    let error = error.without_url();
    let involved = proxy.map(|proxy| Involved::Proxy(proxy.variable));
    if !error.is_connect() {
        let cause = innermost(&error);
        let message = format!("the connection to `{host}` broke during the {what}: {cause}");
        return AuthError::new(ErrorCode::NetworkError, message).involving(involved);
    }
    let failed = |call: &str, failure: Option<ConnectFailure>, why: String| AuthError {
        never_sent: true,
        connect_failure: failure,
        ..AuthError::of_call(ErrorCode::NetworkError, call, why).involving(involved)
    };
    let why = |error: &(dyn Error + 'static)| {
        let cause = innermost(error);
        let (failure, message) = explanation(error, &cause).unzip();
        (failure, message.unwrap_or(cause))
    };
    match proxy.zip(proxy_failure(&error)) {
        None => {
            let (failure, message) = why(&error);
            failed(&format!("cannot connect to `{host}`"), failure, message)
        }
        Some((proxy, failure)) => {
            let name = named(proxy);
            match failure {
                ProxyFailure::Unreachable(cause) => failed(
                    &format!("cannot connect to {name}"),
                    Some(ConnectFailure::Proxy),
                    why(cause).1,
                ),
                ProxyFailure::NotConnected(message) => {
                    failed(&format!("cannot connect to `{host}` through {name}"), None, message)
                }
            }
        }
    }
}

/// A proxy, and where it is configured.
fn named(proxy: &Proxy) -> String {
    let address = proxy.address();
    match proxy.variable {
        Some(variable) => format!("the proxy `{address}` of `{variable}`"),
        None => format!("the proxy `{address}` of the system"),
    }
}

/// The innermost cause, without the URL: the outer errors say only "error sending request".
pub(super) fn root_cause(error: reqwest::Error) -> String {
    innermost(&error.without_url())
}

/// Why the connection could not be made, as a value and as text; `None` where the cause's own text is as good.
fn explanation(error: &(dyn Error + 'static), cause: &str) -> Option<(ConnectFailure, String)> {
    if find::<ResolveError>(error).is_some() {
        let message = format!("no such host ({cause})");
        return Some((ConnectFailure::HostNotFound, message));
    }
    match find::<rustls::Error>(error)? {
        rustls::Error::InvalidCertificate(error) => Some(certificate(error)),
        rustls::Error::InvalidMessage(_) => Some(other_tls("the server there does not speak TLS")),
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure)
        | rustls::Error::PeerIncompatible(_) => {
            Some(other_tls("there is no TLS version or cipher suite that both support"))
        }
        rustls::Error::AlertReceived(alert) => Some(other_tls(&match alert.as_str() {
            Some(name) => format!(
                "the server ended the TLS handshake with the alert `{}`",
                snake_case(name)
            ),
            None => "the server ended the TLS handshake with an unknown alert".to_owned(),
        })),
        rustls::Error::PeerMisbehaved(_) => Some(other_tls("the server does not keep to the TLS protocol")),
        _ => None,
    }
}

fn other_tls(message: &str) -> (ConnectFailure, String) {
    (ConnectFailure::OtherTls, message.to_owned())
}

/// The name of an alert as RFC 8446 has it, of one as the TLS library has it: `HandshakeFailure`.
fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// The name in a certificate, of the text that the certificate verifier has for it: `DnsName("localhost")`.
fn presented_name(text: &str) -> Option<&str> {
    let (_, name) = text.split_once('(')?;
    let name = name.strip_suffix(')')?.trim_matches('"');
    // Of a kind of name that it cannot read, it has a number.
    (!name.starts_with("0x")).then_some(name)
}

fn certificate(error: &CertificateError) -> (ConnectFailure, String) {
    use CertificateError as E;
    let (failure, message) = match error {
        E::UnknownIssuer => (
            ConnectFailure::UnknownIssuer,
            "its certificate is not signed by an authority that this machine trusts",
        ),
        E::Other(_) if path_error(error) == Some(&webpki::Error::CaUsedAsEndEntity) => (
            ConnectFailure::UnknownIssuer,
            "its certificate is that of an authority, which this machine does not trust",
        ),
        E::Expired | E::ExpiredContext { .. } => (
            ConnectFailure::CertificateValidity,
            "its certificate has expired, or this machine's clock is ahead",
        ),
        E::NotValidYet | E::NotValidYetContext { .. } => (
            ConnectFailure::CertificateValidity,
            "its certificate is not valid yet, or this machine's clock is behind",
        ),
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            let names: Vec<&str> = match error {
                E::NotValidForNameContext { presented, .. } => {
                    presented.iter().filter_map(|name| presented_name(name)).collect()
                }
                _ => Vec::new(),
            };
            let mut message = "its certificate is not valid for this host".to_owned();
            if !names.is_empty() {
                message = format!("{message}, only for {}", names.join(", "));
            }
            return (ConnectFailure::HostMismatch, message);
        }
        other => {
            let message = match flaw(other) {
                Some(message) => format!("its certificate is not valid: {message}"),
                // The text of some of them is a name of the library's own.
                None => format!("its certificate is not valid: {}", spelled(&other.to_string())),
            };
            return (ConnectFailure::OtherTls, message);
        }
    };
    (failure, message.to_owned())
}

/// A text, or the words of one that is a single name of a type: `BadEncoding`.
fn spelled(text: &str) -> String {
    match text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => snake_case(text).replace('_', " "),
        false => text.to_owned(),
    }
}

/// What else can be wrong with a certificate, where there is a text for it.
fn flaw(error: &CertificateError) -> Option<&'static str> {
    use CertificateError as E;
    Some(match error {
        #[expect(deprecated, reason = "a verifier may still return it")]
        E::UnsupportedSignatureAlgorithm
        | E::UnsupportedSignatureAlgorithmContext { .. }
        | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => "its signature algorithm is not secure",
        E::BadSignature => "its signature is invalid, or its key is too short",
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => "it is not for servers",
        // The platform's verifier has a type for this that it keeps to itself: there is nothing to match but its name.
        E::Other(other) if format!("{:?}", other.0) == "EkuError" => "it is not for servers",
        other => match path_error(other)? {
            webpki::Error::EndEntityUsedAsCa => "its issuer is not an authority",
            webpki::Error::NameConstraintViolation => "its authority may not sign for this host",
            _ => return None,
        },
    })
}

/// What the certificate verifier found, where the TLS library has no name of its own for it.
fn path_error(error: &CertificateError) -> Option<&webpki::Error> {
    match error {
        CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_has_the_name_of_a_type() {
        let with_names = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: "other.example".try_into().unwrap(),
            presented: presented.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (names, words) in [
            (
                &["DnsName(\"localhost\")", "IpAddress(127.0.0.1)"][..],
                ", only for localhost, 127.0.0.1",
            ),
            (&["Unsupported(0x01)", "DirectoryName"], ""),
            (&[], ""),
        ] {
            assert_eq!(
                certificate(&with_names(names)).1,
                format!("its certificate is not valid for this host{words}")
            );
        }
        for error in [
            CertificateError::BadEncoding,
            CertificateError::UnhandledCriticalExtension,
        ] {
            let words = certificate(&error).1;
            let after = words.strip_prefix("its certificate is not valid: ").unwrap();
            assert!(!after.contains(char::is_uppercase) && after.contains(' '), "{words}");
        }
        for (error, words) in [
            (
                rustls::Error::AlertReceived(AlertDescription::UnrecognisedName),
                "the server ended the TLS handshake with the alert `unrecognised_name`",
            ),
            (
                rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType),
                "the server there does not speak TLS",
            ),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "there is no TLS version or cipher suite that both support",
            ),
        ] {
            assert_eq!(explanation(&error, "").unwrap().1, words);
        }
    }
}
