//! The decision: whether a request is granted, from its verified token and the tool that it needs access to.
//!
//! [`decide`] is a pure function, so that it can be read and tested alone. The layer, the extractor and `noesis guard`
//! obtain a payload or a [`Denial`] and carry out what it returns; none of them decides anything.

use super::denial::{Denial, DenialKind};
use crate::{AuthError, TokenPayload, Verdict};

/// Decides whether a request is granted: with a valid token, and, where a `tool` is required, with access to it at `now`
/// (Unix seconds). Everything else is denied (rules G2, G4 and G6).
///
/// `authenticated` is the payload of the verified token, or anything that holds one, or the reason why there is none. A
/// grant returns it unchanged, so that the caller has a payload exactly where the request is granted.
///
/// ```
/// use noesis::TokenPayload;
/// use noesis::middleware::{Denial, DenialKind, decide};
///
/// let no_token: Result<TokenPayload, Denial> = Err(DenialKind::NoCredentials.into());
/// let denial = decide(no_token, Some("vision-lab"), 1_782_208_800).unwrap_err();
/// assert_eq!((denial.kind(), denial.status().as_u16()), (DenialKind::NoCredentials, 401));
/// ```
///
/// # Errors
/// [`Denial`], which has the status and body to answer with.
pub fn decide<P: AsRef<TokenPayload>>(
    authenticated: Result<P, Denial>,
    tool: Option<&str>,
    now: i64,
) -> Result<P, Denial> {
    let payload = authenticated?;
    match tool {
        Some(tool) if !payload.as_ref().opens(tool, now) => Err(Denial::no_access(tool)),
        _ => Ok(payload),
    }
}

/// The payload of a verified token, from what [`JwtValidator::verify`](crate::JwtValidator::verify) returned.
///
/// # Errors
/// [`Denial`] where the token failed a check, or no keys are available.
pub fn authenticate(result: Result<Verdict, AuthError>) -> Result<TokenPayload, Denial> {
    let verdict = result.map_err(|_| Denial::from(DenialKind::KeysUnavailable))?;
    let verified = verdict.into_verified();
    let verified = verified.map_err(|invalid| Denial::invalid_token(invalid.to_string()))?;
    Ok(verified.into_payload())
}

impl AsRef<Self> for TokenPayload {
    fn as_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, Keys, Policy};

    #[test]
    fn g6_a_request_without_a_verified_token_is_denied() {
        let unavailable = authenticate(Err(AuthError::new(ErrorCode::NetworkError, "down"))).unwrap_err();
        let invalid = authenticate(Ok(Policy::new().verify("x", Keys::default(), 0))).unwrap_err();
        assert_eq!(invalid.to_string(), {
            let verdict = Policy::new().verify("x", Keys::default(), 0);
            verdict.reason().unwrap()
        });
        for (denial, status) in [
            (DenialKind::NoCredentials.into(), 401),
            (DenialKind::AmbiguousCredentials.into(), 400),
            (unavailable, 503),
            (invalid, 401),
        ] {
            for tool in [None, Some("a")] {
                let decision = decide::<TokenPayload>(Err(denial.clone()), tool, 0).unwrap_err();
                assert_eq!(decision, denial);
                assert_eq!(decision.status().as_u16(), status, "{denial:?}");
            }
        }
    }

    #[test]
    fn g4_a_valid_token_is_granted_with_access_to_the_tool_and_admins_are_no_exception() {
        let claims = serde_json::json!({
            "sub": "u", "is_admin": true, "entitlements": [{ "tool_id": 7, "expires_at": 100 }],
        });
        let payload = TokenPayload::read(claims.as_object().unwrap());
        assert!(decide(Ok(&payload), None, 99).is_ok());
        assert!(decide(Ok(&payload), Some("7"), 99).is_ok());
        let ended = decide(Ok(&payload), Some("7"), 100).unwrap_err();
        assert_eq!(
            (ended.status().as_u16(), ended.to_string()),
            (403, "No access to tool 7".into())
        );
        assert_eq!(decide(Ok(&payload), Some("8"), 99), Err(Denial::no_access("8")));
    }
}
