//! Authorization codes, refresh tokens and access tokens.
//!
//! All codes and tokens that follow from one approval share one [`Grant`]; revoking it revokes all of them. A code that is
//! used twice and a refresh token that is used after its rotation may have been stolen, and revoke the grant (RFC 6749
//! §4.1.2, RFC 9700 §4.14.2).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::claims::Claims;
use super::expiring::{Expiring, TextSize};
use super::oauth_error::OAuthError;
use super::{digest, pkce};

/// One approval of a client by a user.
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

/// An authorization code as a client presents it, with the other parameters of the token request.
pub(super) struct PresentedCode<'a> {
    pub(super) client: &'a str,
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: Option<&'a str>,
}

struct Code {
    grant: Arc<Grant>,
    binding: Binding,
    expires_at: u64,
    state: CodeState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CodeState {
    Unused,
    /// Presented with a wrong parameter: it cannot be used again, and no token was issued for it.
    Rejected,
    /// Tokens were issued for it.
    Exchanged,
}

struct Refresh {
    grant: Arc<Grant>,
    rotated: bool,
}

/// An access token that was issued here.
pub(super) struct AccessGrant {
    pub(super) grant: Arc<Grant>,
    pub(super) claims: Claims,
}

impl TextSize for Arc<Grant> {
    fn text_size(&self) -> usize {
        self.client.len() + self.user.len()
    }
}

impl TextSize for Code {
    fn text_size(&self) -> usize {
        let challenge = self.binding.challenge.as_ref().map_or(0, String::len);
        self.grant.text_size() + self.binding.redirect_uri.len() + challenge
    }
}

impl TextSize for Refresh {
    fn text_size(&self) -> usize {
        self.grant.text_size()
    }
}

impl TextSize for AccessGrant {
    fn text_size(&self) -> usize {
        self.grant.text_size() + self.claims.text_size()
    }
}

/// All codes and tokens that have not been forgotten yet.
pub(super) struct Grants {
    codes: Expiring<String, Code>,
    refresh: Expiring<String, Refresh>,
    access: Expiring<[u8; 32], AccessGrant>,
    code_ttl: u64,
    refresh_ttl: u64,
}

/// How many of each kind are kept. The memory that they take is limited as well, see [`Expiring`].
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
            state: CodeState::Unused,
        };
        // Kept for as long as a refresh token issued for it may live, so that a replay after the code expired is detected.
        let keep_until = expires_at.saturating_add(self.refresh_ttl);
        self.codes.insert(name.clone(), code, keep_until, now);
        Ok(name)
    }

    /// Exchanges a code. It is used up by being presented, even with the wrong verifier (RFC 9700 §4.2.4).
    pub(super) fn exchange_code(&mut self, presented: &PresentedCode<'_>, now: u64) -> Result<Arc<Grant>, OAuthError> {
        let unknown = || OAuthError::invalid_grant("the authorization code is unknown");
        let code = self
            .codes
            .get_mut(&presented.code.to_owned(), now)
            .ok_or_else(unknown)?;
        if code.state == CodeState::Exchanged {
            code.grant.revoke();
            let reuse = "the authorization code was used before; every token issued for it is revoked";
            return Err(OAuthError::invalid_grant(reuse));
        }
        if now >= code.expires_at {
            return Err(OAuthError::invalid_grant("the authorization code has expired"));
        }
        if code.state == CodeState::Rejected {
            let rejected =
                "the authorization code was rejected before and cannot be used again; nothing was issued for it";
            return Err(OAuthError::invalid_grant(rejected));
        }
        code.state = CodeState::Rejected;
        if code.grant.client != presented.client {
            let other = "the authorization code was issued to another client";
            return Err(OAuthError::invalid_grant(other));
        }
        if code.binding.redirect_uri != presented.redirect_uri {
            let differs = "`redirect_uri` is not the one of the authorization request";
            return Err(OAuthError::invalid_grant(differs));
        }
        pkce::check_verifier(code.binding.challenge.as_deref(), presented.verifier)?;
        code.state = CodeState::Exchanged;
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

    /// The client that a refresh token was issued to.
    pub(super) fn refresh_token_client(&self, token: &str, now: u64) -> Option<&str> {
        let refresh = self.refresh.get(&token.to_owned(), now)?;
        Some(&refresh.grant.client)
    }

    /// Invalidates a refresh token; the caller issues the next one.
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

    pub(super) fn record_access_token(&mut self, token: &str, claims: Claims, grant: &Arc<Grant>, now: u64) {
        let exp = claims.exp;
        let access = AccessGrant {
            grant: Arc::clone(grant),
            claims,
        };
        self.access.insert(digest::sha256(token.as_bytes()), access, exp, now);
    }

    /// The access token that is byte for byte this text, if it was issued here, has not expired, and was not revoked.
    pub(super) fn access_token(&self, token: &str, now: u64) -> Option<&AccessGrant> {
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

    fn presented(code: &str) -> PresentedCode<'_> {
        PresentedCode {
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
    fn a_code_expires_after_exactly_sixty_seconds() {
        let challenge = pkce::s256(VERIFIER);
        let (mut grants, _, code) = grants_with_code(Some(&challenge));
        assert!(grants.exchange_code(&presented(&code), 1_059).is_ok());
        let (mut grants, _, code) = grants_with_code(Some(&challenge));
        let error = grants.exchange_code(&presented(&code), 1_060).unwrap_err();
        assert_eq!(
            (error.error, error.description.as_str()),
            ("invalid_grant", "the authorization code has expired")
        );
    }

    #[test]
    fn a_code_used_twice_revokes_its_tokens_even_after_the_code_expired() {
        let (mut grants, grant, code) = grants_with_code(Some(&pkce::s256(VERIFIER)));
        grants.exchange_code(&presented(&code), 1_001).unwrap();
        let refresh = grants.issue_refresh_token(&grant, 1_001).unwrap();
        grants.record_access_token("at", claims(9_000), &grant, 1_001);
        assert!(grants.access_token("at", 2_000).is_some());
        assert_eq!(
            grants.exchange_code(&presented(&code), 2_000).unwrap_err().error,
            "invalid_grant"
        );
        assert!(grants.access_token("at", 2_000).is_none());
        assert_eq!(
            grants.rotate(&refresh, "cli", 2_000).unwrap_err().error,
            "invalid_grant"
        );
    }

    #[test]
    fn a_code_is_used_up_by_being_presented_with_any_wrong_parameter() {
        let challenge = pkce::s256(VERIFIER);
        let wrong: [fn(&mut PresentedCode<'_>); 4] = [
            |presented| presented.client = "other",
            |presented| presented.redirect_uri = "http://127.0.0.1:5001/callback",
            |presented| presented.verifier = Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            |presented| presented.verifier = None,
        ];
        for change in wrong {
            let (mut grants, _, code) = grants_with_code(Some(&challenge));
            let mut changed = presented(&code);
            change(&mut changed);
            assert!(grants.exchange_code(&changed, 1_001).is_err());
            // The next error says what happened: no token was issued, so none was revoked.
            let again = grants.exchange_code(&presented(&code), 1_001).unwrap_err().description;
            assert!(
                again.contains("cannot be used again; nothing was issued for it"),
                "{again}"
            );
            let late = grants.exchange_code(&presented(&code), 2_000).unwrap_err().description;
            assert_eq!(late, "the authorization code has expired");
        }
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused_as_a_downgrade() {
        let (mut grants, _, code) = grants_with_code(None);
        assert_eq!(
            grants.exchange_code(&presented(&code), 1_001).unwrap_err().error,
            "invalid_grant"
        );
    }

    #[test]
    fn reusing_a_rotated_refresh_token_revokes_its_successors_and_no_other_session() {
        let mut grants = Grants::new(60, 3_600);
        let (mine, other) = (Grant::new("cli", "ada"), Grant::new("cli", "ada"));
        let first = grants.issue_refresh_token(&mine, 0).unwrap();
        let elsewhere = grants.issue_refresh_token(&other, 0).unwrap();
        let grant = grants.rotate(&first, "cli", 1).unwrap();
        let second = grants.issue_refresh_token(&grant, 1).unwrap();
        grants.record_access_token("at", claims(900), &grant, 1);
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
    fn tokens_expire_at_their_time() {
        let mut grants = Grants::new(60, 3_600);
        let grant = Grant::new("cli", "ada");
        let refresh = grants.issue_refresh_token(&grant, 0).unwrap();
        grants.record_access_token("at", claims(900), &grant, 0);
        assert!(grants.access_token("at", 899).is_some());
        assert!(grants.access_token("at", 900).is_none());
        assert_eq!(
            grants.rotate(&refresh, "cli", 3_600).unwrap_err().error,
            "invalid_grant"
        );
    }
}
