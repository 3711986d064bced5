//! The decision: from what is known of a request's credentials to what is let through or answered.
//!
//! [`decide`] is one pure function, so that it can be read and tested alone. The layer, the extractor and `noesis guard`
//! gather the [`Evidence`] and carry out what it says; none of them decides anything.

use std::fmt;

use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};

use super::bearer::BearerError;
use crate::{AuthError, TokenPayload, Verdict};

/// What is known of the credentials of a request.
#[derive(Debug, Clone, Copy)]
pub enum Evidence<'e> {
    /// There is no usable bearer token.
    NoCredentials(BearerError),
    /// There are no keys to judge the token by.
    NoKeys(&'e AuthError),
    /// The token broke a rule.
    Invalid(&'e Verdict),
    /// The token holds, and says this.
    Valid(&'e TokenPayload),
}

impl<'e> From<&'e Verdict> for Evidence<'e> {
    fn from(verdict: &'e Verdict) -> Self {
        match verdict.verified() {
            Some(verified) => Self::Valid(verified.payload()),
            None => Self::Invalid(verdict),
        }
    }
}

/// Why a request may not pass, and what is answered to it (RFC 6750 §3; the SDK's `HTTPException`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No usable bearer token: 401, or 400 where the request is ambiguous.
    Credentials(BearerError),
    /// The token broke a rule: 401, with the reason.
    Invalid(String),
    /// The token holds and gives no access to this tool: 403.
    NoAccess(String),
    /// There are no keys to judge by: 503.
    NoKeys,
}

/// In the words of the SDK, where it has this refusal.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(BearerError::Missing | BearerError::Malformed) => {
                f.write_str("Missing or invalid Authorization header")
            }
            Self::Credentials(error @ BearerError::Ambiguous) => error.fmt(f),
            Self::Invalid(reason) => f.write_str(reason),
            Self::NoAccess(tool) => write!(f, "No access to tool {tool}"),
            Self::NoKeys => f.write_str("the token cannot be judged now: there are no keys to judge it by"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Whether a request passes: with a token that holds, and access to the tool where one is required, as it is at `now`
/// (Unix seconds). Whatever is not known for certain is refused (rules G2, G4 and G6).
///
/// ```
/// use noesis::middleware::{BearerError, Evidence, Refusal, decide};
///
/// let refused = decide(Evidence::NoCredentials(BearerError::Missing), Some("vision-lab"), 1_782_208_800);
/// assert_eq!(refused, Err(Refusal::Credentials(BearerError::Missing)));
/// ```
///
/// # Errors
/// [`Refusal`], which knows its status and body.
pub fn decide<'e>(evidence: Evidence<'e>, tool: Option<&str>, now: i64) -> Result<&'e TokenPayload, Refusal> {
    match evidence {
        Evidence::NoCredentials(error) => Err(Refusal::Credentials(error)),
        Evidence::NoKeys(_) => Err(Refusal::NoKeys),
        Evidence::Invalid(verdict) => Err(Refusal::Invalid(
            verdict.reason().unwrap_or_else(|| "the token is not valid".into()),
        )),
        Evidence::Valid(payload) => match tool {
            Some(tool) if !payload.opens(tool, now) => Err(Refusal::NoAccess(tool.to_owned())),
            _ => Ok(payload),
        },
    }
}

impl Refusal {
    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Credentials(error) => error.status(),
            Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            Self::NoAccess(_) => StatusCode::FORBIDDEN,
            Self::NoKeys => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The body to answer with: `{"detail": "…"}`, as FastAPI's `HTTPException` gives it.
    pub fn body(&self) -> String {
        serde_json::json!({ "detail": self.to_string() }).to_string()
    }

    /// The challenge (RFC 6750 §3): without an error code where no credentials came (rule G2).
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        let error = match self {
            Self::Credentials(BearerError::Missing | BearerError::Malformed) => {
                return Some(HeaderValue::from_static("Bearer realm=\"noesis\""));
            }
            Self::Credentials(BearerError::Ambiguous) => "invalid_request",
            Self::Invalid(_) => "invalid_token",
            Self::NoAccess(_) => "insufficient_scope",
            Self::NoKeys => return None,
        };
        let description = quotable(&self.to_string());
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
        if *self == Self::NoKeys {
            // The key endpoint is asked once in so many seconds while it is down (rule K3).
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        headers
    }

    /// The whole answer.
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(self.body()));
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers();
        response
    }
}

/// What RFC 6750 §3 lets an `error_description` consist of.
fn quotable(text: &str) -> String {
    let plain = |c: char| match c {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().map(plain).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, Keys, Policy};

    fn payload(claims: serde_json::Value) -> TokenPayload {
        TokenPayload::read(claims.as_object().unwrap())
    }

    #[test]
    fn what_is_not_known_for_certain_is_refused() {
        let error = AuthError::new(ErrorCode::NetworkError, "down");
        let verdict = Policy::new().judge("x", Keys::default(), 0);
        for (evidence, status) in [
            (Evidence::NoCredentials(BearerError::Missing), 401),
            (Evidence::NoCredentials(BearerError::Malformed), 401),
            (Evidence::NoCredentials(BearerError::Ambiguous), 400),
            (Evidence::NoKeys(&error), 503),
            (Evidence::from(&verdict), 401),
        ] {
            for tool in [None, Some("a")] {
                let refusal = decide(evidence, tool, 0).unwrap_err();
                assert_eq!(refusal.status().as_u16(), status, "{evidence:?}");
                let body: serde_json::Value = serde_json::from_str(&refusal.body()).unwrap();
                assert_eq!(body, serde_json::json!({ "detail": refusal.to_string() }));
            }
        }
    }

    #[test]
    fn g4_a_valid_token_passes_where_it_has_the_tool_and_admins_are_no_exception() {
        let payload = payload(serde_json::json!({
            "sub": "u", "is_admin": true, "entitlements": [{ "tool_id": 7, "expires_at": 100 }],
        }));
        let evidence = Evidence::Valid(&payload);
        assert!(decide(evidence, None, 99).is_ok());
        assert!(decide(evidence, Some("7"), 99).is_ok());
        let ended = decide(evidence, Some("7"), 100).unwrap_err();
        assert_eq!(
            (ended.status().as_u16(), ended.to_string()),
            (403, "No access to tool 7".into())
        );
        assert_eq!(decide(evidence, Some("8"), 99), Err(Refusal::NoAccess("8".into())));
    }

    #[test]
    fn g2_the_challenge_names_an_error_only_where_credentials_came() {
        let challenge = |refusal: Refusal| refusal.www_authenticate().map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(
            challenge(Refusal::Credentials(BearerError::Missing)).as_deref(),
            Some("Bearer realm=\"noesis\"")
        );
        assert_eq!(
            challenge(Refusal::Invalid("expired 3 days ago".into())).as_deref(),
            Some("Bearer realm=\"noesis\", error=\"invalid_token\", error_description=\"expired 3 days ago\"")
        );
        assert_eq!(
            challenge(Refusal::NoAccess("a\"\\\r\né".into())).as_deref(),
            Some(
                "Bearer realm=\"noesis\", error=\"insufficient_scope\", error_description=\"No access to tool a'/???\""
            )
        );
        assert_eq!(challenge(Refusal::NoKeys), None);
        assert_eq!(Refusal::NoKeys.headers().get("retry-after").unwrap(), "30");
    }
}
