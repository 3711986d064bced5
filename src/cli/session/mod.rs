//! A valid access token: load the stored session, decide, lock, refresh, store (rules S5–S8).
//!
//! A [`Session`] is what a sign-in stores. [`SessionManager::current`], and [`SessionManager::refresh`] where the stored
//! token is not fresh enough, are the only ways to a valid access token: many processes may ask at once, one of them
//! refreshes, and all get the result. Nothing here opens a browser (rule S8), prints, or knows an exit status: what the
//! user should know comes back as a `SessionWarning` or a [`SessionError`].
//!
//! A refresh is crash-safe: the store is probed and a marker is written before the request is sent, the response is stored
//! before it is used, and only then is the marker removed. A marker that is found without its writer is an interrupted
//! refresh.

mod error;
mod manager;
mod record;
mod token_requirement;

pub use self::error::SessionError;
pub use self::manager::{FreshSession, SessionManager, StoredSession};
pub use self::record::{Session, unexpired_for};
pub use self::token_requirement::TokenRequirement;
