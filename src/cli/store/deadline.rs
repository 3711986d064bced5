//! A deadline for calls that have none: a keyring that prompts, or a bus that never answers, blocks its caller for ever.
//!
//! The work runs on a thread of its own. A thread that does not return in time is abandoned: a process can exit while a
//! thread hangs, so that the thread is all it costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::error::StoreError;
use crate::descriptors;

/// The name of the threads in a stack dump.
pub(super) const THREAD: &str = "noesis-keyring";

/// Runs `work` and waits for at most `limit`, however many calls it makes.
///
/// # Errors
///
/// [`StoreError::TimedOut`] after `limit`; a later result of `work` is dropped.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(&Cancellation) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let cancellation = Cancellation {
        limit,
        cancelled: Arc::new(AtomicBool::new(false)),
    };
    descriptors::check_free().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let for_worker = cancellation.clone();
    let (result, received) = sync_channel(1);
    std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || {
            // The receiver is gone if the caller has timed out.
            let _ = result.send(work(&for_worker));
        })
        .map_err(|error| StoreError::Unavailable(format!("cannot start a thread: {error}")))?;
    match received.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => {
            cancellation.cancelled.store(true, Ordering::Release);
            Err(StoreError::TimedOut(limit))
        }
        Err(RecvTimeoutError::Disconnected) => Err(StoreError::Unavailable("its driver failed internally".to_owned())),
    }
}

/// Tells the work whether its caller has timed out.
#[derive(Clone)]
pub(super) struct Cancellation {
    limit: Duration,
    cancelled: Arc<AtomicBool>,
}

impl Cancellation {
    /// Fails once the caller has timed out: what it reports as not done must not be done afterwards.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(StoreError::TimedOut(self.limit));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    #[test]
    fn s2_work_that_hangs_times_out_and_is_cancelled() {
        let (release, held) = channel::<()>();
        let (report, reported) = channel();
        let start = Instant::now();
        let result: Result<(), _> = within(Duration::from_millis(50), move |cancellation| {
            cancellation.check()?;
            let _ = held.recv();
            report.send(cancellation.check().is_err()).unwrap();
            Ok(())
        });
        let took = start.elapsed();
        assert!(matches!(result, Err(StoreError::TimedOut(limit)) if limit.as_millis() == 50));
        assert!(took >= Duration::from_millis(50), "{took:?}");
        release.send(()).unwrap();
        assert!(reported.recv_timeout(Duration::from_secs(60)).unwrap());
    }

    #[test]
    fn work_within_the_deadline_returns_its_result_or_its_error() {
        let limit = Duration::from_secs(30);
        assert_eq!(within(limit, |_| Ok(7)).unwrap(), 7);
        let error = within::<()>(limit, |_| Err(StoreError::Locked)).unwrap_err();
        assert!(matches!(error, StoreError::Locked));
    }

    #[test]
    fn work_that_panics_is_an_error_at_once() {
        let error = within::<()>(Duration::from_secs(60), |_| panic!("of the test")).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }

    #[test]
    fn s2_the_process_exits_while_a_thread_hangs() {
        let dir = tempfile::tempdir().unwrap();
        let name = "cli::store::deadline::tests::child_leaves_a_hanging_thread_behind";
        let mut child = super::super::child::command(name, dir.path(), "").spawn().unwrap();
        super::super::child::until("the child ended", || child.try_wait().unwrap().is_some());
        assert!(child.wait().unwrap().success());
        assert!(dir.path().join("timed-out").exists());
    }

    #[test]
    #[ignore = "a part of the test above"]
    fn child_leaves_a_hanging_thread_behind() {
        let Some(dir) = super::super::child::dir() else {
            return;
        };
        let result: Result<(), _> = within(Duration::from_millis(10), |_| {
            loop {
                std::thread::park();
            }
        });
        assert!(matches!(result, Err(StoreError::TimedOut(_))));
        std::fs::write(dir.join("timed-out"), "").unwrap();
    }
}
