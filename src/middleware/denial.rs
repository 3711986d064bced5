//! Why a request is denied, and the answer that follows from it (RFC 6750 §3; the SDK's `HTTPException`).
//!
//! A [`Denial`] is created where the reason is known: by the parser of the `Authorization` header, by the verification of
//! the token, or by the access check. The response, the guard's metrics and its access log all read [`DenialKind`]'s table.

use std::borrow::Cow;
use std::fmt;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};

/// The kinds of denial. Each is one row of a table: status, error code, name and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DenialKind {
    /// No `Authorization` header, another scheme, or no token after the scheme.
    NoCredentials,
    /// More than one `Authorization` value: a proxy and this service could read different ones.
    AmbiguousCredentials,
    /// The token failed verification.
    InvalidToken,
    /// The token is valid and gives no access to the tool.
    NoAccess,
    /// No keys are available to verify the token with.
    KeysUnavailable,
}

/// What one kind of denial consists of.
struct Row {
    status: StatusCode,
    error_code: Option<&'static str>,
    name: &'static str,
    detail: &'static str,
}

impl DenialKind {
    /// Every kind, in the order of their declaration.
    pub const ALL: &'static [Self] = &[
        Self::NoCredentials,
        Self::AmbiguousCredentials,
        Self::InvalidToken,
        Self::NoAccess,
        Self::KeysUnavailable,
    ];

    /// The table. `detail` is the message of a denial that has none of its own.
    #[rustfmt::skip]
    const fn row(self) -> Row {
        let (status, error_code, name, detail) = match self {
            Self::NoCredentials =>
                (StatusCode::UNAUTHORIZED, None, "no_credentials", "Missing or invalid Authorization header"),
            Self::AmbiguousCredentials =>
                (StatusCode::BAD_REQUEST, Some("invalid_request"), "ambiguous", "more than one Authorization value"),
            Self::InvalidToken =>
                (StatusCode::UNAUTHORIZED, Some("invalid_token"), "invalid_token", "the token is not valid"),
            Self::NoAccess =>
                (StatusCode::FORBIDDEN, Some("insufficient_scope"), "no_access", "No access to this tool"),
            Self::KeysUnavailable =>
                (StatusCode::SERVICE_UNAVAILABLE, None, "no_keys", "the token cannot be verified now: no keys are available"),
        };
        Row { status, error_code, name, detail }
    }

    /// The status to answer with.
    pub const fn status(self) -> StatusCode {
        self.row().status
    }

    /// The error code of the challenge (RFC 6750 §3.1); none where no credentials were sent (rule G2) or no challenge is.
    pub const fn error_code(self) -> Option<&'static str> {
        self.row().error_code
    }

    /// The name of the kind, as the guard's metrics and access log have it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }
}

/// Why a request is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    kind: DenialKind,
    detail: Cow<'static, str>,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Denial {}

impl From<DenialKind> for Denial {
    /// A denial with the message of its kind.
    fn from(kind: DenialKind) -> Self {
        let detail = Cow::Borrowed(kind.row().detail);
        Self { kind, detail }
    }
}

impl Denial {
    /// The token failed verification, for this reason.
    pub fn invalid_token(reason: impl Into<String>) -> Self {
        Self {
            kind: DenialKind::InvalidToken,
            detail: Cow::Owned(reason.into()),
        }
    }

    /// The token gives no access to this tool.
    pub fn no_access(tool: &str) -> Self {
        Self {
            kind: DenialKind::NoAccess,
            detail: Cow::Owned(format!("No access to tool {tool}")),
        }
    }

    /// The kind, which determines the status.
    pub fn kind(&self) -> DenialKind {
        self.kind
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The body to answer with: `{"detail": "…"}`, as FastAPI's `HTTPException` gives it.
    pub fn body(&self) -> String {
        serde_json::json!({ "detail": self.detail }).to_string()
    }

    /// The challenge (RFC 6750 §3): without an error code where no credentials were sent (rule G2); none where the fault
    /// is not the client's.
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        if self.kind == DenialKind::KeysUnavailable {
            return None;
        }
        let Some(error) = self.kind.error_code() else {
            return Some(HeaderValue::from_static("Bearer realm=\"noesis\""));
        };
        let description = error_description(&self.detail);
        let challenge = format!("Bearer realm=\"noesis\", error=\"{error}\", error_description=\"{description}\"");
        HeaderValue::from_str(&challenge).ok()
    }

    /// The headers to answer with.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.www_authenticate() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if self.kind == DenialKind::KeysUnavailable {
            // The cool-down of the key endpoint while it is down (rule K3).
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        headers
    }

    /// The whole response.
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(self.body()));
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers();
        response
    }
}

/// The text with every character replaced that RFC 6750 §3 does not allow in an `error_description`.
fn error_description(text: &str) -> String {
    let allowed = |c: char| match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().map(allowed).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_status_error_code_and_name() {
        assert_eq!(DenialKind::ALL.len(), 5);
        for (&kind, row) in DenialKind::ALL.iter().zip([
            (401, None, "no_credentials"),
            (400, Some("invalid_request"), "ambiguous"),
            (401, Some("invalid_token"), "invalid_token"),
            (403, Some("insufficient_scope"), "no_access"),
            (503, None, "no_keys"),
        ]) {
            assert_eq!((kind.status().as_u16(), kind.error_code(), kind.name()), row);
            let denial = Denial::from(kind);
            assert_eq!((denial.kind(), denial.status()), (kind, kind.status()));
            let body: serde_json::Value = serde_json::from_str(&denial.body()).unwrap();
            assert_eq!(body, serde_json::json!({ "detail": denial.to_string() }));
            let headers = denial.headers();
            assert_eq!(headers.get("content-type").unwrap(), "application/json");
            assert_eq!(headers.get("cache-control").unwrap(), "no-store");
            let retry = headers.get("retry-after").map(|value| value.to_str().unwrap());
            assert_eq!(retry, (row.0 == 503).then_some("30"));
            assert_eq!(headers.contains_key("www-authenticate"), row.0 != 503);
            let response: Response<String> = denial.response();
            assert_eq!((response.status(), response.headers()), (denial.status(), &headers));
            assert_eq!(response.body(), &denial.body());
        }
    }

    #[test]
    fn g2_the_challenge_has_an_error_code_only_where_credentials_were_sent() {
        let challenge = |denial: Denial| denial.www_authenticate().map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(
            challenge(DenialKind::NoCredentials.into()).as_deref(),
            Some("Bearer realm=\"noesis\"")
        );
        assert_eq!(
            challenge(Denial::invalid_token("expired 3 days ago")).as_deref(),
            Some("Bearer realm=\"noesis\", error=\"invalid_token\", error_description=\"expired 3 days ago\"")
        );
        assert_eq!(
            challenge(Denial::no_access("a\"\\\r\né")).as_deref(),
            Some(
                "Bearer realm=\"noesis\", error=\"insufficient_scope\", error_description=\"No access to tool a'/???\""
            )
        );
        assert_eq!(challenge(DenialKind::KeysUnavailable.into()), None);
        let long = challenge(Denial::invalid_token("x".repeat(400))).unwrap();
        assert!(long.ends_with(&format!("=\"{}\"", "x".repeat(300))), "{long}");
    }
}
