//! The operating system's keyring: Secret Service, Keychain, Credential Manager.
//!
//! The item of a session has the service [`SERVICE`] and the profile's name as its user, so that the system's own
//! tools find it. Each operation has one deadline, however many calls it takes (`deadline.rs`); a text that is too
//! large for one item goes into several (`parts.rs`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyring::{Entry, Error};

use super::chunked::{self, Fit, Items, Sizes};
use super::deadline::{Patience, within};
use super::{StoreError, StoreKind, TokenStore, check_size, keyring_error, name, text};
use crate::Secret;

/// The service name of all items.
pub const SERVICE: &str = "noesis";

/// How long an operation may take (rule S2).
const LIMIT: Duration = Duration::from_secs(3);

/// Writers take turns within the process: each looks at what is there, then writes.
static WRITERS: Mutex<()> = Mutex::new(());

/// Sessions in the keyring.
pub(super) struct KeyringStore {
    sizes: Sizes,
    limit: Duration,
}

impl KeyringStore {
    /// Nothing is connected yet.
    pub(super) fn new() -> Self {
        Self {
            sizes: Sizes::USUAL,
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
        within(self.limit, move |patience| {
            chunked::load(&Keyring::new(&profile, patience), &profile)
        })
    }

    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError> {
        check_size(session)?;
        let (profile, session, sizes) = (profile.to_owned(), session.clone(), self.sizes);
        within(self.limit, move |patience| {
            let _turn = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
            let items = Keyring::new(&profile, patience);
            chunked::save(&items, &profile, session.expose(), sizes)
        })
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        let profile = profile.to_owned();
        within(self.limit, move |patience| {
            let _turn = WRITERS.lock().unwrap_or_else(PoisonError::into_inner);
            chunked::delete(&Keyring::new(&profile, patience), &profile)
        })
    }
}

/// Writes, reads and deletes an item that is nobody's session: no profile has a `#` in its name.
fn probe(patience: &Patience) -> Result<(), StoreError> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    const TEXT: &str = "noesis tries whether it can save a session";

    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("#probe-{}-{count}", std::process::id());
    let items = Keyring::new(&name, patience);
    items.set(&name, TEXT)?;
    let read = items.get(&name);
    // Before anything is judged: the item goes, even where nobody waits any more.
    let deleted = items.delete(&name);
    let same = read?.is_some_and(|read| read.expose() == TEXT);
    if !(same && deleted?) {
        return Err(StoreError::Refused("what was saved could not be read again".to_owned()));
    }
    Ok(())
}

/// The items of one profile, for one operation.
struct Keyring<'a> {
    profile: &'a str,
    patience: &'a Patience,
}

impl<'a> Keyring<'a> {
    fn new(profile: &'a str, patience: &'a Patience) -> Self {
        Self { profile, patience }
    }

    /// The crate opens the keyring once a process, and only here says what was wrong with it.
    fn ready() -> Result<(), StoreError> {
        match Entry::store_status() {
            Ok(()) => Ok(()),
            Err(error) => Err(keyring_error::unavailable(error)),
        }
    }

    /// Calls the item of that name; the inner error is one that may be an answer as well.
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
                // Found, and deleted by another process before it was used: looked for again, it is absent or new.
                Err(error) if keyring_error::vanished(&error) && attempts < 8 => {}
                answer => return Ok(answer),
            }
        }
    }

    fn judge(&self, error: Error) -> StoreError {
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
            Err(error) => Err(self.judge(error)),
        }
    }

    fn set(&self, name: &str, text: &str) -> Result<Fit, StoreError> {
        // To open the keyring may have taken longer than the caller had.
        Self::ready()?;
        self.patience.check()?;
        match self.call(name, |entry| entry.set_secret(text.as_bytes()))? {
            Ok(()) => Ok(Fit::Written),
            Err(Error::TooLong(..)) => Ok(Fit::TooLarge),
            Err(error) => Err(self.judge(error)),
        }
    }

    fn delete(&self, name: &str) -> Result<bool, StoreError> {
        match self.call(name, Entry::delete_credential)? {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(self.judge(error)),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
#[path = "keyring_tests.rs"]
mod tests;
