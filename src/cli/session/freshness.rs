//! How fresh an access token has to be, and what that means for a stored session.

use std::time::Duration;

use super::record::Session;

/// What a command requires of the access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is valid for at least this much longer.
    MinTtl(Duration),
    /// It is new, however long the stored one is still valid.
    ForceRefresh,
}

/// What to do about a session's access token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is valid for long enough.
    Use,
    /// It expires too soon and cannot be refreshed, but is still valid.
    UseUntilExpiry,
    Refresh,
    /// It has expired, and cannot be refreshed.
    SignIn,
}

/// Decides by the stored session alone, without asking the platform.
pub(super) fn decide(session: &Session, freshness: Freshness, now: i64) -> Decision {
    let refreshable = !session.refresh_token.is_empty();
    match freshness {
        Freshness::ForceRefresh if refreshable => Decision::Refresh,
        Freshness::ForceRefresh => Decision::SignIn,
        Freshness::MinTtl(_) if refreshable && session.obtained_in_the_future(now) => Decision::Refresh,
        Freshness::MinTtl(ttl) if session.is_valid_for(ttl, now) => Decision::Use,
        Freshness::MinTtl(_) if refreshable => Decision::Refresh,
        Freshness::MinTtl(_) if session.is_valid_for(Duration::ZERO, now) => Decision::UseUntilExpiry,
        Freshness::MinTtl(_) => Decision::SignIn,
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
        let freshness = Freshness::MinTtl(Duration::from_secs(60));
        assert_eq!(decide(&ahead("r"), freshness, 100), Decision::Refresh);
        assert_eq!(decide(&ahead(""), freshness, 100), Decision::Use);
        assert_eq!(decide(&ahead("r"), freshness, 999_900), Decision::Use);
    }

    #[test]
    fn a_token_that_expires_too_soon_is_refreshed_or_used_where_it_cannot_be() {
        let ttl = |seconds| Freshness::MinTtl(Duration::from_secs(seconds));
        for (expires_at, refresh, freshness, decision) in [
            (Some(160), "r", ttl(60), Decision::Use),
            (Some(159), "r", ttl(60), Decision::Refresh),
            (Some(159), "", ttl(60), Decision::UseUntilExpiry),
            (Some(100), "", ttl(60), Decision::SignIn),
            (Some(100), "", ttl(0), Decision::SignIn),
            (Some(101), "r", ttl(0), Decision::Use),
            (Some(100), "r", ttl(0), Decision::Refresh),
            (None, "r", ttl(60), Decision::Use),
            (Some(i64::MAX), "r", Freshness::ForceRefresh, Decision::Refresh),
            (Some(i64::MAX), "", Freshness::ForceRefresh, Decision::SignIn),
            (Some(i64::MIN), "r", ttl(u64::MAX), Decision::Refresh),
        ] {
            assert_eq!(
                decide(&session(expires_at, refresh), freshness, 100),
                decision,
                "{expires_at:?} {refresh} {freshness:?}"
            );
        }
    }
}
