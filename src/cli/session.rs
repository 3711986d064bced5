//! A valid access token: read, decide, lock, refresh, store (rules S5–S8).
//!
//! A [`Session`] is what a sign-in leaves behind. [`Keeper::fresh`] is the only way to a token that lives: many processes
//! may ask at once, one of them refreshes, all get the result. Nothing here opens a browser (rule S8).

mod record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::record::Session;
use super::exit::CliError;
use super::interrupt;
use super::output::{Out, time};
use super::store::TokenStore;
use super::store::lock::SessionLock;
use crate::{AuthClient, AuthError, Secret};

/// How long to wait for another process that holds the session: its request, its store, and patience.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// What is asked of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A token that lives at least this much longer.
    MinTtl(Duration),
    /// A new token, whatever the old one's age.
    Renewal,
}

/// What came of it.
#[derive(Debug)]
pub struct Fresh {
    pub session: Session,
    /// Whether the session's access token was renewed by this run or, while this run waited, by another.
    pub renewed: bool,
    /// Whether the server handed out a new refresh token with it.
    pub rotated: bool,
}

/// Keeps one profile's session.
pub struct Keeper {
    pub profile: String,
    pub store: Box<dyn TokenStore>,
    /// The folder of the lock files.
    pub locks: PathBuf,
    /// The platform that this run was told to use, where it was told: a session with another one does not serve.
    pub platform: Option<String>,
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

fn decide(session: &Session, need: Need, now: i64) -> Decision {
    let refreshable = !session.refresh_token.is_empty();
    match need {
        Need::Renewal if refreshable => Decision::Refresh,
        Need::Renewal => Decision::SignIn,
        Need::MinTtl(ttl) if session.lives(ttl, now) => Decision::Use,
        Need::MinTtl(_) if refreshable => Decision::Refresh,
        Need::MinTtl(_) if session.lives(Duration::ZERO, now) => Decision::UseWhileItLives,
        Need::MinTtl(_) => Decision::SignIn,
    }
}

impl Keeper {
    /// The session as it is stored, if there is one.
    pub fn stored(&self) -> Result<Option<Session>, CliError> {
        match self.store.load(&self.profile)? {
            Some(text) => Ok(Some(Session::from_text(&text, &self.profile)?)),
            None => Ok(None),
        }
    }

    /// The session as it is stored; an error that says how to get one where there is none.
    pub fn required(&self) -> Result<Session, CliError> {
        let session = self
            .stored()?
            .ok_or_else(|| self.sign_in(format!("nobody is signed in (profile `{}`)", self.profile)))?;
        match &self.platform {
            Some(asked) if *asked != session.base_url => Err(self.sign_in(format!(
                "profile `{}` is signed in to `{}`, not to `{asked}`",
                self.profile, session.base_url
            ))),
            _ => Ok(session),
        }
    }

    /// The stored session where it meets the need as it is; `None` where it takes a refresh.
    pub fn at_hand(&self, need: Need, now: i64) -> Result<Option<Fresh>, CliError> {
        self.as_it_is(&self.required()?, need, now)
    }

    /// A session that meets the need, renewed first where that takes it.
    ///
    /// `client` builds the client for the session that is refreshed, which is only done when one is.
    pub async fn fresh(
        &self,
        need: Need,
        now: i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, CliError>,
    ) -> Result<Fresh, CliError> {
        let seen = self.required()?;
        if let Some(fresh) = self.as_it_is(&seen, need, now)? {
            return Ok(fresh);
        }
        let _lock = self.lock()?;
        // Read again inside the lock: whoever held it before has probably done the work.
        let session = self.required()?;
        if session.access_token != seen.access_token {
            return Ok(Fresh {
                rotated: session.refresh_token != seen.refresh_token,
                renewed: true,
                session,
            });
        }
        let client = client(&session)?;
        // The answer of a refresh must have a place to go before the request is sent: it comes only once.
        self.store.probe()?;
        let _whole = interrupt::hold();
        match client.refresh_token(&session.refresh_token).await {
            Ok(tokens) => {
                let renewed = session.renewed(tokens, now);
                self.store
                    .save(&self.profile, &renewed.to_text())
                    .map_err(|error| self.lost(error))?;
                Ok(Fresh {
                    rotated: renewed.refresh_token != session.refresh_token,
                    renewed: true,
                    session: renewed,
                })
            }
            Err(error) => self.not_refreshed(session, need, now, error),
        }
    }

    /// Puts an access token that the platform handed out beside another one in that one's place; `false` where the
    /// session has moved on from `used`, which is then left as it is.
    pub fn replace(&self, used: &Secret, new: &Secret, now: i64) -> Result<bool, CliError> {
        let _lock = self.lock()?;
        let session = self.required()?;
        if session.access_token != *used {
            return Ok(false);
        }
        let _whole = interrupt::hold();
        self.store
            .save(&self.profile, &session.with_token(new.clone(), now).to_text())?;
        Ok(true)
    }

    /// Keeps a new session in the place of what was there.
    pub fn keep(&self, session: &Session) -> Result<(), CliError> {
        let _lock = self.lock()?;
        let _whole = interrupt::hold();
        Ok(self.store.save(&self.profile, &session.to_text())?)
    }

    /// Forgets the session; says whether there was one.
    pub fn forget(&self) -> Result<bool, CliError> {
        let _lock = self.lock()?;
        Ok(self.store.delete(&self.profile)?)
    }

    /// The session where it needs no refresh, `None` where it does.
    fn as_it_is(&self, session: &Session, need: Need, now: i64) -> Result<Option<Fresh>, CliError> {
        let unchanged = || Fresh {
            session: session.clone(),
            renewed: false,
            rotated: false,
        };
        match decide(session, need, now) {
            Decision::Use => Ok(Some(unchanged())),
            Decision::UseWhileItLives => {
                self.out
                    .warn("the access token ends soon and cannot be renewed: the session has no refresh token");
                Ok(Some(unchanged()))
            }
            Decision::Refresh => Ok(None),
            Decision::SignIn => Err(self.sign_in(match (need, session.expires_at) {
                (Need::MinTtl(_), Some(at)) => format!(
                    "the session of profile `{}` ended {}, and has no refresh token",
                    self.profile,
                    time::distance(at, now)
                ),
                _ => format!("the session of profile `{}` has no refresh token", self.profile),
            })),
        }
    }

    /// Only `invalid_grant` ends a session; otherwise a token that still lives serves (rule S6).
    fn not_refreshed(&self, session: Session, need: Need, now: i64, error: AuthError) -> Result<Fresh, CliError> {
        if error.is_invalid_grant() {
            // Compare and clear: what another process has renewed in spite of the lock is not ours to delete.
            let stored = self.stored()?;
            if stored.is_some_and(|stored| stored.refresh_token == session.refresh_token) {
                self.store.delete(&self.profile)?;
            }
            return Err(self.sign_in(format!(
                "the platform has ended the session of profile `{}`: {}",
                self.profile, error.message
            )));
        }
        if need != Need::Renewal && session.lives(Duration::ZERO, now) {
            self.out
                .warn(&format!("using the present access token: {}", error.message));
            return Ok(Fresh {
                session,
                renewed: false,
                rotated: false,
            });
        }
        Err(error.into())
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

    /// The refresh was answered and could not be stored: the old refresh token is spent, the new one is lost.
    fn lost(&self, error: super::store::StoreError) -> CliError {
        self.out
            .warn("the platform renewed the session, but it could not be stored; you may have to sign in again");
        error.into()
    }
}

/// The hint that signs a profile in.
pub fn login_hint(profile: &str) -> String {
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
    fn a_token_is_refreshed_when_it_lives_shorter_than_asked_and_used_where_nothing_can_renew_it() {
        let ttl = |seconds| Need::MinTtl(Duration::from_secs(seconds));
        for (expires_at, refresh, need, decision) in [
            (Some(160), "r", ttl(60), Decision::Use),
            (Some(159), "r", ttl(60), Decision::Refresh),
            (Some(159), "", ttl(60), Decision::UseWhileItLives),
            (Some(100), "", ttl(60), Decision::SignIn),
            (Some(100), "", ttl(0), Decision::SignIn),
            (Some(101), "r", ttl(0), Decision::Use),
            (Some(100), "r", ttl(0), Decision::Refresh),
            (None, "r", ttl(60), Decision::Use),
            (Some(i64::MAX), "r", Need::Renewal, Decision::Refresh),
            (Some(i64::MAX), "", Need::Renewal, Decision::SignIn),
            (Some(i64::MIN), "r", ttl(u64::MAX), Decision::Refresh),
        ] {
            assert_eq!(
                decide(&session(expires_at, refresh), need, 100),
                decision,
                "{expires_at:?} {refresh} {need:?}"
            );
        }
    }
}
