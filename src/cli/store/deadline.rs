//! A bound on calls that have none: a keyring that prompts, or a bus that never answers, blocks its caller for ever.
//!
//! The work runs on a thread of its own and is waited for. One that does not come back is left behind: a process may
//! end while a thread hangs, so all it costs is the thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::StoreError;

/// The name of the threads, by which a stack dump tells them apart.
pub(super) const THREAD: &str = "noesis-keyring";

/// Runs `work` and waits `limit` for it, however many calls it makes.
///
/// # Errors
///
/// [`StoreError::TimedOut`] after `limit`; what `work` answers later is dropped.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(&Patience) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let patience = Patience {
        limit,
        over: Arc::new(AtomicBool::new(false)),
    };
    let for_worker = patience.clone();
    let (answer, answered) = sync_channel(1);
    std::thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(move || {
            // Nobody listens any more where the caller has given up.
            let _ = answer.send(work(&for_worker));
        })
        .map_err(|error| StoreError::Unavailable(format!("no thread to call it on: {error}")))?;
    match answered.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => {
            patience.over.store(true, Ordering::Release);
            Err(StoreError::TimedOut(limit))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(StoreError::Unavailable("its driver broke off in the middle".to_owned()))
        }
    }
}

/// Tells the work whether anybody still waits for it.
#[derive(Clone)]
pub(super) struct Patience {
    limit: Duration,
    over: Arc<AtomicBool>,
}

impl Patience {
    /// Fails once the caller was told of the time-out: what it believes not done is not to be done behind its back.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.over.load(Ordering::Acquire) {
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
    fn s2_work_that_hangs_is_given_up_in_time_and_told_so() {
        let (release, held) = channel::<()>();
        let (report, reported) = channel();
        let start = Instant::now();
        let result: Result<(), _> = within(Duration::from_millis(50), move |patience| {
            patience.check()?;
            let _ = held.recv();
            report.send(patience.check().is_err()).unwrap();
            Ok(())
        });
        let took = start.elapsed();
        assert!(matches!(result, Err(StoreError::TimedOut(limit)) if limit.as_millis() == 50));
        assert!(
            took >= Duration::from_millis(50) && took < Duration::from_secs(2),
            "{took:?}"
        );
        release.send(()).unwrap();
        assert!(reported.recv_timeout(Duration::from_secs(10)).unwrap());
    }

    #[test]
    fn work_that_is_quick_gives_its_answer_or_its_error() {
        let limit = Duration::from_secs(30);
        assert_eq!(within(limit, |_| Ok(7)).unwrap(), 7);
        let error = within::<()>(limit, |_| Err(StoreError::Locked)).unwrap_err();
        assert!(matches!(error, StoreError::Locked));
    }

    #[test]
    fn work_that_panics_is_an_error_at_once() {
        let start = Instant::now();
        let error = within::<()>(Duration::from_secs(30), |_| panic!("of the test")).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn s2_the_process_ends_while_a_thread_hangs() {
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
