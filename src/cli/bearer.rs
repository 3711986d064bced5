//! The access token of a run: from `NOESIS_TOKEN` or from a session, with the platform that it belongs to.

use super::error::{CliError, advice};
use super::session::{Session, TokenRequirement, unexpired_for};
use crate::{Secret, Unverified, time};

/// An access token, and where it belongs.
pub struct Bearer {
    pub token: Secret,
    pub token_type: String,
    /// When it expires, in Unix seconds, where that is known.
    pub expires_at: Option<i64>,
    pub base_url: Option<String>,
    pub client_id: Option<String>,
}

impl Bearer {
    /// The token in `NOESIS_TOKEN`, for the platform and client of the settings.
    pub fn of_environment(token: &Secret, base_url: Option<String>, client_id: Option<String>) -> Self {
        Self {
            expires_at: Unverified::parse(token.expose())
                .ok()
                .and_then(|token| token.payload().exp),
            token: token.clone(),
            token_type: "bearer".into(),
            base_url,
            client_id,
        }
    }

    /// Checks a token of the environment, which cannot be refreshed: an error where it has expired, and a warning where it
    /// expires sooner than required.
    pub fn check_freshness(&self, requirement: TokenRequirement, now: i64) -> Result<Option<String>, CliError> {
        let Some(at) = self.expires_at else { return Ok(None) };
        if at <= now {
            return Err(CliError::login_required(
                format!("the token in `NOESIS_TOKEN` expired {}", time::distance(at, now)),
                advice::NEW_TOKEN,
            ));
        }
        Ok(match requirement {
            TokenRequirement::MinTtl(ttl) if !unexpired_for(at, ttl, now) => Some(format!(
                "the token in `NOESIS_TOKEN` expires {}",
                time::distance(at, now)
            )),
            TokenRequirement::MinTtl(_) | TokenRequirement::ForceRefresh => None,
        })
    }
}

impl From<Session> for Bearer {
    fn from(session: Session) -> Self {
        Self {
            token: session.access_token,
            token_type: session.token_type,
            expires_at: session.expires_at,
            base_url: Some(session.base_url),
            client_id: Some(session.client_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_token_of_the_environment_is_an_error_when_expired_and_a_warning_when_it_expires_too_soon() {
        let expiring = |expires_at| Bearer {
            expires_at,
            ..Bearer::of_environment(&"opaque".into(), None, None)
        };
        let minute = TokenRequirement::MinTtl(Duration::from_secs(60));
        let check = |at| expiring(at).check_freshness(minute, 1000);
        assert_eq!(check(None).unwrap(), None);
        assert_eq!(check(Some(1060)).unwrap(), None);
        assert_eq!(
            check(Some(1059)).unwrap().as_deref(),
            Some("the token in `NOESIS_TOKEN` expires in 59 seconds")
        );
        assert_eq!(check(Some(1000)).unwrap_err().report().code, "LOGIN_REQUIRED");
    }
}
