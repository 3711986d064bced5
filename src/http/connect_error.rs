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
        rustls::Error::InvalidMessage(_) => {
            let message = format!("the server there does not speak TLS ({cause})");
            Some((ConnectFailure::OtherTls, message))
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            let message = format!("there is no TLS version or cipher suite that both support ({cause})");
            Some((ConnectFailure::OtherTls, message))
        }
        _ => None,
    }
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
        E::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names = presented.join(", ");
            let message = format!("its certificate is not valid for this host, only for {names}");
            return (ConnectFailure::HostMismatch, message);
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => (
            ConnectFailure::HostMismatch,
            "its certificate is not valid for this host",
        ),
        other => {
            let message = match flaw(other) {
                Some(message) => format!("its certificate is not valid: {message}"),
                None => format!("its certificate is not valid: {other}"),
            };
            return (ConnectFailure::OtherTls, message);
        }
    };
    (failure, message.to_owned())
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
