//! The thread that requests run on, and their deadline.
//!
//! A deadline has to hold whatever a server sends (rule N1). A server that sends bytes without end that are not a response,
//! such as `100 Continue` again and again, keeps the task that reads them busy for seconds, and on a runtime of one thread
//! no timer fires meanwhile. So the reading is done on a thread of its own, and the caller only waits.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::task::AbortHandle;

use crate::descriptors;

/// Why there is no response.
#[derive(Debug)]
pub(super) enum NoResponse {
    /// The deadline passed.
    TimedOut,
    /// The thread cannot be started.
    NoRuntime(io::Error),
    /// The task panicked.
    Failed,
}

/// Runs a task on the thread for requests, for at most `limit`. The task is aborted where the deadline passes, and where
/// the caller stops waiting.
pub(super) async fn run<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
    limit: Duration,
) -> Result<T, NoResponse> {
    let task = handle().map_err(NoResponse::NoRuntime)?.spawn(task);
    let _abort = AbortOnDrop(task.abort_handle());
    match tokio::time::timeout(limit, task).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(_)) => Err(NoResponse::Failed),
        Err(_) => Err(NoResponse::TimedOut),
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The runtime of the thread `noesis-http`, which is started at the first request and ends with the process.
fn handle() -> io::Result<Handle> {
    static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*started {
        return Ok(handle.clone());
    }
    descriptors::check_free()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("noesis-http".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    *started = Some(handle.clone());
    Ok(handle)
}
