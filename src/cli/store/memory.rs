//! The store that leaves no trace: this process alone knows the sessions, and they go with it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::{StoreError, StoreKind, TokenStore, check_size};
use crate::Secret;

type Sessions = Arc<Mutex<HashMap<String, Secret>>>;

/// Sessions in memory.
#[derive(Default)]
pub(super) struct MemoryStore {
    sessions: Sessions,
}

impl MemoryStore {
    /// The one whose sessions live as long as the process does, however often it is opened.
    pub(super) fn of_this_process() -> Self {
        static SESSIONS: LazyLock<Sessions> = LazyLock::new(Sessions::default);
        Self {
            sessions: Arc::clone(&SESSIONS),
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        // The map is whole after every one of its calls, so a panic elsewhere spoils nothing.
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
    use super::super::contract::{Bench, contract};
    use super::*;

    fn bench() -> Option<Bench> {
        Some(Bench::new(Box::new(MemoryStore::default()), None))
    }

    contract!(bench);

    #[test]
    fn a_store_opened_twice_in_one_process_holds_the_same_sessions() {
        let session = Secret::from("text");
        MemoryStore::of_this_process().save("opened-twice", &session).unwrap();
        let again = MemoryStore::of_this_process().load("opened-twice").unwrap();
        assert_eq!(again, Some(session));
    }
}
