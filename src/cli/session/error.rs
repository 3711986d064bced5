//! What can go wrong with a session, and what goes on in spite of it, as values: `cli/error/` adds exit status and hint.

use crate::AuthError;
use crate::cli::store::StoreError;
use crate::time;

/// Why there is no session that meets the requirement.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No session is stored.
    #[error("not signed in (profile `{profile}`)")]
    NotSignedIn {
        /// The profile that was requested.
        profile: String,
    },
    /// The stored session belongs to another platform than the one that this run was told to use.
    #[error("profile `{profile}` is signed in to `{stored}`, not to `{requested}`")]
    OtherPlatform {
        /// The profile that was requested.
        profile: String,
        /// The base URL of the stored session.
        stored: String,
        /// The base URL that this run was given.
        requested: String,
    },
    /// The same for the client.
    #[error("profile `{profile}` is signed in as client `{stored}`, not `{requested}`")]
    OtherClient {
        /// The profile that was requested.
        profile: String,
        /// The client ID of the stored session.
        stored: String,
        /// The client ID that this run was given.
        requested: String,
    },
    /// A refresh is needed, and there is no refresh token.
    #[error("the session of profile `{profile}` {}has no refresh token", expired(*expires_at, *now))]
    NoRefreshToken {
        /// The profile that was requested.
        profile: String,
        /// When the access token expired, in Unix seconds, where that is why it has to be refreshed.
        expires_at: Option<i64>,
        /// The present moment, in Unix seconds.
        now: i64,
    },
    /// The platform rejected the refresh token (`invalid_grant`, RFC 6749 §5.2).
    #[error("the platform has ended the session of profile `{profile}`: {reason}")]
    Ended {
        /// The profile whose session it was.
        profile: String,
        /// What the platform said.
        reason: String,
    },
    /// The same, after an earlier refresh with the same token was interrupted: the likely cause.
    #[error(
        "the refresh of profile `{profile}` was interrupted: it began {} and the platform's response was not stored, and the \
         platform accepts a refresh token only once: {reason}",
        time::distance(*began_at, *now)
    )]
    Interrupted {
        /// The profile whose session it was.
        profile: String,
        /// When the interrupted refresh began, in Unix seconds.
        began_at: i64,
        /// The present moment, in Unix seconds.
        now: i64,
        /// What the platform said.
        reason: String,
    },
    /// The refresh request failed in a way that does not end the session.
    #[error(transparent)]
    Refresh(#[from] AuthError),
    /// The store could not do its work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The platform refreshed the session, and the store did not take it: the old refresh token is used up, the new one lost.
    #[error("the platform refreshed the session, but it could not be stored, and you may have to sign in again: {0}")]
    NotStored(#[source] StoreError),
}

impl SessionError {
    /// Whether only a new sign-in can help, so that an access token that is still valid must not be used to go on.
    pub(super) fn needs_sign_in(&self) -> bool {
        match self {
            Self::NotSignedIn { .. }
            | Self::OtherPlatform { .. }
            | Self::OtherClient { .. }
            | Self::NoRefreshToken { .. }
            | Self::Ended { .. }
            | Self::Interrupted { .. } => true,
            Self::Refresh(_) | Self::Store(_) | Self::NotStored(_) => false,
        }
    }
}

fn expired(at: Option<i64>, now: i64) -> String {
    at.filter(|at| *at <= now)
        .map(|at| format!("expired {} and ", time::distance(at, now)))
        .unwrap_or_default()
}

/// A warning about a session that can be used nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionWarning {
    /// The access token expires sooner than required, and there is no refresh token.
    #[error("the access token expires soon and cannot be refreshed: the session has no refresh token")]
    ExpiresSoon,
    /// The refresh failed, and the access token is still valid (rule S6).
    #[error("using the current access token: {0}")]
    NotRefreshed(String),
    /// The platform refreshed the session, and the store did not take it; the new access token is used in this run.
    #[error("the platform refreshed the session, but it could not be stored, and you may have to sign in again: {0}")]
    NotStored(String),
}
