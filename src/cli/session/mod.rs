//! A valid access token: read, decide, lock, refresh, store (rules S5–S8).
//!
//! A renewal is crash-safe: the store is proven writable and a note is left before the request is sent, the answer is stored
//! before it is used, and only then the note goes. Whoever finds a note finds a renewal that was interrupted.
//!
//! A [`Session`] is what a sign-in leaves behind. [`SessionManager::current`], and [`SessionManager::refresh`] where that
//! is not enough, are the only way to a token that lives: many processes may ask at once, one of them refreshes, all get
//! the result. Nothing here opens a browser (rule S8).

mod record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::record::{Session, unexpired_for};
use super::error::CliError;
use super::interrupt;
use super::output::{Out, time};
use super::store::lock::SessionLock;
use super::store::refresh_marker::RefreshMarker;
use super::store::{StoreError, TokenStore};
use crate::{AuthClient, AuthError, Secret};

/// How long to wait for another process that holds the session: its request, its store, and patience.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// What is asked of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A token that lives at least this much longer.
    MinTtl(Duration),
    /// A new token, whatever the old one's age.
    ForceRefresh,
}

/// What came of it.
#[derive(Debug)]
pub struct FreshSession {
    pub session: Session,
    /// Whether the session's access token was renewed by this run or, while this run waited, by another.
    pub refreshed: bool,
    /// Whether the server handed out a new refresh token with it.
    pub rotated: bool,
}

/// What there is without asking anybody.
pub enum StoredSession {
    /// A session that meets the need.
    Fresh(FreshSession),
    /// One that has to be renewed for it.
    NeedsRefresh(Session),
}

impl FreshSession {
    fn unchanged(session: Session) -> Self {
        Self {
            session,
            refreshed: false,
            rotated: false,
        }
    }

    fn by_another(session: Session, seen: &Session) -> Self {
        Self {
            rotated: session.refresh_token != seen.refresh_token,
            refreshed: true,
            session,
        }
    }
}

/// Keeps one profile's session.
pub struct SessionManager {
    pub profile: String,
    /// The session's name in the store.
    pub item_name: String,
    pub store: Box<dyn TokenStore>,
    /// The folder of the lock files.
    pub locks: PathBuf,
    /// The platform that this run was told to use, where it was told: a session with another one does not serve.
    pub platform: Option<String>,
    /// The same for the client.
    pub client_id: Option<String>,
    pub out: Arc<Out>,
}

/// What to do about a session's token.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// It lives long enough.
    Use,
    /// It does not, and nothing can renew it, but it still lives.
    UseWhileItLives,
    Refresh,
    /// It has ended, and nothing can renew it.
    SignIn,
}

fn decide(session: &Session, freshness: Freshness, now: i64) -> Decision {
    let refreshable = !session.refresh_token.is_empty();
    match freshness {
        Freshness::ForceRefresh if refreshable => Decision::Refresh,
        Freshness::ForceRefresh => Decision::SignIn,
        Freshness::MinTtl(_) if refreshable && session.obtained_in_the_future(now) => Decision::Refresh,
        Freshness::MinTtl(ttl) if session.is_valid_for(ttl, now) => Decision::Use,
        Freshness::MinTtl(_) if refreshable => Decision::Refresh,
        Freshness::MinTtl(_) if session.is_valid_for(Duration::ZERO, now) => Decision::UseWhileItLives,
        Freshness::MinTtl(_) => Decision::SignIn,
    }
}

impl SessionManager {
    /// The session as it is stored, if there is one.
    pub fn load(&self) -> Result<Option<Session>, CliError> {
        match self.store.load(&self.item_name)? {
            Some(text) => Ok(Some(Session::from_text(&text, &self.profile)?)),
            None => Ok(None),
        }
    }

    /// The session as it is stored; an error that says how to get one where there is none.
    pub fn load_required(&self) -> Result<Session, CliError> {
        let session = self
            .load()?
            .ok_or_else(|| self.sign_in(format!("nobody is signed in (profile `{}`)", self.profile)))?;
        let other = |what: String, flag: String| CliError::LoginRequired {
            message: format!("profile `{}` is signed in {what}", self.profile),
            hint: format!(
                "{} {flag}`, or use another `--profile`",
                login_hint(&self.profile).trim_end_matches('`')
            ),
        };
        if let Some(asked) = self.platform.as_ref().filter(|asked| **asked != session.base_url) {
            let what = format!("to `{}`, not to `{asked}`", session.base_url);
            return Err(other(what, format!("--base-url {asked}")));
        }
        if let Some(asked) = self.client_id.as_ref().filter(|asked| **asked != session.client_id) {
            let what = format!("as client `{}`, not `{asked}`", session.client_id);
            return Err(other(what, format!("--client-id {asked}")));
        }
        Ok(session)
    }

    /// The stored session, where it meets the need as it is; else what has to be renewed.
    pub fn current(&self, freshness: Freshness, now: i64) -> Result<StoredSession, CliError> {
        let session = self.load_required()?;
        match decide(&session, freshness, now) {
            Decision::Use => Ok(StoredSession::Fresh(FreshSession::unchanged(session))),
            Decision::UseWhileItLives => {
                self.out
                    .warn("the access token ends soon and cannot be renewed: the session has no refresh token");
                Ok(StoredSession::Fresh(FreshSession::unchanged(session)))
            }
            Decision::Refresh => Ok(StoredSession::NeedsRefresh(session)),
            Decision::SignIn => Err(self.cannot_be_renewed(&session, freshness, now)),
        }
    }

    /// A session that meets the need in the place of one that did not when it was `seen`.
    ///
    /// `client` builds the client for the session that is refreshed, which is only done when one is. `clock` is asked
    /// again after each wait: a token that ended meanwhile is not one that lives.
    pub async fn refresh(
        &self,
        seen: Session,
        freshness: Freshness,
        clock: impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, CliError>,
    ) -> Result<FreshSession, CliError> {
        match self.refresh_under_lock(&seen, freshness, &clock, client).await {
            Err(error @ CliError::LoginRequired { .. }) => Err(error),
            // Whatever keeps a session from being renewed, a token that still lives serves (rule S6).
            Err(error) if freshness != Freshness::ForceRefresh && seen.is_valid_for(Duration::ZERO, clock()) => {
                self.out
                    .warn(&format!("using the present access token: {}", error.report().message));
                Ok(FreshSession::unchanged(seen))
            }
            outcome => outcome,
        }
    }

    async fn refresh_under_lock(
        &self,
        seen: &Session,
        freshness: Freshness,
        clock: &impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, CliError>,
    ) -> Result<FreshSession, CliError> {
        let _lock = self.lock()?;
        // Read again inside the lock: whoever held it before has probably done the work.
        let session = self.load_required()?;
        if session.access_token != seen.access_token && session.is_valid_for(Duration::ZERO, clock()) {
            return Ok(FreshSession::by_another(session, seen));
        }
        if session.refresh_token.is_empty() {
            return Err(self.cannot_be_renewed(&session, freshness, clock()));
        }
        let client = client(&session)?;
        // The answer of a refresh must have a place to go before the request is sent: it comes only once.
        self.store.probe()?;
        let marker = self.marker();
        // An earlier renewal with the same token, of which nobody knows how it ended.
        let earlier = marker.started_at(&session.refresh_token);
        marker.set(&session.refresh_token, earlier.unwrap_or_else(clock))?;
        let _whole = interrupt::hold();
        let outcome = client.refresh_token(&session.refresh_token).await;
        let settled = match &outcome {
            // Stored first; as long as it is not, the note is what explains the next failure.
            Ok(_) => false,
            Err(error) if error.is_invalid_grant() => true,
            Err(error) => earlier.is_none() && refresh_token_unspent(error),
        };
        if settled {
            marker.clear();
        }
        match outcome {
            Ok(tokens) => self.save_refreshed(&session, session.refreshed(tokens, clock()), freshness),
            Err(error) if error.is_invalid_grant() => self.rejected_refresh_token(session, clock(), earlier, &error),
            Err(error) => Err(error.into()),
        }
    }

    /// When a renewal of this session began that never came to its end, in Unix seconds. One that is under way is none.
    pub fn interrupted_refresh(&self, session: &Session) -> Option<i64> {
        let marker = self.marker();
        marker.started_at(&session.refresh_token)?;
        let _lock = SessionLock::acquire(&self.locks, &self.profile, Duration::ZERO, || {}).ok()?;
        marker.started_at(&session.refresh_token)
    }

    fn marker(&self) -> RefreshMarker {
        RefreshMarker::of(&self.locks, &self.profile)
    }

    fn save_refreshed(&self, old: &Session, new: Session, freshness: Freshness) -> Result<FreshSession, CliError> {
        match self.store.save(&self.item_name, &new.to_text()) {
            Ok(()) => self.marker().clear(),
            Err(error) => {
                // The old refresh token is spent and the new one has no place: what is left is the token in hand.
                let lost =
                    "the platform renewed the session, but it could not be stored; you may have to sign in again";
                self.out.warn(lost);
                if freshness == Freshness::ForceRefresh {
                    return Err(error.into());
                }
                self.out.warn(&error.to_string());
            }
        }
        Ok(FreshSession {
            rotated: new.refresh_token != old.refresh_token,
            refreshed: true,
            session: new,
        })
    }

    /// Only `invalid_grant` for the token that is still stored ends a session (rule S6). What another process has put in
    /// its place in spite of the lock is not ours to delete: it is what there is to use.
    ///
    /// `interrupted` is when an earlier renewal sent the same token and did not come to its end.
    fn rejected_refresh_token(
        &self,
        session: Session,
        now: i64,
        interrupted: Option<i64>,
        error: &AuthError,
    ) -> Result<FreshSession, CliError> {
        match self.load()? {
            Some(stored) if stored.refresh_token == session.refresh_token => {
                self.store.delete(&self.item_name)?;
            }
            Some(stored) if stored.is_valid_for(Duration::ZERO, now) => {
                return Ok(FreshSession::by_another(stored, &session));
            }
            Some(_) | None => {}
        }
        let profile = &self.profile;
        Err(self.sign_in(match interrupted {
            Some(at) => format!(
                "the sign-in of profile `{profile}` was interrupted: a renewal that began {} did not get as far as storing \
                 the platform's answer, and the platform takes a refresh token only once: {}",
                time::distance(at, now),
                error.message
            ),
            None => format!(
                "the platform has ended the session of profile `{profile}`: {}",
                error.message
            ),
        }))
    }

    /// Puts an access token that the platform handed out beside another one in that one's place; `false` where the
    /// session has moved on from `used`, which is then left as it is.
    pub fn replace_access_token(&self, used: &Secret, new: &Secret, now: i64) -> Result<bool, CliError> {
        let _lock = self.lock()?;
        let session = self.load_required()?;
        if session.access_token != *used {
            return Ok(false);
        }
        let _whole = interrupt::hold();
        self.store
            .save(&self.item_name, &session.with_access_token(new.clone(), now).to_text())?;
        Ok(true)
    }

    /// Keeps a new session in the place of what was there.
    pub fn save(&self, session: &Session) -> Result<(), CliError> {
        let _lock = self.lock()?;
        let _whole = interrupt::hold();
        self.store.save(&self.item_name, &session.to_text())?;
        self.marker().clear();
        Ok(())
    }

    /// Forgets the session; says whether there was one. Where there is none, nothing is locked and nothing written.
    pub fn delete(&self) -> Result<bool, CliError> {
        match self.store.load(&self.item_name) {
            Ok(None) => return Ok(false),
            // One that cannot be read is there, and goes as well.
            Ok(Some(_)) | Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let _lock = self.lock()?;
        let was_there = self.store.delete(&self.item_name)?;
        self.marker().clear();
        Ok(was_there)
    }

    fn cannot_be_renewed(&self, session: &Session, freshness: Freshness, now: i64) -> CliError {
        self.sign_in(match (freshness, session.expires_at) {
            (Freshness::MinTtl(_), Some(at)) => format!(
                "the session of profile `{}` ended {}, and has no refresh token",
                self.profile,
                time::distance(at, now)
            ),
            _ => format!("the session of profile `{}` has no refresh token", self.profile),
        })
    }

    fn lock(&self) -> Result<SessionLock, CliError> {
        let waiting = || {
            self.out
                .note("waiting for another `noesis` that is renewing this session …")
        };
        Ok(SessionLock::acquire(&self.locks, &self.profile, LOCK_WAIT, waiting)?)
    }

    fn sign_in(&self, message: String) -> CliError {
        CliError::LoginRequired {
            message,
            hint: login_hint(&self.profile),
        }
    }
}

/// Whether a refresh that failed so has certainly left the refresh token as good as it was: it was never sent, or a
/// platform that was able to answer said no. What a gateway says of a platform behind it is not known to be true.
fn refresh_token_unspent(error: &AuthError) -> bool {
    error.never_sent || (400..500).contains(&error.status)
}

/// The hint for who has a token in the environment that has ended.
pub const TOKEN_HINT: &str = "set `NOESIS_TOKEN` to a new token, or unset it to use the stored session";

/// The hint that signs a profile in.
pub fn login_hint(profile: &str) -> String {
    // A store may know the session by a longer name.
    let profile = profile.split('@').next().unwrap_or(profile);
    if profile == "default" {
        "run `noesis login`".into()
    } else {
        format!("run `noesis login --profile {profile}`")
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
    fn a_session_from_the_future_is_not_believed_where_it_can_be_renewed() {
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
    fn a_token_is_refreshed_when_it_lives_shorter_than_asked_and_used_where_nothing_can_renew_it() {
        let ttl = |seconds| Freshness::MinTtl(Duration::from_secs(seconds));
        for (expires_at, refresh, freshness, decision) in [
            (Some(160), "r", ttl(60), Decision::Use),
            (Some(159), "r", ttl(60), Decision::Refresh),
            (Some(159), "", ttl(60), Decision::UseWhileItLives),
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
