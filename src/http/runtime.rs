//! The thread that all requests go over. A deadline has to hold whatever a server sends (rule N1), and a server that sends
//! what is nothing, such as `100 Continue` without end, as fast as it can keeps whoever reads it busy for seconds. So
//! nobody who waits for an answer reads: the waiting is done where the caller is, and the reading here.

use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle};

/// The runtime of that thread, which is started at the first request and ends with the process.
pub(super) fn handle() -> io::Result<Handle> {
    static WIRE: Mutex<Option<Handle>> = Mutex::new(None);
    let mut wire = WIRE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*wire {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("noesis-http".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    *wire = Some(handle.clone());
    Ok(handle)
}
