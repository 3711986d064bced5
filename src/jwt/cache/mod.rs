//! The key cache: one fetch of a key set for all callers, and the last good set for as long as it may be used (rules K1 to
//! K6, T7 and T9).
//!
//! A set is fresh for its time to live (six hours). After that a server continues to use it while one refresh runs in the
//! background; a one-shot command waits for that refresh. If the refresh fails, the old set is used for another day, and the
//! endpoint is tried at most once in thirty seconds. A caller that needs a fetch waits for the one in progress; it runs in a
//! task of its own, so that a caller that gives up does not cancel it for the others.
//!
//! `now` is a parameter of every call, in Unix seconds: the cache reads no clock.
//!
//! In reading order: `stats` counts, `state` is what the cache remembers and how fresh it is, `fetch` is the request, `disk`
//! the file that processes share, `refresh` brings a new set, `key_cache` and `builder` are the public types.

mod builder;
mod disk;
mod fetch;
mod key_cache;
mod refresh;
mod state;
mod stats;

pub use self::builder::KeyCacheBuilder;
pub(crate) use self::fetch::{JWKS_PATH, WHAT as KEY_FETCH, key_set_request};
pub use self::key_cache::KeyCache;
pub use self::stats::KeyCacheStats;
