//! The error of every call of the library, with the Python SDK's codes.
//!
//! [`AuthError`] keeps the SDK's three fields (`code`, `status`, `message`) and adds what a caller needs to decide
//! what to do next without reading the message: the RFC 6749 error name and the server's `Retry-After`.

use std::fmt;
use std::time::Duration;

/// What kind of failure an [`AuthError`] is. The names are the SDK's; [`ErrorCode::as_str`] gives them as it spells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The server rejected the request: any status but 200.
    TokenInvalid,
    /// No response: time-out, refused connection, TLS failure, closed connection.
    NetworkError,
    /// Status 200 with a body that is not the expected JSON.
    InvalidResponse,
    /// The client cannot be built from what it was given, such as an invalid base URL or a certificate file without a
    /// certificate.
    Config,
}

impl ErrorCode {
    /// The code as the SDK and every `--json` error document spell it, for example `NETWORK_ERROR`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TokenInvalid => "TOKEN_INVALID",
            Self::NetworkError => "NETWORK_ERROR",
            Self::InvalidResponse => "INVALID_RESPONSE",
            Self::Config => "CONFIG",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a connection could not be made, where that is known: each kind has another remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The certificate is not signed by an authority that this machine trusts, or is self-signed.
    UnknownIssuer,
    /// The certificate has expired or is not valid yet, or this machine's clock is wrong.
    CertificateValidity,
    /// The certificate is for other hosts.
    HostMismatch,
    /// The certificate is invalid in another way, or the TLS handshake failed: the server may not speak TLS at all.
    OtherTls,
    /// The host name could not be resolved: there is no such host, or no DNS server answered.
    HostNotFound,
    /// The proxy could not be reached: there is no such host, it refused, or its certificate is not valid.
    Proxy,
}

/// A setting of the environment that an error is about: what it hints at.
#[cfg_attr(
    not(all(feature = "fetch", feature = "cli")),
    allow(
        dead_code,
        reason = "only requests depend on settings, and only the program gives hints"
    )
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Involved {
    /// The variable is not the URL of a proxy.
    BadProxy(&'static str),
    /// The request goes through the proxy of the variable; `None`: of the system's settings.
    Proxy(Option<&'static str>),
    /// The variable names no certificates of authorities; `None`: the machine has none.
    Authorities(Option<&'static str>),
}

/// A failed call: the SDK's `AuthError`.
///
/// The message is written for a person, in lower case and without a full stop. It never contains a token, code or secret
/// of the request, even where the server echoed it (rule N7).
///
/// ```
/// use noesis::{AuthError, ErrorCode};
///
/// fn advice(error: &AuthError) -> &'static str {
///     match error.code {
///         _ if error.is_retryable() => "try again later",
///         _ if error.is_invalid_grant() => "sign in again",
///         ErrorCode::Config => "check the configuration",
///         _ => "report it",
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthError {
    /// What kind of failure it is.
    pub code: ErrorCode,
    /// The HTTP status code of the response; 0 where there was none.
    pub status: u16,
    /// What happened, for a person to read.
    pub message: String,
    /// The error code of RFC 6749 §5.2, such as `invalid_grant`, where the server sent one.
    pub oauth_error: Option<String>,
    /// How long the server asks to wait before the next attempt (`Retry-After`, RFC 9110 §10.2.3).
    pub retry_after: Option<Duration>,
    /// Whether the request was certainly not sent, since no connection was made: an authorization code or refresh token in
    /// it was not used.
    pub never_sent: bool,
    /// Why the connection could not be made, where that is known; only where `never_sent` is true.
    pub connect_failure: Option<ConnectFailure>,
    /// The message without the call that failed, where the two are known apart.
    #[cfg_attr(
        not(feature = "cli"),
        allow(dead_code, reason = "the program alone shows it by itself")
    )]
    pub(crate) detail: Option<Box<str>>,
    /// The setting that it is about.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the program alone gives hints"))]
    pub(crate) involved: Option<Box<Involved>>,
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AuthError {}

impl AuthError {
    /// An error without a response: status 0 and no OAuth error code.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            status: 0,
            message: message.into(),
            oauth_error: None,
            retry_after: None,
            never_sent: false,
            connect_failure: None,
            detail: None,
            involved: None,
        }
    }

    /// The same about a setting of the environment.
    #[cfg(feature = "fetch")]
    pub(crate) fn involving(self, setting: Option<Involved>) -> Self {
        Self {
            involved: setting.map(Box::new),
            ..self
        }
    }

    /// The same for a message of two parts: the call that failed, and what went wrong.
    #[cfg(feature = "fetch")]
    pub(crate) fn of_call(code: ErrorCode, call: &str, detail: String) -> Self {
        Self {
            detail: Some(detail.as_str().into()),
            ..Self::new(code, format!("{call}: {detail}"))
        }
    }

    /// What went wrong, without the call that failed.
    #[cfg(feature = "cli")]
    pub(crate) fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or(&self.message)
    }

    /// Whether the same request may succeed later: no response, 429, or any 5xx.
    pub fn is_retryable(&self) -> bool {
        match self.code {
            ErrorCode::NetworkError => true,
            ErrorCode::TokenInvalid => self.status == 429 || self.status >= 500,
            ErrorCode::InvalidResponse | ErrorCode::Config => false,
        }
    }

    /// Whether the server says that the authorization code or refresh token is invalid, expired or revoked
    /// (`invalid_grant`, RFC 6749 §5.2).
    pub fn is_invalid_grant(&self) -> bool {
        !self.is_retryable() && self.oauth_error.as_deref() == Some("invalid_grant")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_no_response_429_and_5xx_are_retryable() {
        let at = |status| AuthError {
            status,
            ..AuthError::new(ErrorCode::TokenInvalid, "x")
        };
        for status in [429, 500, 502, 503, 504] {
            assert!(at(status).is_retryable(), "{status}");
        }
        for status in [201, 204, 302, 400, 401, 403, 404, 422] {
            assert!(!at(status).is_retryable(), "{status}");
        }
        assert!(AuthError::new(ErrorCode::NetworkError, "x").is_retryable());
        assert!(!AuthError::new(ErrorCode::InvalidResponse, "x").is_retryable());
    }

    #[test]
    fn an_invalid_grant_in_a_5xx_does_not_end_a_session() {
        let error = |status| AuthError {
            status,
            oauth_error: Some("invalid_grant".into()),
            ..AuthError::new(ErrorCode::TokenInvalid, "x")
        };
        assert!(error(400).is_invalid_grant());
        assert!(!error(503).is_invalid_grant());
    }
}
