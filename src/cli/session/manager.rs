//! Loads, refreshes, stores and deletes the session of one profile, in turn with other processes.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{SessionError, SessionWarning};
use super::record::Session;
use super::token_requirement::{TokenAction, TokenRequirement, decide};
use crate::cli::critical_section;
use crate::cli::store::lock::SessionLock;
use crate::cli::store::refresh_marker::RefreshMarker;
use crate::cli::store::{StoreError, TokenStore};
use crate::{AuthClient, AuthError, Secret, UnreadMember};

/// How long to wait for another process that holds the session's lock: its request, its store, and a margin.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// A session that meets the requirement.
#[derive(Debug)]
pub struct FreshSession {
    pub session: Session,
    /// Whether its access token was refreshed by this run or, while this run waited, by another process.
    pub refreshed: bool,
    /// Whether the platform issued a new refresh token with it.
    pub rotated: bool,
    /// What the user should know of it.
    pub warning: Option<SessionWarning>,
    /// What the response of the refresh had besides its tokens that could not be read.
    pub unread: Vec<UnreadMember>,
}

/// The stored session, as it compares with the requirement.
#[derive(Debug)]
pub enum StoredSession {
    /// It meets the requirement.
    Fresh(FreshSession),
    /// It has to be refreshed first.
    NeedsRefresh(Session),
}

impl FreshSession {
    fn unchanged(session: Session, warning: Option<SessionWarning>) -> Self {
        Self {
            session,
            refreshed: false,
            rotated: false,
            warning,
            unread: Vec::new(),
        }
    }

    fn refreshed_from(old: &Session, session: Session, warning: Option<SessionWarning>) -> Self {
        Self {
            rotated: session.refresh_token != old.refresh_token,
            refreshed: true,
            session,
            warning,
            unread: Vec::new(),
        }
    }
}

/// Manages one profile's session.
pub struct SessionManager {
    pub profile: String,
    /// The session's name in the store.
    pub item_name: String,
    pub store: Box<dyn TokenStore>,
    /// The folder of the lock files.
    pub locks: PathBuf,
    /// The platform that this run was told to use, if it was: a session with another one is an error.
    pub platform: Option<String>,
    /// The same for the client.
    pub client_id: Option<String>,
    /// Called once if the wait for the lock is long, as the user has to know while it lasts.
    pub on_lock_wait: Box<dyn Fn()>,
}

/// Why a refresh failed: by this module's own doing, or because the caller could not build the client.
enum RefreshFailure<E> {
    Session(SessionError),
    Client(E),
}

impl<E, S: Into<SessionError>> From<S> for RefreshFailure<E> {
    fn from(error: S) -> Self {
        Self::Session(error.into())
    }
}

impl SessionManager {
    /// The stored session, if there is one.
    pub fn load(&self) -> Result<Option<Session>, SessionError> {
        match self.store.load(&self.item_name)? {
            Some(text) => Ok(Some(Session::from_text(&text, &self.profile)?)),
            None => Ok(None),
        }
    }

    /// The stored session; an error where there is none, or where it is for another platform or client.
    pub fn load_required(&self) -> Result<Session, SessionError> {
        let session = self.load()?.ok_or_else(|| SessionError::NotSignedIn {
            profile: self.profile.clone(),
        })?;
        self.check_requested(&session)?;
        Ok(session)
    }

    /// Checks that the session is for the platform and the client that this run was told to use.
    pub fn check_requested(&self, session: &Session) -> Result<(), SessionError> {
        let profile = || self.profile.clone();
        if let Some(requested) = self.platform.as_ref().filter(|url| **url != session.base_url) {
            return Err(SessionError::OtherPlatform {
                profile: profile(),
                stored: session.base_url.clone(),
                requested: requested.clone(),
            });
        }
        if let Some(requested) = self.client_id.as_ref().filter(|id| **id != session.client_id) {
            return Err(SessionError::OtherClient {
                profile: profile(),
                stored: session.client_id.clone(),
                requested: requested.clone(),
            });
        }
        Ok(())
    }

    /// The stored session if it meets the requirement as it is, or else the one to be refreshed.
    pub fn current(&self, requirement: TokenRequirement, now: i64) -> Result<StoredSession, SessionError> {
        let session = self.load_required()?;
        match decide(&session, requirement, now) {
            TokenAction::Use => Ok(StoredSession::Fresh(FreshSession::unchanged(session, None))),
            TokenAction::UseUntilExpiry => {
                let warning = Some(SessionWarning::ExpiresSoon);
                Ok(StoredSession::Fresh(FreshSession::unchanged(session, warning)))
            }
            TokenAction::Refresh => Ok(StoredSession::NeedsRefresh(session)),
            TokenAction::SignIn => Err(self.no_refresh_token(&session, requirement, now)),
        }
    }

    /// Refreshes the session that [`current`](Self::current) found stale as `seen`.
    ///
    /// `client` builds the client for the session that is refreshed, and is called only where a request is sent. `clock` is
    /// read again after each wait, as a token may expire meanwhile.
    pub async fn refresh<E: From<SessionError> + Display>(
        &self,
        seen: Session,
        requirement: TokenRequirement,
        clock: impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, E>,
    ) -> Result<FreshSession, E> {
        let reason = match self.refresh_under_lock(&seen, requirement, &clock, client).await {
            Ok(fresh) => return Ok(fresh),
            Err(RefreshFailure::Session(error)) if error.needs_sign_in() => return Err(error.into()),
            Err(RefreshFailure::Session(error)) => E::from(error),
            Err(RefreshFailure::Client(error)) => error,
        };
        // Whatever keeps a session from being refreshed, an access token that is still valid is used (rule S6).
        if requirement != TokenRequirement::ForceRefresh && seen.is_valid_for(Duration::ZERO, clock()) {
            let warning = Some(SessionWarning::NotRefreshed(reason.to_string()));
            return Ok(FreshSession::unchanged(seen, warning));
        }
        Err(reason)
    }

    async fn refresh_under_lock<E>(
        &self,
        seen: &Session,
        requirement: TokenRequirement,
        clock: &impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, E>,
    ) -> Result<FreshSession, RefreshFailure<E>> {
        let _lock = self.lock()?;
        // Loaded again under the lock: its last holder has probably refreshed the session.
        let session = self.load_required()?;
        if session.access_token != seen.access_token && session.is_valid_for(Duration::ZERO, clock()) {
            return Ok(FreshSession::refreshed_from(seen, session, None));
        }
        if session.refresh_token.is_empty() {
            return Err(self.no_refresh_token(&session, requirement, clock()).into());
        }
        let client = client(&session).map_err(RefreshFailure::Client)?;
        // The response comes only once, so that the store has to be writable before the request is sent.
        self.store.probe()?;
        let marker = self.marker();
        // An earlier refresh with the same token, whose outcome is unknown.
        let earlier = marker.started_at(&session.refresh_token);
        marker.set(&session.refresh_token, earlier.unwrap_or_else(clock))?;
        let _uninterrupted = critical_section::enter();
        let response = client.refresh_token(&session.refresh_token).await;
        let is_outcome_known = match &response {
            // Stored first: until it is, the marker explains why the next refresh fails.
            Ok(_) => false,
            Err(error) if error.is_invalid_grant() => true,
            Err(error) => earlier.is_none() && refresh_token_unspent(error),
        };
        if is_outcome_known {
            marker.clear();
        }
        match response {
            Ok(mut tokens) => {
                let unread = std::mem::take(&mut tokens.unread);
                let fresh = self.save_refreshed(&session, session.refreshed(tokens, clock()), requirement)?;
                Ok(FreshSession { unread, ..fresh })
            }
            Err(error) if error.is_invalid_grant() => {
                Ok(self.rejected_refresh_token(session, clock(), earlier, error.message)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// When an interrupted refresh of this session began, in Unix seconds. One that is under way is not interrupted.
    pub fn interrupted_refresh(&self, session: &Session) -> Option<i64> {
        let marker = self.marker();
        marker.started_at(&session.refresh_token)?;
        let _lock = SessionLock::acquire(&self.locks, &self.profile, Duration::ZERO, || {}).ok()?;
        marker.started_at(&session.refresh_token)
    }

    fn marker(&self) -> RefreshMarker {
        RefreshMarker::of(&self.locks, &self.profile)
    }

    fn save_refreshed(
        &self,
        old: &Session,
        new: Session,
        requirement: TokenRequirement,
    ) -> Result<FreshSession, SessionError> {
        let warning = match self.store.save(&self.item_name, &new.to_text()) {
            Ok(()) => {
                self.marker().clear();
                None
            }
            // The old refresh token is used up and the new one cannot be stored: only the new access token is left.
            Err(error) if requirement == TokenRequirement::ForceRefresh => return Err(SessionError::NotStored(error)),
            Err(error) => Some(SessionWarning::NotStored(error.to_string())),
        };
        Ok(FreshSession::refreshed_from(old, new, warning))
    }

    /// Only `invalid_grant` for the token that is still stored ends a session (rule S6). A session that another process has
    /// stored in its place, in spite of the lock, is not deleted but used.
    ///
    /// `interrupted` is when an earlier refresh sent the same token without a known outcome.
    fn rejected_refresh_token(
        &self,
        session: Session,
        now: i64,
        interrupted: Option<i64>,
        reason: String,
    ) -> Result<FreshSession, SessionError> {
        match self.load()? {
            Some(stored) if stored.refresh_token == session.refresh_token => {
                self.store.delete(&self.item_name)?;
            }
            Some(stored) if stored.is_valid_for(Duration::ZERO, now) => {
                return Ok(FreshSession::refreshed_from(&session, stored, None));
            }
            Some(_) | None => {}
        }
        let profile = self.profile.clone();
        Err(match interrupted {
            Some(began_at) => SessionError::Interrupted {
                profile,
                began_at,
                now,
                reason,
            },
            None => SessionError::Ended { profile, reason },
        })
    }

    /// Replaces the access token that was `used` by one that the platform issued with another response; `false` where the
    /// stored session no longer has `used`, and is left as it is.
    pub fn replace_access_token(&self, used: &Secret, new: &Secret, now: i64) -> Result<bool, SessionError> {
        let _lock = self.lock()?;
        let session = self.load_required()?;
        if session.access_token != *used {
            return Ok(false);
        }
        let _uninterrupted = critical_section::enter();
        self.store
            .save(&self.item_name, &session.with_access_token(new.clone(), now).to_text())?;
        Ok(true)
    }

    /// Checks that a session could be stored now: its lock can be acquired. The store is probed by [`TokenStore::probe`].
    pub fn check_lock(&self) -> Result<(), SessionError> {
        drop(self.lock()?);
        Ok(())
    }

    /// Tries everything that storing a session takes, before something is sent whose answer comes only once.
    pub fn probe(&self) -> Result<(), SessionError> {
        self.check_lock()?;
        Ok(self.store.probe()?)
    }

    /// Stores a new session, replacing the one before.
    pub fn save(&self, session: &Session) -> Result<(), SessionError> {
        let _lock = self.lock()?;
        let _uninterrupted = critical_section::enter();
        self.store.save(&self.item_name, &session.to_text())?;
        self.marker().clear();
        Ok(())
    }

    /// Deletes the session; whether there was one. Where there is none, nothing is locked and nothing written.
    pub fn delete(&self) -> Result<bool, SessionError> {
        match self.store.load(&self.item_name) {
            Ok(None) => return Ok(false),
            // A session that cannot be read is deleted as well.
            Ok(Some(_)) | Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let _lock = self.lock()?;
        let existed = self.store.delete(&self.item_name)?;
        self.marker().clear();
        Ok(existed)
    }

    fn no_refresh_token(&self, session: &Session, requirement: TokenRequirement, now: i64) -> SessionError {
        SessionError::NoRefreshToken {
            profile: self.profile.clone(),
            expires_at: session
                .expires_at
                .filter(|_| requirement != TokenRequirement::ForceRefresh),
            now,
        }
    }

    fn lock(&self) -> Result<SessionLock, StoreError> {
        SessionLock::acquire(&self.locks, &self.profile, LOCK_WAIT, &self.on_lock_wait)
    }
}

/// Whether a failed refresh has certainly left the refresh token unused: it was never sent, or the platform answered with
/// an error of its own. A 5xx may come from a gateway, which does not know what the platform behind it did.
fn refresh_token_unspent(error: &AuthError) -> bool {
    error.never_sent || (400..500).contains(&error.status)
}
