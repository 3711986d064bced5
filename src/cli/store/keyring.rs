//! The operating system's keyring: Secret Service, Keychain, Credential Manager.
//!
//! The item of a session has the service [`SERVICE`] and the profile's name as its user, so that the system's own tools
//! find it. Each operation has one deadline, however many calls it makes (`deadline.rs`); a text that is too large for one
//! item is split into several (`chunked.rs`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyring::{Entry, Error};

use super::chunked::{self, Items, Sizes, WriteOutcome};
use super::deadline::{Cancellation, within};
use super::error::StoreError;
use super::keyring_error::{self, SERVICE};
use super::kind::StoreKind;
use super::name;
use super::token_store::{TokenStore, check_size, text};
use crate::Secret;

/// How long an operation may take (rule S2).
const LIMIT: Duration = Duration::from_secs(3);

/// Serializes the writers of this process: each reads the present items, then writes.
static WRITERS: Mutex<()> = Mutex::new(());

/// Sessions in the keyring.
pub(super) struct KeyringStore {
    sizes: Sizes,
    limit: Duration,
}

impl KeyringStore {
    /// Does not connect yet.
    pub(super) fn new() -> Self {
        Self {
            sizes: Sizes::DEFAULT,
            limit: LIMIT,
        }
    }
}

impl TokenStore for KeyringStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn probe(&self) -> Result<(), StoreError> {
        within(self.limit, probe)
    }

    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError> {
        let profile = profile.to_owned();
        within(self.limit, move |cancellation| {
            chunked::load(&Keyring::new(&profile, cancellation), &profile)
        })
    }

    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError> {
        check_size(session)?;
        let (profile, session, sizes) = (profile.to_owned(), session.clone(), self.sizes);
        within(self.limit, move |cancellation| {
            let _writer = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
            let items = Keyring::new(&profile, cancellation);
            chunked::save(&items, &profile, session.expose(), sizes)
        })
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        let profile = profile.to_owned();
        within(self.limit, move |cancellation| {
            let _writer = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
            chunked::delete(&Keyring::new(&profile, cancellation), &profile)
        })
    }
}

/// Writes, reads and deletes an item that is not a session: no profile has a `#` in its name.
fn probe(cancellation: &Cancellation) -> Result<(), StoreError> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    const TEXT: &str = "noesis checks whether it can save a session";

    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("#probe-{}-{count}", std::process::id());
    let items = Keyring::new(&name, cancellation);
    items.set(&name, TEXT)?;
    let read = items.get(&name);
    // Before the result is checked: the item is deleted even after the deadline.
    let deleted = items.delete(&name);
    let same = read?.is_some_and(|read| read.expose() == TEXT);
    if !(same && deleted?) {
        return Err(StoreError::Refused("a saved item could not be read back".to_owned()));
    }
    Ok(())
}

/// The items of one profile, for one operation.
struct Keyring<'a> {
    profile: &'a str,
    cancellation: &'a Cancellation,
}

impl<'a> Keyring<'a> {
    fn new(profile: &'a str, cancellation: &'a Cancellation) -> Self {
        Self { profile, cancellation }
    }

    /// The crate opens the keyring once per process, and reports only here why that failed.
    fn ready() -> Result<(), StoreError> {
        match Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(keyring_error::unavailable(error)),
        }
    }

    /// Performs `call` on the item of that name; the inner error may be an answer, such as `NoEntry`.
    fn call<T>(
        &self,
        name: &str,
        call: impl Fn(&Entry) -> keyring::Result<T>,
    ) -> Result<keyring::Result<T>, StoreError> {
        Self::ready()?;
        let user = if cfg!(windows) {
            name::caseless(name)
        } else {
            name.to_owned()
        };
        let entry = match Entry::new(SERVICE, &user) {
            Ok(entry) => entry,
            Err(error) => return Ok(Err(error)),
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match call(&entry) {
                // Deleted by another process between lookup and use: the next lookup finds it absent or new.
                Err(error) if keyring_error::vanished(&error) && attempts < 8 => {}
                answer => return Ok(answer),
            }
        }
    }

    fn error(&self, error: Error) -> StoreError {
        keyring_error::of(error, self.profile)
    }
}

impl Items for Keyring<'_> {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        match self.call(name, Entry::get_secret)? {
            Ok(bytes) => text(bytes)
                .map(Some)
                .ok_or_else(|| StoreError::corrupt(self.profile, "it is not UTF-8 text")),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    fn set(&self, name: &str, text: &str) -> Result<WriteOutcome, StoreError> {
        // Opening the keyring may have taken longer than the deadline.
        Self::ready()?;
        self.cancellation.check()?;
        match self.call(name, |entry| entry.set_secret(text.as_bytes()))? {
            Ok(()) => Ok(WriteOutcome::Written),
            Err(Error::TooLong(..)) => Ok(WriteOutcome::TooLarge),
            Err(error) => Err(self.error(error)),
        }
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        match self.call(name, Entry::delete_credential)? {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(self.error(error)),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "keyring_tests.rs"]
mod tests;
