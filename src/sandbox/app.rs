//! What every handler is given: the sandbox's address, its keys, and its state.
//!
//! The state is plain structs behind one mutex. Nothing is awaited while it is locked; what needs the signing key waits for
//! the key first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::authorization_request::AuthorizationRequest;
use super::counters::Counters;
use super::digest;
use super::expiring::Expiring;
use super::faults::{ActiveFaults, Fault};
use super::grants::{Grant, Grants};
use super::oauth_error::OAuthError;
use super::seed::{self, Client, Seed, Tool};
use super::signing_key::SigningKeys;
use super::users::{ActivationCode, User};

/// Authorization requests that may wait for a decision at one time; one more discards the oldest. All requests come from this
/// machine, so that a limit for each sender would limit nothing. This one is high enough that a flood below it leaves a
/// person's page usable.
const MAX_PENDING_REQUESTS: usize = 10_000;

pub(super) struct App {
    pub(super) base_url: String,
    /// The ID of the user as whom every sign-in is approved at once.
    pub(super) approve_as: Option<String>,
    pub(super) keys: SigningKeys,
    state: Mutex<State>,
}

impl App {
    pub(super) fn new(base_url: String, approve_as: Option<String>, keys: SigningKeys, state: State) -> Self {
        Self {
            base_url,
            approve_as,
            keys,
            state: Mutex::new(state),
        }
    }

    /// Locks the state. A poisoned lock is taken too: no handler leaves a half-done change that matters to a sandbox.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Issues an access token to the user of `grant`, with the entitlements that the user has now. Returns the token and its
    /// lifetime in seconds.
    pub(super) async fn issue_access_token(&self, grant: &Arc<Grant>, now: u64) -> Result<(String, u64), OAuthError> {
        let key = self.keys.ready().await?;
        let (claims, ttl) = {
            let state = self.lock();
            let user = state.user(&grant.user).ok_or_else(OAuthError::server_error)?;
            let ttl = state.access_token_ttl;
            (user.claims(&self.base_url, digest::random("")?, ttl, now), ttl)
        };
        let token = key.sign(&claims)?;
        self.lock().grants.record_access_token(&token, claims, grant, now);
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
    /// Authorization requests that wait for a decision on the consent page, by their one-time ID.
    pub(super) pending_requests: Expiring<String, AuthorizationRequest>,
    pub(super) grants: Grants,
    pub(super) counters: Counters,
    pub(super) faults: ActiveFaults,
    access_token_ttl: u64,
}

impl State {
    /// The state at the start, at `now`.
    pub(super) fn new(seed: Seed, faults: Vec<Fault>, now: u64) -> Self {
        let users = seed.users.into_iter().map(|user| User::from_seed(user, now));
        Self {
            users: users.collect(),
            tools: seed.tools,
            clients: seed.clients,
            codes: seed.codes.into_iter().map(ActivationCode::from).collect(),
            pending_requests: Expiring::new(MAX_PENDING_REQUESTS),
            grants: Grants::new(seed.authorization_code_ttl, seed.refresh_token_ttl),
            counters: Counters::default(),
            faults: ActiveFaults::new(faults),
            access_token_ttl: seed.access_token_ttl,
        }
    }

    /// The lifetime of an access token, in seconds.
    pub(super) fn access_token_ttl(&self) -> u64 {
        self.access_token_ttl
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The user with this ID or e-mail address.
    pub(super) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_named(name))
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        seed::client(&self.clients, id)
    }

    /// The name of a tool, or its ID if the tool is not listed.
    pub(super) fn tool_name<'a>(&'a self, id: &'a str) -> &'a str {
        let tool = self.tools.iter().find(|tool| tool.id == id);
        tool.map_or(id, |tool| tool.name.as_str())
    }
}
