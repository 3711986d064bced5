//! A valid access token: read, decide, lock, refresh, store (rules S5–S8).
//!
//! A renewal is crash-safe: the store is proven writable and a note is left before the request is sent, the answer is stored
//! before it is used, and only then the note goes. Whoever finds a note finds a renewal that was interrupted.
//!
//! A [`Session`] is what a sign-in leaves behind. [`Keeper::at_hand`], and [`Keeper::renewed`] where that
//! is not enough, are the only way to a token that lives: many processes may ask at once, one of them refreshes, all get
//! the result. Nothing here opens a browser (rule S8).

mod record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use self::record::{Session, lives};
use super::exit::CliError;
use super::interrupt;
use super::output::{Out, time};
use super::store::lock::SessionLock;
use super::store::renewal::RenewalNote;
use super::store::{StoreError, TokenStore};
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

/// What there is without asking anybody.
pub enum AtHand {
    /// A session that meets the need.
    Fresh(Fresh),
    /// One that has to be renewed for it.
    Stale(Session),
}

impl Fresh {
    fn unchanged(session: Session) -> Self {
        Self {
            session,
            renewed: false,
            rotated: false,
        }
    }

    fn by_another(session: Session, seen: &Session) -> Self {
        Self {
            rotated: session.refresh_token != seen.refresh_token,
            renewed: true,
            session,
        }
    }
}

/// Keeps one profile's session.
pub struct Keeper {
    pub profile: String,
    /// The session's name in the store.
    pub item: String,
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

fn decide(session: &Session, need: Need, now: i64) -> Decision {
    let refreshable = !session.refresh_token.is_empty();
    match need {
        Need::Renewal if refreshable => Decision::Refresh,
        Need::Renewal => Decision::SignIn,
        Need::MinTtl(_) if refreshable && session.is_from_the_future(now) => Decision::Refresh,
        Need::MinTtl(ttl) if session.lives(ttl, now) => Decision::Use,
        Need::MinTtl(_) if refreshable => Decision::Refresh,
        Need::MinTtl(_) if session.lives(Duration::ZERO, now) => Decision::UseWhileItLives,
        Need::MinTtl(_) => Decision::SignIn,
    }
}

impl Keeper {
    /// The session as it is stored, if there is one.
    pub fn stored(&self) -> Result<Option<Session>, CliError> {
        match self.store.load(&self.item)? {
            Some(text) => Ok(Some(Session::from_text(&text, &self.profile)?)),
            None => Ok(None),
        }
    }

    /// The session as it is stored; an error that says how to get one where there is none.
    pub fn required(&self) -> Result<Session, CliError> {
        let session = self
            .stored()?
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
    pub fn at_hand(&self, need: Need, now: i64) -> Result<AtHand, CliError> {
        let session = self.required()?;
        match decide(&session, need, now) {
            Decision::Use => Ok(AtHand::Fresh(Fresh::unchanged(session))),
            Decision::UseWhileItLives => {
                self.out
                    .warn("the access token ends soon and cannot be renewed: the session has no refresh token");
                Ok(AtHand::Fresh(Fresh::unchanged(session)))
            }
            Decision::Refresh => Ok(AtHand::Stale(session)),
            Decision::SignIn => Err(self.cannot_be_renewed(&session, need, now)),
        }
    }

    /// A session that meets the need in the place of one that did not when it was `seen`.
    ///
    /// `client` builds the client for the session that is refreshed, which is only done when one is. `clock` is asked
    /// again after each wait: a token that ended meanwhile is not one that lives.
    pub async fn renewed(
        &self,
        seen: Session,
        need: Need,
        clock: impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, CliError>,
    ) -> Result<Fresh, CliError> {
        match self.renew(&seen, need, &clock, client).await {
            Err(error @ CliError::LoginRequired { .. }) => Err(error),
            // Whatever keeps a session from being renewed, a token that still lives serves (rule S6).
            Err(error) if need != Need::Renewal && seen.lives(Duration::ZERO, clock()) => {
                self.out
                    .warn(&format!("using the present access token: {}", error.report().message));
                Ok(Fresh::unchanged(seen))
            }
            outcome => outcome,
        }
    }

    async fn renew(
        &self,
        seen: &Session,
        need: Need,
        clock: &impl Fn() -> i64,
        client: impl FnOnce(&Session) -> Result<AuthClient, CliError>,
    ) -> Result<Fresh, CliError> {
        let _lock = self.lock()?;
        // Read again inside the lock: whoever held it before has probably done the work.
        let session = self.required()?;
        if session.access_token != seen.access_token && session.lives(Duration::ZERO, clock()) {
            return Ok(Fresh::by_another(session, seen));
        }
        if session.refresh_token.is_empty() {
            return Err(self.cannot_be_renewed(&session, need, clock()));
        }
        let client = client(&session)?;
        // The answer of a refresh must have a place to go before the request is sent: it comes only once.
        self.store.probe()?;
        let note = self.note();
        // An earlier renewal with the same token, of which nobody knows how it ended.
        let earlier = note.begun(&session.refresh_token);
        note.begin(&session.refresh_token, earlier.unwrap_or_else(clock))?;
        let _whole = interrupt::hold();
        let outcome = client.refresh_token(&session.refresh_token).await;
        let settled = match &outcome {
            // Stored first; as long as it is not, the note is what explains the next failure.
            Ok(_) => false,
            Err(error) if error.is_invalid_grant() => true,
            Err(error) => earlier.is_none() && has_spent_nothing(error),
        };
        if settled {
            note.end();
        }
        match outcome {
            Ok(tokens) => self.keep_renewed(&session, session.renewed(tokens, clock()), need),
            Err(error) if error.is_invalid_grant() => self.ended(session, clock(), earlier, &error),
            Err(error) => Err(error.into()),
        }
    }

    /// When a renewal of this session began that never came to its end, in Unix seconds. One that is under way is none.
    pub fn interrupted(&self, session: &Session) -> Option<i64> {
        let note = self.note();
        note.begun(&session.refresh_token)?;
        let _lock = SessionLock::acquire(&self.locks, &self.profile, Duration::ZERO, || {}).ok()?;
        note.begun(&session.refresh_token)
    }

    fn note(&self) -> RenewalNote {
        RenewalNote::of(&self.locks, &self.profile)
    }

    fn keep_renewed(&self, old: &Session, new: Session, need: Need) -> Result<Fresh, CliError> {
        match self.store.save(&self.item, &new.to_text()) {
            Ok(()) => self.note().end(),
            Err(error) => {
                // The old refresh token is spent and the new one has no place: what is left is the token in hand.
                let lost =
                    "the platform renewed the session, but it could not be stored; you may have to sign in again";
                self.out.warn(lost);
                if need == Need::Renewal {
                    return Err(error.into());
                }
                self.out.warn(&error.to_string());
            }
        }
        Ok(Fresh {
            rotated: new.refresh_token != old.refresh_token,
            renewed: true,
            session: new,
        })
    }

    /// Only `invalid_grant` for the token that is still stored ends a session (rule S6). What another process has put in
    /// its place in spite of the lock is not ours to delete: it is what there is to use.
    ///
    /// `interrupted` is when an earlier renewal sent the same token and did not come to its end.
    fn ended(
        &self,
        session: Session,
        now: i64,
        interrupted: Option<i64>,
        error: &AuthError,
    ) -> Result<Fresh, CliError> {
        match self.stored()? {
            Some(stored) if stored.refresh_token == session.refresh_token => {
                self.store.delete(&self.item)?;
            }
            Some(stored) if stored.lives(Duration::ZERO, now) => return Ok(Fresh::by_another(stored, &session)),
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
    pub fn replace(&self, used: &Secret, new: &Secret, now: i64) -> Result<bool, CliError> {
        let _lock = self.lock()?;
        let session = self.required()?;
        if session.access_token != *used {
            return Ok(false);
        }
        let _whole = interrupt::hold();
        self.store
            .save(&self.item, &session.with_token(new.clone(), now).to_text())?;
        Ok(true)
    }

    /// Keeps a new session in the place of what was there.
    pub fn keep(&self, session: &Session) -> Result<(), CliError> {
        let _lock = self.lock()?;
        let _whole = interrupt::hold();
        self.store.save(&self.item, &session.to_text())?;
        self.note().end();
        Ok(())
    }

    /// Forgets the session; says whether there was one. Where there is none, nothing is locked and nothing written.
    pub fn forget(&self) -> Result<bool, CliError> {
        match self.store.load(&self.item) {
            Ok(None) => return Ok(false),
            // One that cannot be read is there, and goes as well.
            Ok(Some(_)) | Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let _lock = self.lock()?;
        let was_there = self.store.delete(&self.item)?;
        self.note().end();
        Ok(was_there)
    }

    fn cannot_be_renewed(&self, session: &Session, need: Need, now: i64) -> CliError {
        self.sign_in(match (need, session.expires_at) {
            (Need::MinTtl(_), Some(at)) => format!(
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
fn has_spent_nothing(error: &AuthError) -> bool {
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
        let need = Need::MinTtl(Duration::from_secs(60));
        assert_eq!(decide(&ahead("r"), need, 100), Decision::Refresh);
        assert_eq!(decide(&ahead(""), need, 100), Decision::Use);
        assert_eq!(decide(&ahead("r"), need, 999_900), Decision::Use);
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
