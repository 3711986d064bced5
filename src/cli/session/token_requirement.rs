//! How fresh an access token has to be, and what that means for a stored session.

use std::time::Duration;

use super::record::Session;

/// What a command requires of the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRequirement {
    /// It is valid for at least this much longer.
    MinTtl(Duration),
    /// It is new, however long the stored one is still valid.
    ForceRefresh,
}

/// What to do about a session's access token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenAction {
    /// It is valid for long enough.
    Use,
    /// It expires too soon and cannot be refreshed, but is still valid.
    UseUntilExpiry,
    Refresh,
    /// It has expired, and cannot be refreshed.
    SignIn,
}

/// Decides by the stored session alone, without asking the platform.
pub(super) fn decide(session: &Session, requirement: TokenRequirement, now: i64) -> TokenAction {
    let refreshable = !session.refresh_token.is_empty();
    match requirement {
        TokenRequirement::ForceRefresh if refreshable => TokenAction::Refresh,
        TokenRequirement::ForceRefresh => TokenAction::SignIn,
        TokenRequirement::MinTtl(_) if refreshable && session.obtained_in_the_future(now) => TokenAction::Refresh,
        TokenRequirement::MinTtl(ttl) if session.is_valid_for(ttl, now) => TokenAction::Use,
        TokenRequirement::MinTtl(_) if refreshable => TokenAction::Refresh,
        TokenRequirement::MinTtl(_) if session.is_valid_for(Duration::ZERO, now) => TokenAction::UseUntilExpiry,
        TokenRequirement::MinTtl(_) => TokenAction::SignIn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(expires_at: Option<i64>, refresh_token: &str) -> Session {
        Session {
            base_url: "http://127.0.0.1:1".into(),
            client_id: "noesis-cli".into(),
            access_token: "a".into(),
            refresh_token: refresh_token.into(),
            token_type: "bearer".into(),
            expires_at,
            obtained_at: 0,
        }
    }

    #[test]
    fn a_session_obtained_in_the_future_is_refreshed_where_it_can_be() {
        let ahead = |refresh_token| Session {
            obtained_at: 1_000_000,
            ..session(Some(2_000_000), refresh_token)
        };
        let requirement = TokenRequirement::MinTtl(Duration::from_secs(60));
        assert_eq!(decide(&ahead("r"), requirement, 100), TokenAction::Refresh);
        assert_eq!(decide(&ahead(""), requirement, 100), TokenAction::Use);
        assert_eq!(decide(&ahead("r"), requirement, 999_900), TokenAction::Use);
    }

    #[test]
    fn a_token_that_expires_too_soon_is_refreshed_or_used_where_it_cannot_be() {
        let ttl = |seconds| TokenRequirement::MinTtl(Duration::from_secs(seconds));
        for (expires_at, refresh, requirement, decision) in [
            (Some(160), "r", ttl(60), TokenAction::Use),
            (Some(159), "r", ttl(60), TokenAction::Refresh),
            (Some(159), "", ttl(60), TokenAction::UseUntilExpiry),
            (Some(100), "", ttl(60), TokenAction::SignIn),
            (Some(100), "", ttl(0), TokenAction::SignIn),
            (Some(101), "r", ttl(0), TokenAction::Use),
            (Some(100), "r", ttl(0), TokenAction::Refresh),
            (None, "r", ttl(60), TokenAction::Use),
            (
                Some(i64::MAX),
                "r",
                TokenRequirement::ForceRefresh,
                TokenAction::Refresh,
            ),
            (Some(i64::MAX), "", TokenRequirement::ForceRefresh, TokenAction::SignIn),
            (Some(i64::MIN), "r", ttl(u64::MAX), TokenAction::Refresh),
        ] {
            assert_eq!(
                decide(&session(expires_at, refresh), requirement, 100),
                decision,
                "{expires_at:?} {refresh} {requirement:?}"
            );
        }
    }
}
