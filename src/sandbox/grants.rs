//! What a user's approval gives to a client: an authorization code, then refresh and access tokens.
//!
//! Everything that stems from one approval shares one [`Grant`]; revoking that ends all of it. A code that comes back a
//! second time and a refresh token that was already rotated both mean that somebody else holds a copy, and revoke the
//! grant (RFC 6749 §4.1.2, RFC 9700 §4.14.2).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::expiring::Expiring;
use super::oauth_error::OAuthError;
use super::state::Claims;
use super::{digest, pkce};

/// One approval.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) client: String,
    pub(super) user: String,
    revoked: AtomicBool,
}

impl Grant {
    pub(super) fn new(client: &str, user: &str) -> Arc<Self> {
        Arc::new(Self {
            client: client.to_owned(),
            user: user.to_owned(),
            revoked: AtomicBool::new(false),
        })
    }

    fn revoke(&self) {
        self.revoked.store(true, Ordering::Relaxed);
    }

    fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Relaxed)
    }
}

/// What an authorization code is bound to (RFC 6749 §4.1.3, RFC 7636 §4.4).
pub(super) struct Binding {
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
}

/// What a client shows for its code.
pub(super) struct Presented<'a> {
    pub(super) client: &'a str,
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: Option<&'a str>,
}

struct Code {
    grant: Arc<Grant>,
    binding: Binding,
    expires_at: u64,
    shown: Shown,
}

/// What has become of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    NotYet,
    /// With something wrong beside it: it is spent, and nothing came of it.
    Wrongly,
    /// Tokens came of it.
    Rightly,
}

struct Refresh {
    grant: Arc<Grant>,
    rotated: bool,
}

/// An access token that was issued here.
pub(super) struct Access {
    pub(super) grant: Arc<Grant>,
    pub(super) claims: Claims,
}

/// All codes and tokens that are still worth knowing.
pub(super) struct Grants {
    codes: Expiring<String, Code>,
    refresh: Expiring<String, Refresh>,
    access: Expiring<[u8; 32], Access>,
    code_ttl: u64,
    refresh_ttl: u64,
}

const CAPACITY: usize = 100_000;

impl Grants {
    /// Lifetimes are in seconds.
    pub(super) fn new(code_ttl: u64, refresh_ttl: u64) -> Self {
        Self {
            codes: Expiring::new(CAPACITY),
            refresh: Expiring::new(CAPACITY),
            access: Expiring::new(CAPACITY),
            code_ttl,
            refresh_ttl,
        }
    }

    pub(super) fn issue_code(&mut self, grant: Arc<Grant>, binding: Binding, now: u64) -> Result<String, OAuthError> {
        let name = digest::random("ac_")?;
        let expires_at = now.saturating_add(self.code_ttl);
        let code = Code {
            grant,
            binding,
            expires_at,
            shown: Shown::NotYet,
        };
        // Known for as long as a token that came of it may live: a replay after the code's own end still tells.
        let keep_until = expires_at.saturating_add(self.refresh_ttl);
        self.codes.insert(name.clone(), code, keep_until, now);
        Ok(name)
    }

    /// Takes a code. It is spent by being shown, even with the wrong verifier (RFC 9700 §4.2.4).
    pub(super) fn take_code(&mut self, shown: &Presented<'_>, now: u64) -> Result<Arc<Grant>, OAuthError> {
        let unknown = || OAuthError::invalid_grant("the authorization code is unknown");
        let code = self.codes.get_mut(&shown.code.to_owned(), now).ok_or_else(unknown)?;
        if code.shown == Shown::Rightly {
            code.grant.revoke();
            let reuse = "the authorization code was used before; every token issued for it is revoked";
            return Err(OAuthError::invalid_grant(reuse));
        }
        if now >= code.expires_at {
            return Err(OAuthError::invalid_grant("the authorization code has expired"));
        }
        if code.shown == Shown::Wrongly {
            let spent =
                "the authorization code was shown before with something wrong, and is spent; nothing was issued for it";
            return Err(OAuthError::invalid_grant(spent));
        }
        code.shown = Shown::Wrongly;
        if code.grant.client != shown.client {
            let other = "the authorization code was issued to another client";
            return Err(OAuthError::invalid_grant(other));
        }
        if code.binding.redirect_uri != shown.redirect_uri {
            let differs = "`redirect_uri` is not the one of the authorization request";
            return Err(OAuthError::invalid_grant(differs));
        }
        pkce::check_verifier(code.binding.challenge.as_deref(), shown.verifier)?;
        code.shown = Shown::Rightly;
        Ok(Arc::clone(&code.grant))
    }

    pub(super) fn issue_refresh_token(&mut self, grant: &Arc<Grant>, now: u64) -> Result<String, OAuthError> {
        let name = digest::random("rt_")?;
        let refresh = Refresh {
            grant: Arc::clone(grant),
            rotated: false,
        };
        let keep_until = now.saturating_add(self.refresh_ttl);
        self.refresh.insert(name.clone(), refresh, keep_until, now);
        Ok(name)
    }

    /// The client that a refresh token belongs to, where the token is known.
    pub(super) fn refresh_token_client(&self, token: &str, now: u64) -> Option<&str> {
        let refresh = self.refresh.get(&token.to_owned(), now)?;
        Some(&refresh.grant.client)
    }

    /// Takes a refresh token out of use; the next one is for the caller to issue.
    pub(super) fn rotate(&mut self, token: &str, client: &str, now: u64) -> Result<Arc<Grant>, OAuthError> {
        let unknown = || OAuthError::invalid_grant("the refresh token is unknown or has expired");
        let refresh = self.refresh.get_mut(&token.to_owned(), now).ok_or_else(unknown)?;
        if refresh.grant.client != client {
            let other = "the refresh token was issued to another client";
            return Err(OAuthError::invalid_grant(other));
        }
        if refresh.rotated {
            refresh.grant.revoke();
            let reuse = "the refresh token was used before; the session it belongs to is revoked";
            return Err(OAuthError::invalid_grant(reuse));
        }
        if refresh.grant.is_revoked() {
            return Err(OAuthError::invalid_grant("the session was revoked"));
        }
        refresh.rotated = true;
        Ok(Arc::clone(&refresh.grant))
    }

    pub(super) fn note_access_token(&mut self, token: &str, claims: Claims, grant: &Arc<Grant>, now: u64) {
        let exp = claims.exp;
        let access = Access {
            grant: Arc::clone(grant),
            claims,
        };
        self.access.insert(digest::sha256(token.as_bytes()), access, exp, now);
    }

    /// The access token of exactly this text, where it was issued here, lives, and was not revoked.
    pub(super) fn access_token(&self, token: &str, now: u64) -> Option<&Access> {
        let access = self.access.get(&digest::sha256(token.as_bytes()), now)?;
        (!access.grant.is_revoked()).then_some(access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const URI: &str = "http://127.0.0.1:5000/callback";

    fn grants_with_code(challenge: Option<&str>) -> (Grants, Arc<Grant>, String) {
        let mut grants = Grants::new(60, 3_600);
        let grant = Grant::new("cli", "ada");
        let binding = Binding {
            redirect_uri: URI.into(),
            challenge: challenge.map(Into::into),
        };
        let code = grants.issue_code(Arc::clone(&grant), binding, 1_000).unwrap();
        (grants, grant, code)
    }

    fn shown(code: &str) -> Presented<'_> {
        Presented {
            client: "cli",
            code,
            redirect_uri: URI,
            verifier: Some(VERIFIER),
        }
    }

    fn claims(exp: u64) -> Claims {
        Claims {
            iss: String::new(),
            sub: "ada".into(),
            exp,
            iat: 0,
            jti: String::new(),
            entitlements: Vec::new(),
            role: None,
            is_admin: false,
        }
    }

    #[test]
    fn a_code_lives_sixty_seconds_and_not_one_more() {
        let challenge = pkce::s256(VERIFIER);
        let (mut grants, _, code) = grants_with_code(Some(&challenge));
        assert!(grants.take_code(&shown(&code), 1_059).is_ok());
        let (mut grants, _, code) = grants_with_code(Some(&challenge));
        let error = grants.take_code(&shown(&code), 1_060).unwrap_err();
        assert_eq!(
            (error.error, error.description.as_str()),
            ("invalid_grant", "the authorization code has expired")
        );
    }

    #[test]
    fn a_code_shown_twice_ends_everything_that_came_of_it_even_after_its_own_time() {
        let (mut grants, grant, code) = grants_with_code(Some(&pkce::s256(VERIFIER)));
        grants.take_code(&shown(&code), 1_001).unwrap();
        let refresh = grants.issue_refresh_token(&grant, 1_001).unwrap();
        grants.note_access_token("at", claims(9_000), &grant, 1_001);
        assert!(grants.access_token("at", 2_000).is_some());
        assert_eq!(
            grants.take_code(&shown(&code), 2_000).unwrap_err().error,
            "invalid_grant"
        );
        assert!(grants.access_token("at", 2_000).is_none());
        assert_eq!(
            grants.rotate(&refresh, "cli", 2_000).unwrap_err().error,
            "invalid_grant"
        );
    }

    #[test]
    fn a_code_is_spent_by_being_shown_with_anything_wrong() {
        let challenge = pkce::s256(VERIFIER);
        let wrong: [fn(&mut Presented<'_>); 4] = [
            |shown| shown.client = "other",
            |shown| shown.redirect_uri = "http://127.0.0.1:5001/callback",
            |shown| shown.verifier = Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            |shown| shown.verifier = None,
        ];
        for spoil in wrong {
            let (mut grants, _, code) = grants_with_code(Some(&challenge));
            let mut spoiled = shown(&code);
            spoil(&mut spoiled);
            assert!(grants.take_code(&spoiled, 1_001).is_err());
            // What is said of it the next time is what happened: no token was there to revoke.
            let again = grants.take_code(&shown(&code), 1_001).unwrap_err().description;
            assert!(again.contains("is spent; nothing was issued for it"), "{again}");
            let late = grants.take_code(&shown(&code), 2_000).unwrap_err().description;
            assert_eq!(late, "the authorization code has expired");
        }
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused_as_a_downgrade() {
        let (mut grants, _, code) = grants_with_code(None);
        assert_eq!(
            grants.take_code(&shown(&code), 1_001).unwrap_err().error,
            "invalid_grant"
        );
    }

    #[test]
    fn a_rotated_refresh_token_that_comes_back_revokes_its_successors_and_no_other_session() {
        let mut grants = Grants::new(60, 3_600);
        let (mine, other) = (Grant::new("cli", "ada"), Grant::new("cli", "ada"));
        let first = grants.issue_refresh_token(&mine, 0).unwrap();
        let elsewhere = grants.issue_refresh_token(&other, 0).unwrap();
        let grant = grants.rotate(&first, "cli", 1).unwrap();
        let second = grants.issue_refresh_token(&grant, 1).unwrap();
        grants.note_access_token("at", claims(900), &grant, 1);
        assert_eq!(grants.rotate(&first, "cli", 2).unwrap_err().error, "invalid_grant");
        assert_eq!(grants.rotate(&second, "cli", 2).unwrap_err().error, "invalid_grant");
        assert!(grants.access_token("at", 2).is_none());
        assert!(grants.rotate(&elsewhere, "cli", 2).is_ok());
    }

    #[test]
    fn another_client_can_neither_use_nor_revoke_a_refresh_token() {
        let mut grants = Grants::new(60, 3_600);
        let token = grants.issue_refresh_token(&Grant::new("cli", "ada"), 0).unwrap();
        assert_eq!(grants.rotate(&token, "other", 1).unwrap_err().error, "invalid_grant");
        assert!(grants.rotate(&token, "cli", 1).is_ok());
    }

    #[test]
    fn tokens_end_at_their_time() {
        let mut grants = Grants::new(60, 3_600);
        let grant = Grant::new("cli", "ada");
        let refresh = grants.issue_refresh_token(&grant, 0).unwrap();
        grants.note_access_token("at", claims(900), &grant, 0);
        assert!(grants.access_token("at", 899).is_some());
        assert!(grants.access_token("at", 900).is_none());
        assert_eq!(
            grants.rotate(&refresh, "cli", 3_600).unwrap_err().error,
            "invalid_grant"
        );
    }
}
