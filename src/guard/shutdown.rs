//! The request to shut down, which every listener and every response has to know of.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether the guard is shutting down.
#[derive(Debug, Default)]
pub(super) struct Shutdown {
    requested: AtomicBool,
    notify: Notify,
}

impl Shutdown {
    /// From now on the guard is not ready, and each response is the last of its connection.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Relaxed);
        self.notify.notify_waiters();
    }

    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }

    /// Completes when the shutdown is requested.
    pub async fn requested(&self) {
        let mut notified = std::pin::pin!(self.notify.notified());
        // Registered before the flag is read, so that a request between the two is not missed.
        notified.as_mut().enable();
        if !self.is_requested() {
            notified.await;
        }
    }
}
