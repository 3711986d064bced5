//! What the sandbox holds while it runs: the seed come to life, the sign-ins under way, and the counters.
//!
//! One mutex around plain structs. Nothing is awaited under it; what needs the signing key waits first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::asked::Asked;
use super::digest;
use super::expiring::Expiring;
use super::faults::{self, Fault};
use super::grants::{Grant, Grants};
use super::keys::Keys;
use super::oauth_error::OAuthError;
use super::seed::{Client, CodeState, Role, Seed, Source, Tool};
use super::stats::Stats;
use super::time::DAY;

/// Consent pages that are open at one time; one more closes the oldest. All requests come from this machine, so that a
/// bound by sender would bound nothing: this one is set so high that a flood short of it leaves a person's page open, and
/// so low that what they hold, a short query each, stays under a hundred megabytes.
pub(super) const MOST_ASKED: usize = 10_000;

/// What every handler is given.
pub(super) struct App {
    pub(super) base_url: String,
    pub(super) auto_approve: bool,
    pub(super) keys: Keys,
    pub(super) state: Mutex<State>,
}

impl App {
    /// A handler that panicked left no half-done change that matters to a sandbox: the lock is taken all the same.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes an access token for the user of `grant`, with the entitlements that the user holds at this moment.
    pub(super) async fn issue_access_token(&self, grant: &Arc<Grant>, now: u64) -> Result<(String, u64), OAuthError> {
        let key = self.keys.ready().await?;
        let (claims, ttl) = {
            let state = self.lock();
            let user = state.user(&grant.user).ok_or_else(OAuthError::server_error)?;
            (
                claims(user, &self.base_url, state.access_token_ttl, now)?,
                state.access_token_ttl,
            )
        };
        let token = key.sign(&claims)?;
        self.lock().grants.note_access_token(&token, claims, grant, now);
        Ok((token, ttl))
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

pub(super) struct State {
    pub(super) users: Vec<User>,
    pub(super) tools: Vec<Tool>,
    pub(super) clients: Vec<Client>,
    pub(super) codes: Vec<ActivationCode>,
    /// Authorization requests that wait for a decision on the consent page, by their one-time name.
    pub(super) asked: Expiring<String, Asked>,
    pub(super) grants: Grants,
    pub(super) stats: Stats,
    pub(super) faults: faults::Active,
    access_token_ttl: u64,
}

impl State {
    /// Turns the seed's days into dates, counted from `now`.
    pub(super) fn new(seed: Seed, faults: Vec<Fault>, now: u64) -> Self {
        let users = seed.users.into_iter().map(|user| User {
            entitlements: user
                .entitlements
                .into_iter()
                .map(|held| Entitlement {
                    tool_id: held.tool,
                    expires_at: now.saturating_add_signed(held.days.saturating_mul(DAY.cast_signed())),
                    source: held.source,
                })
                .collect(),
            id: user.id,
            name: user.name,
            email: user.email,
            role: user.role,
            admin: user.admin,
        });
        let codes = seed.codes.into_iter().map(|code| ActivationCode {
            code: code.code,
            tool_id: code.tool,
            days: code.days,
            source: code.source,
            state: code.state,
            redeemed_by: None,
        });
        Self {
            users: users.collect(),
            tools: seed.tools,
            clients: seed.clients,
            codes: codes.collect(),
            asked: Expiring::new(MOST_ASKED),
            grants: Grants::new(seed.authorization_code_ttl, seed.refresh_token_ttl),
            stats: Stats::default(),
            faults: faults::Active::new(faults),
            access_token_ttl: seed.access_token_ttl,
        }
    }

    /// How long an access token lives, in seconds.
    pub(super) fn access_token_ttl(&self) -> u64 {
        self.access_token_ttl
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// The name of a tool, or its ID where the tool is not listed.
    pub(super) fn tool_name<'a>(&'a self, id: &'a str) -> &'a str {
        let tool = self.tools.iter().find(|tool| tool.id == id);
        tool.map_or(id, |tool| tool.name.as_str())
    }
}

pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) admin: bool,
    pub(super) entitlements: Vec<Entitlement>,
}

impl User {
    /// Whether a `login_hint` means this user: by ID or e-mail address.
    pub(super) fn is_called(&self, hint: &str) -> bool {
        self.id == hint || self.email.as_deref() == Some(hint)
    }
}

/// Access to a tool, as it stands in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entitlement {
    pub(super) tool_id: String,
    pub(super) expires_at: u64,
    pub(super) source: Source,
}

pub(super) struct ActivationCode {
    pub(super) code: String,
    pub(super) tool_id: String,
    pub(super) days: u32,
    pub(super) source: Source,
    pub(super) state: CodeState,
    /// The user who redeemed it here; `None` too where the seed has it as used.
    pub(super) redeemed_by: Option<String>,
}

/// The claims of an access token.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) exp: u64,
    pub(super) iat: u64,
    pub(super) jti: String,
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) role: Option<Role>,
    pub(super) is_admin: bool,
}

fn claims(user: &User, issuer: &str, ttl: u64, now: u64) -> Result<Claims, OAuthError> {
    Ok(Claims {
        iss: issuer.to_owned(),
        sub: user.id.clone(),
        exp: now.saturating_add(ttl),
        iat: now,
        jti: digest::random("")?,
        entitlements: user.entitlements.clone(),
        role: user.role,
        is_admin: user.admin,
    })
}
