//! Work that a signal must not interrupt: ended between the response of a refresh and its storage, a session is lost.
//!
//! [`enter`] begins such work; `interrupt` ends the process only through [`ProcessExit`], which waits for its end. It stands
//! alone, so that what is protected need not know how a run ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Held by the critical section, and from the shutdown on by the thread that ends the process.
static RUNNING: Mutex<()> = Mutex::new(());
/// Whether a signal waits for the critical section to end.
static SHUTDOWN_PENDING: AtomicBool = AtomicBool::new(false);

/// Delays the end of the process until it is dropped. If a signal came meanwhile, the drop does not return: the process
/// ends there.
#[derive(Debug)]
#[must_use = "the critical section ends when this is dropped"]
pub struct CriticalSection {
    guard: Option<MutexGuard<'static, ()>>,
}

/// Begins work that a signal must not interrupt.
pub fn enter() -> CriticalSection {
    CriticalSection {
        guard: Some(RUNNING.lock().unwrap_or_else(PoisonError::into_inner)),
    }
}

impl Drop for CriticalSection {
    fn drop(&mut self) {
        drop(self.guard.take());
        while SHUTDOWN_PENDING.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

/// The right to end the process: no critical section runs, and none begins any more.
#[derive(Debug)]
pub struct ProcessExit {
    _guard: MutexGuard<'static, ()>,
}

impl ProcessExit {
    /// The right to end the process at once, where no critical section runs. From a refusal on, the section that runs is the
    /// last one.
    pub fn try_begin() -> Option<Self> {
        match RUNNING.try_lock() {
            Ok(guard) => Some(Self { _guard: guard }),
            Err(TryLockError::Poisoned(error)) => Some(Self {
                _guard: error.into_inner(),
            }),
            Err(TryLockError::WouldBlock) => {
                SHUTDOWN_PENDING.store(true, Ordering::SeqCst);
                None
            }
        }
    }

    /// The same, after waiting for the critical section to end.
    #[cfg(not(unix))]
    pub fn begin() -> Self {
        Self {
            _guard: RUNNING.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}
