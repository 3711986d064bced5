//! The memory store: sessions of this process alone, which end with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::error::StoreError;
use super::kind::StoreKind;
use super::token_store::{TokenStore, check_size};
use crate::Secret;

type Sessions = Arc<Mutex<HashMap<String, Secret>>>;

/// Sessions in memory.
#[derive(Default)]
pub(super) struct MemoryStore {
    sessions: Sessions,
}

impl MemoryStore {
    /// The store of this process: however often it is opened, it has the same sessions.
    pub(super) fn of_process() -> Self {
        static SESSIONS: LazyLock<Sessions> = LazyLock::new(Sessions::default);
        Self {
            sessions: Arc::clone(&SESSIONS),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        // Each call leaves the map consistent, so that a poisoned lock is harmless.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Memory
    }

    fn probe(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError> {
        Ok(self.sessions().get(profile).cloned())
    }

    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError> {
        check_size(session)?;
        self.sessions().insert(profile.to_owned(), session.clone());
        Ok(())
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        Ok(self.sessions().remove(profile).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::super::contract::{StoreFixture, contract};
    use super::*;

    fn bench() -> Option<StoreFixture> {
        Some(StoreFixture::new(Box::new(MemoryStore::default()), None))
    }

    contract!(bench);

    #[test]
    fn a_store_opened_twice_in_one_process_has_the_same_sessions() {
        let session = Secret::from("text");
        MemoryStore::of_process().save("opened-twice", &session).unwrap();
        let again = MemoryStore::of_process().load("opened-twice").unwrap();
        assert_eq!(again, Some(session));
    }
}
